"""Cache tags: an account and its sessions."""

from collections.abc import Iterable
from uuid import UUID

_SESSION = "session:"


def user_tag(user_id: UUID) -> str:
    """Pages that show who the user is, their addresses, sessions, shops and settings."""
    return f"user:{user_id}"


def session_tag(digest: str) -> str:
    """Who is signed in with this session, and that it has not ended."""
    return f"{_SESSION}{digest}"


def session_digests(tags: Iterable[str]) -> set[str]:
    """The sessions that these tags are about."""
    return {tag.removeprefix(_SESSION) for tag in tags if tag.startswith(_SESSION)}
