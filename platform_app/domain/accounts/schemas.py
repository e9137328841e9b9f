"""Users as every surface shows them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts.rules import Role


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class User(_Frozen):
    """A user, without anything secret."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    banned_at: datetime | None


class Viewer(_Frozen):
    """Who is looking: a user in one signed-in browser."""

    user_id: UUID
    session_id: UUID
    name: str
    email: str
    role: Role
    is_verified: bool = True
    has_totp: bool
    seen_at: datetime
    expires_at: datetime


class Profile(_Frozen):
    """What a user sees of their own account; `codes_left` counts the recovery codes that still work."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    has_totp: bool
    codes_left: int


class SignInResult(_Frozen):
    """A fresh session; `token` goes into the cookie and nowhere else."""

    user: User
    token: str


class VerifiedSignUp(_Frozen):
    """A new user whose address is proven: signed in, or else given a token to choose a password with."""

    user: User
    token: str | None
    reset_token: str | None


class IssuedLink(_Frozen):
    """A link that was just made for somebody; without a token, they have an account already."""

    recipient: str
    token: str | None


class SessionInfo(_Frozen):
    """Where a user is signed in."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    user_agent: str
    address: str
    is_current: bool


class TwoFactorSetup(_Frozen):
    """What an authenticator app needs, to scan or to type."""

    secret: str
    uri: str
    qr_svg: str


class AddressInput(_Frozen):
    """A postal address as somebody wrote it; `country` is ISO 3166-1 alpha-2."""

    name: str = ""
    line1: str = ""
    line2: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


class Address(AddressInput):
    """An entry of a user's address book."""

    id: UUID
    is_default: bool
    created_at: datetime
