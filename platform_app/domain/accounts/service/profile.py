"""Change, ban and delete accounts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from platform_app.domain.accounts import models, queries, rules, service
from platform_app.domain.accounts.errors import EmailTaken, InvalidAccount, SignInToConfirm
from platform_app.domain.accounts.events import AccountDeleted, ChangedByOperator, EmailReplaced
from platform_app.domain.accounts.models import UserToken
from platform_app.domain.accounts.rules import Role, TokenKind, normalisation
from platform_app.domain.accounts.schemas import IssuedLink, User
from platform_app.domain.accounts.service import sign_up, two_factor_codes
from platform_app.domain.accounts.service.locking import (
    invalidate_user,
    lock_user,
    lock_user_by_email,
    lock_user_with_password,
)
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def rename(session: WriteSession, *, user_id: UUID, name: str) -> User:
    """Change the user's public name."""
    user = lock_user(session, user_id=user_id)
    user.name = normalisation.normalize_name(name)
    return _changed(session, user)


def request_email_change(
    session: WriteSession, *, user_id: UUID, email: str, password: str, code: str, now: datetime
) -> None:
    """Queue a confirmation link to the new address; the old address stays until the link is opened.

    Needs the password, and a two-factor code if that is on.
    """
    user = lock_user_with_password(session, user_id=user_id, password=password)
    two_factor_codes.require_if_on(session, user=user, code=code, now=now)
    new_email = normalisation.normalize_email(email)
    if normalisation.email_key(new_email) == user.email_key and new_email == user.email:
        raise InvalidAccount(fields={"email": "This is already your e-mail address."})
    outbox.add(session, "workers.accounts.send_email_change", user_id=str(user_id), email=new_email)


def issue_email_change(session: WriteSession, *, user_id: UUID, email: str, now: datetime) -> IssuedLink | None:
    """The link that confirms the new address, without a token if another user has it. Only the latest link works."""
    user = session.get(models.User, user_id)
    if user is None or user.banned_at is not None:
        return None
    if normalisation.email_key(email) != user.email_key and queries.email_exists(session, email=email):
        return IssuedLink(recipient=email, token=None)
    session.execute(
        delete(UserToken).where(col(UserToken.user_id) == user_id, col(UserToken.kind) == TokenKind.EMAIL_CHANGE)
    )
    expires_at = now + rules.EMAIL_CHANGE_LINK_LIFETIME
    token = sign_up.issue_token(
        session, user_id=user_id, kind=TokenKind.EMAIL_CHANGE, payload=email, expires_at=expires_at
    )
    return IssuedLink(recipient=email, token=token)


def confirm_email_change(session: WriteSession, *, token: str, user_id: UUID, now: datetime) -> User:
    """Give the user the confirmed address, revoke earlier links and notify the old address; EmailTaken.

    The user has to be signed in: whoever reads the mail of the new address may not be the person who asked, and one
    click of theirs must not give their address to another account.
    """
    user, new_email = sign_up.consume_token(session, token=token, kind=TokenKind.EMAIL_CHANGE, now=now)
    if user.id != user_id:
        raise SignInToConfirm  # the transaction is undone, so the link stays unused
    old_email = user.email
    user.email, user.email_key = new_email, normalisation.email_key(new_email)
    user.email_verified_at = now
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise EmailTaken from None
    session.execute(delete(UserToken).where(col(UserToken.user_id) == user.id))
    session.execute(delete(models.SignUp).where(col(models.SignUp.email_key) == user.email_key))
    outbox.publish(session, EmailReplaced(email=old_email))
    return _changed(session, user)


def delete_account(session: WriteSession, *, user_id: UUID, password: str) -> None:
    """Delete a user and all their data, irreversibly; a mail tells them."""
    user = lock_user_with_password(session, user_id=user_id, password=password)
    invalidate_user(session, user_id=user_id)
    session.execute(delete(models.SignUp).where(col(models.SignUp.email_key) == user.email_key))
    outbox.publish(session, AccountDeleted(email=user.email))
    session.delete(user)
    session.flush()


def ban(session: WriteSession, *, email: str, now: datetime) -> User:
    """Close a user's account, sign them out everywhere and revoke their e-mailed links."""
    user = lock_user_by_email(session, email=email)
    user.banned_at = user.banned_at or now
    session.execute(delete(UserToken).where(col(UserToken.user_id) == user.id))
    service.end_all_sessions(session, user_id=user.id)
    return _changed(session, user)


def unban(session: WriteSession, *, email: str) -> User:
    """Reopen a closed account; the user has to sign in again."""
    user = lock_user_by_email(session, email=email)
    user.banned_at = None
    return _changed(session, user)


def set_role(session: WriteSession, *, email: str, role: Role) -> User:
    """Change a user's role; it applies from their next request."""
    user = lock_user_by_email(session, email=email)
    user.role = role
    return _changed(session, user)


def publish_operator_change(session: WriteSession, *, user_id: UUID, action: str, by: str) -> None:
    """Say what an operator has done to a user, for the log of security events."""
    outbox.publish(session, ChangedByOperator(user_id=user_id, action=action, by=by))


def _changed(session: WriteSession, user: models.User) -> User:
    session.add(user)
    session.flush()
    invalidate_user(session, user_id=user.id)
    return User.model_validate(user)
