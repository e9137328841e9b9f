"""What holds for every user: roles, tokens, and how long things last."""

import hashlib
import re
import secrets
from datetime import datetime, timedelta
from enum import StrEnum

SESSION_LIFETIME = timedelta(days=30)  # from when it was last seen
SEEN_UPDATE_INTERVAL = timedelta(hours=1)
SIGN_UP_LIFETIME = timedelta(hours=24)
RESET_LINK_LIFETIME = timedelta(hours=1)
EMAIL_CHANGE_LINK_LIFETIME = timedelta(hours=1)
DEVICE_RETENTION = timedelta(days=365)  # since somebody signed in with it
MAX_ADDRESSES = 20
MAX_USER_AGENT_LENGTH = 200

_TOKEN_PATTERN = re.compile(r"^[\w-]{43}$", re.ASCII)


class Role(StrEnum):
    """What a user may do beyond buying and selling."""

    MEMBER = "member"
    SUPPORT = "support"
    ADMIN = "admin"


class TokenKind(StrEnum):
    """What the link of a mail is for."""

    RESET = "reset"
    EMAIL_CHANGE = "email_change"


class SecurityNotice(StrEnum):
    """What users are told by mail, so that they learn of it if it was not them."""

    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - a kind of notice
    TWO_FACTOR_ON = "two_factor_on"
    TWO_FACTOR_OFF = "two_factor_off"
    TWO_FACTOR_RESET = "two_factor_reset"
    RECOVERY_CODES = "recovery_codes"


def new_token() -> str:
    """A secret nobody can guess, for a cookie or a link; only its digest is ever stored."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What a token is known by."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def is_well_formed_token(text: str) -> bool:
    """Whether this could be a token of ours at all."""
    return bool(_TOKEN_PATTERN.match(text))


def is_seen_update_due(seen_at: datetime, *, now: datetime) -> bool:
    """Whether it is time to write down that a session was seen."""
    return now - seen_at >= SEEN_UPDATE_INTERVAL
