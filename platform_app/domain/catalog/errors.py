"""What can be wrong with a listing."""

from platform_app.domain.shared.errors import Invalid, NotFound


class ListingNotFound(NotFound):
    """No published listing has this id or address."""

    message = "This listing does not exist or is no longer for sale."


class CategoryNotFound(NotFound):
    """No category has this address."""

    message = "There is no such category."


class InvalidListing(Invalid):
    """The listing cannot be offered like this; `fields` says why."""
