"""Cache tags of followed shops and follower counts."""

from uuid import UUID


def following_tag(user_id: UUID) -> str:
    """The shops that a user follows."""
    return f"user-following:{user_id}"


def follower_count_tag(shop_id: UUID) -> str:
    """How many users follow a shop."""
    return f"shop-followers:{shop_id}"
