"""Errors of favourites."""

from platform_app.domain.shared.errors import Conflict


class TooManyFavourites(Conflict):
    """The user has the maximum number of favourites."""

    def __init__(self, limit: int) -> None:
        """Name the limit."""
        super().__init__(f"You have {limit:,} favourites, which is the maximum. Remove one to add another.")
