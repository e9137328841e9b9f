"""Sign in, sign out, end sessions."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, func

from platform_app.domain.accounts import models, rules
from platform_app.domain.accounts.errors import Banned, CodeNeeded, SessionNotFound, WrongCredentials
from platform_app.domain.accounts.models import UserSession, UserToken
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.rules import passwords as rules_passwords
from platform_app.domain.accounts.schemas import SignInResult, User
from platform_app.domain.accounts.service import devices, two_factor_codes
from platform_app.domain.accounts.service.locking import lock_user_if_known
from platform_app.domain.accounts.tags import session_tag, user_tag
from platform_app.domain.shared.model_base import new_id
from platform_app.infra.db import WriteSession, invalidate
from platform_app.infra.settings import settings


def sign_in(
    session: WriteSession,
    *,
    email: str,
    password: str,
    code: str | None,
    now: datetime,
    user_agent: str,
    ip: str,
    replaced_digest: str | None = None,
) -> SignInResult:
    """Open a session for the user with this password and, if two-factor is on, code; `replaced_digest` ends an old one.

    The user stays locked until the session exists, so that a concurrent password change or ban also ends the
    new session.
    """
    user = lock_user_if_known(session, email=email)
    if not rules_passwords.verify_password(password, user.password_hash if user else None) or user is None:
        raise WrongCredentials
    if user.banned_at is not None:
        raise Banned
    if user.totp_secret is not None:
        if not code:
            raise CodeNeeded
        two_factor_codes.consume(session, user=user, code=code, now=now)
    assert user.password_hash is not None
    if new_hash := rules_passwords.rehash_if_needed(password, user.password_hash):
        user.password_hash = new_hash
        session.add(user)
    if replaced_digest:
        sign_out(session, digest=replaced_digest)
    return create_session(session, user=user, now=now, user_agent=user_agent, ip=ip)


def create_session(
    session: WriteSession, *, user: models.User, now: datetime, user_agent: str, ip: str
) -> SignInResult:
    """Sign in a user who is already authenticated."""
    token, session_id = rules.new_token(), new_id()
    session.add(
        UserSession(
            user_id=user.id,
            id=session_id,
            digest=rules.digest(token),
            created_at=now,
            seen_at=now,
            expires_at=now + min(rules.SESSION_LIFETIME, _max_session_age()),
            user_agent=normalisation.printable(user_agent)[: rules.MAX_USER_AGENT_LENGTH],
            address=ip,
        )
    )
    session.flush()
    devices.record_sign_in(session, user_id=user.id, session_id=session_id, user_agent=user_agent, ip=ip, now=now)
    invalidate(session, user_tag(user.id))
    return SignInResult(user=User.model_validate(user), token=token)


def touch(session: WriteSession, *, digest: str, now: datetime) -> None:
    """Extend a session that is in use; writes at most once an hour."""
    touched = session.execute(
        update(UserSession)
        .where(
            col(UserSession.digest) == digest,
            col(UserSession.seen_at) <= now - rules.SEEN_UPDATE_INTERVAL,
            col(UserSession.expires_at) > now,
        )
        .values(**extended(now))
        .returning(col(UserSession.id))
    )
    if touched.scalar() is not None:
        invalidate(session, session_tag(digest))


def extended(now: datetime) -> dict[str, object]:
    """The new values of a session that is used now: it ends some time later, but never past its greatest age."""
    limit = col(UserSession.created_at) + _max_session_age()
    return {"seen_at": now, "expires_at": func.least(now + rules.SESSION_LIFETIME, limit)}


def sign_out(session: WriteSession, *, digest: str) -> None:
    """End the session of this cookie; ending it twice changes nothing."""
    owner = session.execute(
        delete(UserSession).where(col(UserSession.digest) == digest).returning(col(UserSession.user_id))
    ).scalar()
    invalidate(session, session_tag(digest), *([user_tag(owner)] if owner else []))


def end_session(session: WriteSession, *, user_id: UUID, session_id: UUID) -> None:
    """End one of the user's own sessions; SessionNotFound."""
    ended = session.execute(
        delete(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.id) == session_id)
        .returning(col(UserSession.digest))
    ).scalar()
    if ended is None:
        raise SessionNotFound
    invalidate(session, session_tag(ended), user_tag(user_id))


def end_other_sessions(session: WriteSession, *, user_id: UUID, kept_digest: str) -> int:
    """End all the user's sessions except the one with this digest; return how many ended."""
    return _delete_sessions(session, user_id=user_id, kept_digest=kept_digest)


def end_all_sessions(session: WriteSession, *, user_id: UUID) -> int:
    """Sign the user out everywhere; return how many sessions ended."""
    return _delete_sessions(session, user_id=user_id, kept_digest=None)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete expired sessions, links and sign-ups, and devices not seen for a long time."""
    for table in (UserSession, UserToken, models.SignUp):
        session.execute(delete(table).where(col(table.expires_at) <= now))
    devices.sweep(session, now=now)


def _max_session_age() -> timedelta:
    return timedelta(days=settings().session_days)


def _delete_sessions(session: WriteSession, *, user_id: UUID, kept_digest: str | None) -> int:
    command = delete(UserSession).where(col(UserSession.user_id) == user_id)
    if kept_digest is not None:
        command = command.where(col(UserSession.digest) != kept_digest)
    ended = session.execute(command.returning(col(UserSession.digest))).scalars().all()
    invalidate(session, user_tag(user_id), *(session_tag(digest) for digest in ended))
    return len(ended)
