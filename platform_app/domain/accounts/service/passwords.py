"""Change a password with the current one, or reset it with an e-mailed link."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, select

from platform_app.domain.accounts import models, rules, service
from platform_app.domain.accounts.errors import InvalidAccount
from platform_app.domain.accounts.events import SecurityChanged
from platform_app.domain.accounts.models import UserSession, UserToken
from platform_app.domain.accounts.rules import SecurityNotice, TokenKind, normalisation, passwords
from platform_app.domain.accounts.schemas import IssuedLink
from platform_app.domain.accounts.service import sign_up, two_factor_codes
from platform_app.domain.accounts.service.locking import lock_user_with_password
from platform_app.domain.accounts.tags import session_tag
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def change_password(
    session: WriteSession, *, user_id: UUID, current: str, new: str, code: str, kept_digest: str, now: datetime
) -> str:
    """Change the password, sign out everywhere else and rotate this browser's token: the old one may have leaked.

    Needs a two-factor code if that is on.
    """
    user = lock_user_with_password(session, user_id=user_id, password=current, field="current")
    two_factor_codes.require_if_on(session, user=user, code=code, now=now)
    if passwords.verify_password(new, user.password_hash):
        raise InvalidAccount(fields={"password": "This is already your password. Choose a different one."})
    _set_password(session, user=user, password=new)
    service.end_other_sessions(session, user_id=user_id, kept_digest=kept_digest)
    token = rules.new_token()
    rotated = session.execute(
        update(UserSession)
        .where(col(UserSession.user_id) == user_id, col(UserSession.digest) == kept_digest)
        .values(digest=rules.digest(token), **service.extended(now))
        .returning(col(UserSession.id))
    )
    if rotated.scalar() is None:
        raise Unauthenticated
    invalidate(session, session_tag(kept_digest))
    return token


def request_reset(session: WriteSession, *, email: str) -> None:
    """Queue a reset link to this address. Looks nothing up, so that it cannot reveal whether an account exists."""
    outbox.add(session, "workers.accounts.send_reset", email=normalisation.normalize_email(email))


def issue_reset(session: WriteSession, *, email: str, now: datetime) -> IssuedLink | None:
    """The reset link for this address; None if no user who may sign in has it."""
    user = session.exec(
        select(models.User).where(
            models.User.email_key == normalisation.email_key(email), col(models.User.banned_at).is_(None)
        )
    ).first()
    return (
        IssuedLink(recipient=user.email, token=sign_up.issue_reset_token(session, user_id=user.id, now=now))
        if user
        else None
    )


def reset_password(session: WriteSession, *, token: str, new: str, now: datetime) -> None:
    """Set a new password with an e-mailed link and sign out everywhere; the link survives a rejected password."""
    user, _ = sign_up.consume_token(session, token=token, kind=TokenKind.RESET, now=now)
    _set_password(session, user=user, password=new)
    service.end_all_sessions(session, user_id=user.id)


def _set_password(session: WriteSession, *, user: models.User, password: str) -> None:
    """Set the password and revoke earlier links; notify the user, in case somebody else did it."""
    passwords.validate(password, user_inputs=(user.name, user.email))
    is_first = user.password_hash is None
    user.password_hash = passwords.hash_password(password)
    session.add(user)
    session.execute(delete(UserToken).where(col(UserToken.user_id) == user.id))
    if not is_first:
        outbox.publish(session, SecurityChanged(user_id=user.id, notice=SecurityNotice.PASSWORD_CHANGED))
