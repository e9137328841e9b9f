"""What can be wrong with a shop."""

from platform_app.domain.shared.errors import Invalid, NotFound


class ShopNotFound(NotFound):
    """No shop has this address."""

    message = "There is no shop at this address."


class InvalidShop(Invalid):
    """The shop's address or name cannot be used."""
