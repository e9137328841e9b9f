"""Signing in and out, and ending sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from platform_app.domain.accounts import models, rules
from platform_app.domain.accounts.errors import Banned, CodeNeeded, SessionNotFound, WrongCredentials
from platform_app.domain.accounts.models import UserSession, UserToken
from platform_app.domain.accounts.rules import passwords, texts
from platform_app.domain.accounts.schemas import SignedIn, User
from platform_app.domain.accounts.service import codes, devices
from platform_app.domain.shared.tables import new_id
from platform_app.infra.db import WriteSession, poke


def sign_in(
    session: WriteSession,
    *,
    email: str,
    password: str,
    code: str | None,
    now: datetime,
    agent: str,
    address: str,
    replaces: str | None = None,
) -> SignedIn:
    """A fresh session for whoever knows the password, and the code where one is asked for; `replaces` ends an old one.

    The user's row is held from the look at it to the new session, so that a session cannot outlive the password it was
    opened with, nor a ban.
    """
    user = session.exec(
        select(models.User).where(models.User.email_key == texts.email_key(email)).with_for_update(key_share=True)
    ).first()
    if not passwords.matches(password, user.password_hash if user else None) or user is None:
        raise WrongCredentials
    if user.banned_at is not None:
        raise Banned
    if user.totp_secret is not None:
        if not code:
            raise CodeNeeded
        codes.use(session, user=user, code=code, now=now)
    assert user.password_hash is not None
    if renewed := passwords.renewed(password, user.password_hash):
        user.password_hash = renewed
        session.add(user)
    if replaces:
        sign_out(session, digest=replaces)
    return open_session(session, user=user, now=now, agent=agent, address=address)


def open_session(session: WriteSession, *, user: models.User, now: datetime, agent: str, address: str) -> SignedIn:
    """Sign a user in whose identity is proven already."""
    token, session_id = rules.new_token(), new_id()
    session.add(
        UserSession(
            user_id=user.id,
            id=session_id,
            digest=rules.digest(token),
            created_at=now,
            seen_at=now,
            expires_at=now + rules.SESSION_LASTS,
            user_agent=texts.shown(agent)[: rules.MAX_AGENT],
            address=address,
        )
    )
    session.flush()
    devices.note(session, user_id=user.id, session_id=session_id, agent=agent, address=address, now=now)
    poke(session, f"user:{user.id}")
    return SignedIn(user=User.model_validate(user), token=token)


def touch(session: WriteSession, *, digest: str, now: datetime) -> None:
    """A session was seen: it lasts from now on, which is written down once an hour at most."""
    touched = session.execute(
        update(UserSession)
        .where(
            col(UserSession.digest) == digest,
            col(UserSession.seen_at) <= now - rules.SEEN_EVERY,
            col(UserSession.expires_at) > now,
        )
        .values(seen_at=now, expires_at=now + rules.SESSION_LASTS)
        .returning(col(UserSession.id))
    )
    if touched.scalar() is not None:
        poke(session, f"session:{digest}")


def sign_out(session: WriteSession, *, digest: str) -> None:
    """End the session of this cookie; ending it twice changes nothing."""
    owner = session.execute(
        delete(UserSession).where(col(UserSession.digest) == digest).returning(col(UserSession.user_id))
    ).scalar()
    poke(session, f"session:{digest}", *([f"user:{owner}"] if owner else []))


def end_session(session: WriteSession, *, user_id: UUID, session_id: UUID) -> None:
    """End one of the user's own sessions; SessionNotFound."""
    ended = session.execute(
        delete(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.id) == session_id)
        .returning(col(UserSession.digest))
    ).scalar()
    if ended is None:
        raise SessionNotFound
    poke(session, f"session:{ended}", f"user:{user_id}")


def end_other_sessions(session: WriteSession, *, user_id: UUID, keep: str) -> int:
    """End all of the user's sessions but the one of this cookie; how many ended."""
    return _end(session, user_id=user_id, keep=keep)


def end_all(session: WriteSession, *, user_id: UUID) -> int:
    """Sign the user out everywhere; how many sessions ended."""
    return _end(session, user_id=user_id, keep=None)


def sweep(session: WriteSession, *, now: datetime) -> None:
    """Delete the sessions, links and sign-ups whose time is over, and the devices not seen for long."""
    for table in (UserSession, UserToken, models.SignUp):
        session.execute(delete(table).where(col(table.expires_at) <= now))
    devices.sweep(session, now=now)


def _end(session: WriteSession, *, user_id: UUID, keep: str | None) -> int:
    command = delete(UserSession).where(col(UserSession.user_id) == user_id)
    if keep is not None:
        command = command.where(col(UserSession.digest) != keep)
    ended = session.execute(command.returning(col(UserSession.digest))).scalars().all()
    poke(session, f"user:{user_id}", *(f"session:{digest}" for digest in ended))
    return len(ended)
