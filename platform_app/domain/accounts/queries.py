"""Queries for users, their sessions and their address books."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from pydantic import JsonValue, TypeAdapter
from sqlalchemy import ColumnElement, exists
from sqlmodel import col, func, select

from platform_app.domain.accounts import models
from platform_app.domain.accounts.errors import AddressNotFound, UserNotFound
from platform_app.domain.accounts.models import KnownDevice, RecoveryCode, UserSession
from platform_app.domain.accounts.rules import devices, normalisation
from platform_app.domain.accounts.schemas import Address, Profile, SessionInfo, User, Viewer
from platform_app.domain.accounts.tags import session_tag
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import in_array
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_VIEWER: TypeAdapter[Viewer | None] = TypeAdapter(Viewer | None)


@cache.cached(_VIEWER, tags=lambda digest: (session_tag(digest),), personal=True)
def viewer(session: ReadSession, *, digest: str) -> Viewer | None:
    """The user of this session; None if it has ended or its user is banned.

    The answer is cached until it is invalidated, so callers check `expires_at` as well.
    """
    row = session.execute(
        select(models.User, UserSession)
        .join(UserSession, col(UserSession.user_id) == models.User.id)
        .where(UserSession.digest == digest, _is_active(), col(models.User.banned_at).is_(None))
    ).first()
    if row is None:
        return None
    user, user_session = row
    return Viewer(
        user_id=user.id,
        session_id=user_session.id,
        name=user.name,
        email=user.email,
        role=user.role,
        has_totp=user.totp_secret is not None,
        seen_at=user_session.seen_at,
        expires_at=user_session.expires_at,
    )


def active_session_digests(session: ReadSession, *, digests: Collection[str], now: datetime) -> frozenset[str]:
    """Which of these sessions are still valid: not ended, not expired, user not banned."""
    rows = session.exec(
        select(UserSession.digest)
        .join(models.User, col(models.User.id) == UserSession.user_id)
        .where(
            in_array(UserSession.digest, digests),
            col(UserSession.expires_at) > now,
            col(models.User.banned_at).is_(None),
        )
    )
    return frozenset(rows)


def is_known_device(session: ReadSession, *, email: str, user_agent: str, ip: str) -> bool:
    """Whether the user with this address has signed in from this device before. For limits only."""
    user_id = session.exec(
        select(models.User.id).where(models.User.email_key == normalisation.email_key(email))
    ).first()
    device = select(
        exists().where(
            col(KnownDevice.user_id) == (user_id or UUID(int=0)),  # the same work whether there is an account or not
            col(KnownDevice.device) == devices.device_name(user_agent),
            col(KnownDevice.network) == devices.network(ip),
        )
    )
    return session.exec(device).one()


def user(session: ReadSession, *, user_id: UUID) -> User:
    """The signed-in user with this id; Unauthenticated if the account no longer exists."""
    row = session.get(models.User, user_id)
    if row is None:
        raise Unauthenticated
    return User.model_validate(row)


def user_by_email(session: ReadSession, *, email: str) -> User:
    """The user with this e-mail address; UserNotFound. For operators only: others may not learn who has an account."""
    row = session.exec(select(models.User).where(models.User.email_key == normalisation.email_key(email))).first()
    if row is None:
        raise UserNotFound
    return User.model_validate(row)


def profile(session: ReadSession, *, user_id: UUID) -> Profile | None:
    """A user's own account details; None if the account no longer exists."""
    row = session.get(models.User, user_id)
    if row is None:
        return None
    codes_left = recovery_codes_left(session, user_id=user_id)
    return Profile(
        id=row.id,
        email=row.email,
        name=row.name,
        role=row.role,
        created_at=row.created_at,
        has_totp=row.totp_secret is not None,
        codes_left=codes_left,
    )


def sessions(session: ReadSession, *, user_id: UUID, current: UUID | None = None) -> tuple[SessionInfo, ...]:
    """The user's active sessions, last seen first."""
    rows = session.exec(
        select(UserSession)
        .where(UserSession.user_id == user_id, _is_active())
        .order_by(col(UserSession.seen_at).desc(), col(UserSession.id).desc())
    )
    return tuple(
        SessionInfo.model_validate({**row.model_dump(exclude={"digest"}), "is_current": row.id == current})
        for row in rows
    )


def recovery_codes_left(session: ReadSession, *, user_id: UUID) -> int:
    """How many of the user's recovery codes are unused."""
    unused = select(func.count()).where(RecoveryCode.user_id == user_id, col(RecoveryCode.used_at).is_(None))
    return session.exec(unused).one()


def addresses(session: ReadSession, *, user_id: UUID) -> tuple[Address, ...]:
    """The user's address book: the default first, then newest first."""
    rows = session.exec(
        select(models.Address)
        .where(models.Address.user_id == user_id)
        .order_by(col(models.Address.is_default).desc(), col(models.Address.id).desc())
    )
    return tuple(Address.model_validate(row) for row in rows)


def address(session: ReadSession, *, user_id: UUID, address_id: UUID) -> Address:
    """One of the user's own addresses; AddressNotFound."""
    row = session.get(models.Address, (user_id, address_id))
    if row is None:
        raise AddressNotFound
    return Address.model_validate(row)


def export_data(session: ReadSession, *, user_id: UUID) -> dict[str, JsonValue]:
    """Everything stored about a user, for their own download."""
    account = user(session, user_id=user_id)
    devices = session.exec(select(KnownDevice).where(KnownDevice.user_id == user_id))
    return {
        "user": account.model_dump(mode="json"),
        "addresses": [one.model_dump(mode="json") for one in addresses(session, user_id=user_id)],
        "sessions": [one.model_dump(mode="json", exclude={"is_current"}) for one in sessions(session, user_id=user_id)],
        "devices": [one.model_dump(mode="json", exclude={"user_id"}) for one in devices],
        "recovery_codes_left": recovery_codes_left(session, user_id=user_id),
    }


def session_digests(session: ReadSession, *, user_id: UUID) -> list[str]:
    """The digests of the user's sessions, for invalidating all of them."""
    return list(session.exec(select(UserSession.digest).where(UserSession.user_id == user_id)))


def email_exists(session: ReadSession, *, email: str) -> bool:
    """Whether an account uses this address. Never reveal the answer to the person who typed it."""
    known = select(exists().where(col(models.User.email_key) == normalisation.email_key(email)))
    return session.exec(known).one()


def _is_active() -> ColumnElement[bool]:
    return col(UserSession.expires_at) > func.now()
