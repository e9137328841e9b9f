"""Catalog errors."""

from platform_app.domain.shared.errors import Gone, Invalid, NotFound


class ListingNotFound(NotFound):
    """No published listing has this id or slug."""

    message = "This listing doesn't exist or is no longer for sale."


class ListingGone(Gone):
    """A listing with this slug was deleted for good."""

    message = "This listing has been deleted."


class ListingMoved(NotFound):
    """The listing that had this slug has another one now."""

    message = "This listing has a new web address."

    def __init__(self, *, shop: str, slug: str) -> None:
        self.shop, self.slug = shop, slug
        super().__init__()


class CategoryNotFound(NotFound):
    """No category has this slug."""

    message = "This category doesn't exist."


class InvalidListing(Invalid):
    """The listing is invalid; `fields` names each problem."""
