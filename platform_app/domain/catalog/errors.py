"""Catalog errors."""

from platform_app.domain.shared.errors import Invalid, NotFound


class ListingNotFound(NotFound):
    """No published listing has this id or slug."""

    message = "This listing doesn't exist or is no longer for sale."


class CategoryNotFound(NotFound):
    """No category has this slug."""

    message = "This category doesn't exist."


class InvalidListing(Invalid):
    """The listing is invalid; `fields` names each problem."""
