"""Changing what is known about a user, up to not being one any more."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from platform_app.domain.accounts import models, queries, rules, service
from platform_app.domain.accounts.errors import EmailTaken, InvalidAccount
from platform_app.domain.accounts.models import UserToken
from platform_app.domain.accounts.rules import Role, TokenKind, texts
from platform_app.domain.accounts.schemas import Issued, User
from platform_app.domain.accounts.service import joining
from platform_app.domain.accounts.service.holding import hold, hold_by_email, hold_with_password, poke_all
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def rename(session: WriteSession, *, user_id: UUID, name: str) -> User:
    """Change the name others see."""
    user = hold(session, user_id=user_id)
    user.name = texts.name(name)
    return _changed(session, user)


def ask_email_change(session: WriteSession, *, user_id: UUID, email: str, password: str) -> None:
    """Have a job mail a link to the new address; until it comes back, the old one stays."""
    user = hold_with_password(session, user_id=user_id, password=password)
    wanted = texts.email(email)
    if texts.email_key(wanted) == user.email_key and wanted == user.email:
        raise InvalidAccount(fields={"email": "This is your address already."})
    outbox.add(session, "workers.accounts.send_email_change", user_id=str(user_id), email=wanted)


def issue_email_change(session: WriteSession, *, user_id: UUID, email: str, now: datetime) -> Issued | None:
    """The link that proves the new address; without one where it is another user's. Only the latest link works."""
    user = session.get(models.User, user_id)
    if user is None or user.banned_at is not None:
        return None
    if texts.email_key(email) != user.email_key and queries.has_email(session, email=email):
        return Issued(to=email, token=None)
    session.execute(
        delete(UserToken).where(col(UserToken.user_id) == user_id, col(UserToken.kind) == TokenKind.EMAIL_CHANGE)
    )
    expires_at = now + rules.EMAIL_CHANGE_LASTS
    token = joining.issue(session, user_id=user_id, kind=TokenKind.EMAIL_CHANGE, payload=email, expires_at=expires_at)
    return Issued(to=email, token=token)


def confirm_email_change(session: WriteSession, *, token: str, now: datetime) -> User:
    """The new address is proven: it becomes the user's, links to the old one are void, and the old one is told."""
    user, address = joining.claim(session, token=token, kind=TokenKind.EMAIL_CHANGE, now=now)
    former = user.email
    user.email, user.email_key = address, texts.email_key(address)
    user.email_verified_at = now
    session.add(user)
    try:
        session.flush()
    except IntegrityError:
        raise EmailTaken from None
    session.execute(delete(UserToken).where(col(UserToken.user_id) == user.id))
    session.execute(delete(models.SignUp).where(col(models.SignUp.email_key) == user.email_key))
    outbox.add(session, "workers.accounts.tell_former_address", email=former)
    return _changed(session, user)


def delete_account(session: WriteSession, *, user_id: UUID, password: str) -> None:
    """Forget a user with all that is theirs; nothing of it can be brought back."""
    user = hold_with_password(session, user_id=user_id, password=password)
    poke_all(session, user_id=user_id)
    session.delete(user)
    session.flush()


def ban(session: WriteSession, *, email: str, now: datetime) -> User:
    """Close a user's account and sign them out everywhere; links that were mailed are void."""
    user = hold_by_email(session, email=email)
    user.banned_at = user.banned_at or now
    session.execute(delete(UserToken).where(col(UserToken.user_id) == user.id))
    service.end_all(session, user_id=user.id)
    return _changed(session, user)


def unban(session: WriteSession, *, email: str) -> User:
    """Open a closed account again; the user signs in anew."""
    user = hold_by_email(session, email=email)
    user.banned_at = None
    return _changed(session, user)


def promote(session: WriteSession, *, email: str, role: Role) -> User:
    """Give a user another role, which holds from the next thing they do."""
    user = hold_by_email(session, email=email)
    user.role = role
    return _changed(session, user)


def _changed(session: WriteSession, user: models.User) -> User:
    session.add(user)
    session.flush()
    poke_all(session, user_id=user.id)
    return User.model_validate(user)
