"""Cache tags of accounts and sessions."""

from collections.abc import Iterable
from uuid import UUID

_SESSION = "session:"


def user_tag(user_id: UUID) -> str:
    """A user's account, addresses, sessions, memberships and settings."""
    return f"user:{user_id}"


def session_tag(digest: str) -> str:
    """The user and validity of a session."""
    return f"{_SESSION}{digest}"


def session_digests(tags: Iterable[str]) -> set[str]:
    """The session digests in these tags."""
    return {tag.removeprefix(_SESSION) for tag in tags if tag.startswith(_SESSION)}
