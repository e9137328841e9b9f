"""Row locks on users, so that one command at a time changes what depends on a user."""

from uuid import UUID

from sqlmodel import select

from platform_app.domain.accounts import models
from platform_app.domain.accounts.errors import UserNotFound, WrongPassword
from platform_app.domain.accounts.queries import session_digests
from platform_app.domain.accounts.rules import normalisation, passwords
from platform_app.domain.accounts.tags import session_tag, user_tag
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.infra.db import WriteSession, invalidate


def lock_user(session: WriteSession, *, user_id: UUID) -> models.User:
    """The user's row, locked until the transaction ends; Unauthenticated if the user is gone or banned."""
    user = session.exec(
        select(models.User)
        .where(models.User.id == user_id)
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if user is None or user.banned_at is not None:
        raise Unauthenticated
    return user


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
    user = session.exec(
        select(models.User)
        .where(models.User.email_key == normalisation.email_key(email))
        .with_for_update(key_share=True)
        .execution_options(populate_existing=True)
    ).first()
    if user is None:
        raise UserNotFound
    return user


def invalidate_user(session: WriteSession, *, user_id: UUID) -> None:
    """Invalidate the user's data in all their browsers."""
    invalidate(
        session, user_tag(user_id), *(session_tag(digest) for digest in session_digests(session, user_id=user_id))
    )
