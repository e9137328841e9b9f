"""Account data as other layers see it."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts.rules import Role


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class User(_Frozen):
    """A user, without secrets."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    banned_at: datetime | None


class Viewer(_Frozen):
    """The current user in one signed-in browser."""

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
    """A user's own account details; `codes_left` counts the unused recovery codes."""

    id: UUID
    email: str
    name: str
    role: Role
    created_at: datetime
    has_totp: bool
    codes_left: int


class SignInResult(_Frozen):
    """A new session; `token` belongs in the cookie and nowhere else."""

    user: User
    token: str


class VerifiedSignUp(_Frozen):
    """A new user with a verified address: either signed in (`token`) or sent to choose a password (`reset_token`).

    Without a user, the link was opened before. `next_path` is where the person was when they needed an account.
    """

    user: User | None = None
    token: str | None = None
    reset_token: str | None = None
    next_path: str = ""


class IssuedLink(_Frozen):
    """A newly issued link; `token` is None if the address already has an account."""

    recipient: str
    token: str | None


class SessionInfo(_Frozen):
    """One of a user's sessions."""

    id: UUID
    created_at: datetime
    seen_at: datetime
    user_agent: str
    address: str
    is_current: bool


class TwoFactorSetup(_Frozen):
    """The secret for an authenticator app, to scan or to type."""

    secret: str
    uri: str
    qr_svg: str


class AddressInput(_Frozen):
    """A postal address as typed; `country` is ISO 3166-1 alpha-2.

    Which other fields it has and needs depends on the country: `/api/v1/address-formats/{country}` lists them. A region
    may be given by its code or any of its names. `dependent_locality` is a part of the city, such as a neighbourhood.
    """

    name: str = ""
    line1: str = ""
    line2: str = ""
    dependent_locality: str = ""
    city: str = ""
    region: str = ""
    postcode: str = ""
    country: str = ""
    phone: str = ""


class Address(AddressInput):
    """An entry in a user's address book."""

    id: UUID
    is_default: bool
    created_at: datetime
