"""What can be wrong with a favourite."""

from platform_app.domain.shared.errors import Conflict


class TooManyFavourites(Conflict):
    """The user has as many favourites as there can be."""

    def __init__(self, limit: int) -> None:
        """Say how many that is."""
        super().__init__(f"You have {limit:,} favourites, which is as many as fit. Remove one to like another.")
