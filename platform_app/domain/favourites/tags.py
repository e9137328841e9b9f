"""Cache tags of favourites and follower counts."""

from uuid import UUID


def favourites_tag(user_id: UUID) -> str:
    """The listings that a user has favourited."""
    return f"user-favourites:{user_id}"


def follower_count_tag(listing_id: UUID) -> str:
    """How many users have favourited a listing."""
    return f"favourite-count:{listing_id}"
