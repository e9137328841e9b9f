"""Errors of following."""

from platform_app.domain.shared.errors import Conflict


class TooManyFollowedShops(Conflict):
    """The user follows the maximum number of shops."""

    def __init__(self, limit: int) -> None:
        """Name the limit."""
        super().__init__(f"You follow {limit:,} shops, which is the maximum. Unfollow one to follow another.")
