"""Locks on users, so that one command at a time changes what depends on a user."""

from uuid import UUID

from sqlmodel import col

from platform_app.domain.accounts import models
from platform_app.domain.accounts.errors import UserNotFound, WrongPassword
from platform_app.domain.accounts.queries import session_digests
from platform_app.domain.accounts.rules import normalisation, passwords
from platform_app.domain.accounts.tags import session_tag, user_tag
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.infra import owner_locks
from platform_app.infra.db import WriteSession, invalidate


def lock_user(session: WriteSession, *, user_id: UUID) -> models.User:
    """The user's row, locked until the transaction ends; Unauthenticated if the user is gone or banned."""
    user = lock_any_user(session, user_id=user_id)
    if user is None or user.banned_at is not None:
        raise Unauthenticated
    return user


def lock_any_user(session: WriteSession, *, user_id: UUID) -> models.User | None:
    """The user's row as of now, banned or not, with their lock held until the transaction ends; None if gone."""
    return owner_locks.lock(session, models.User, user_id)


def lock_user_with_password(
    session: WriteSession, *, user_id: UUID, password: str, field: str = "password"
) -> models.User:
    """The user's locked row, after checking their password; WrongPassword."""
    user = lock_user(session, user_id=user_id)
    if not passwords.verify_password(password, user.password_hash):
        raise WrongPassword(field)
    return user


def lock_user_by_email(session: WriteSession, *, email: str) -> models.User:
    """The locked row of the user with this e-mail address, banned or not; UserNotFound."""
    user = lock_user_if_known(session, email=email)
    if user is None:
        raise UserNotFound
    return user


def lock_user_if_known(session: WriteSession, *, email: str) -> models.User | None:
    """The locked row of the user with this e-mail address, if there is one; takes the same time if there is none."""
    has_email = col(models.User.email_key) == normalisation.email_key(email)
    return owner_locks.lock_by(session, models.User, has_email)


def invalidate_user(session: WriteSession, *, user_id: UUID) -> None:
    """Invalidate the user's data in all their browsers."""
    invalidate(
        session, user_tag(user_id), *(session_tag(digest) for digest in session_digests(session, user_id=user_id))
    )
