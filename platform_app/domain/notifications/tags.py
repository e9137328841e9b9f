"""Cache tags: notifications."""

from uuid import UUID


def notifications_tag(user_id: UUID) -> str:
    """A user's notifications, and how many are unread."""
    return f"user-notifications:{user_id}"
