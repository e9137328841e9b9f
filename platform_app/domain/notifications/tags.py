"""Cache tags of notifications."""

from uuid import UUID


def notifications_tag(user_id: UUID) -> str:
    """A user's notifications and unread count."""
    return f"user-notifications:{user_id}"
