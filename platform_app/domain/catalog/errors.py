"""Catalog errors."""

from platform_app.domain.shared.errors import Gone, Invalid, NotFound


class ListingNotFound(NotFound):
    """No published listing has this id or slug."""

    message = "This listing doesn't exist or is no longer for sale."


class ListingGone(Gone):
    """A listing with this slug was deleted for good."""

    message = "This listing has been deleted."


class CategoryNotFound(NotFound):
    """No category has this slug."""

    message = "This category doesn't exist."


class InvalidListing(Invalid):
    """The listing is invalid; `fields` names each problem."""
