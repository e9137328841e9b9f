"""Account rules: roles, tokens and lifetimes."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

SESSION_LIFETIME = timedelta(days=30)  # since it was last seen; PLAZA_SESSION_DAYS is the limit since the sign-in
SEEN_UPDATE_INTERVAL = timedelta(hours=1)
SIGN_UP_LIFETIME = timedelta(hours=24)
RESET_LINK_LIFETIME = timedelta(hours=1)
EMAIL_CHANGE_LINK_LIFETIME = timedelta(hours=1)
DEVICE_RETENTION = timedelta(days=365)  # since the last sign-in from it
MAX_ADDRESSES = 20
MAX_USER_AGENT_LENGTH = 200

_TOKEN_PATTERN = re.compile(r"^[\w-]{43}$", re.ASCII)


class Role(StrEnum):
    """A user's role on the platform."""

    MEMBER = "member"
    SUPPORT = "support"
    ADMIN = "admin"


class TokenKind(StrEnum):
    """The purpose of an e-mailed link."""

    RESET = "reset"
    EMAIL_CHANGE = "email_change"


class SecurityNotice(StrEnum):
    """A security change that is e-mailed to the user, in case somebody else made it."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of notice
    TWO_FACTOR_ON = "two_factor_on"
    TWO_FACTOR_OFF = "two_factor_off"
    TWO_FACTOR_RESET = "two_factor_reset"
    RECOVERY_CODES = "recovery_codes"
    RECOVERY_CODE_USED = "recovery_code_used"


def new_token() -> str:
    """A random secret for a cookie or a link; only its digest is stored."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """The SHA-256 digest that identifies a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_well_formed_token(text: str) -> bool:
    """Whether the text has the format of one of our tokens."""
    return bool(_TOKEN_PATTERN.match(text))


def is_seen_update_due(seen_at: datetime, *, now: datetime) -> bool:
    """Whether a session's `seen_at` is old enough to update."""
    return now - seen_at >= SEEN_UPDATE_INTERVAL
