"""Turn two-factor sign-in on and off, and replace recovery codes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col, select

from platform_app.domain.accounts import models, rules, service
from platform_app.domain.accounts.errors import TwoFactorOff, TwoFactorOn, WrongCode
from platform_app.domain.accounts.events import SecurityChanged, TwoFactorReset
from platform_app.domain.accounts.models import RecoveryCode
from platform_app.domain.accounts.rules import SecurityNotice, two_factor
from platform_app.domain.accounts.schemas import TwoFactorSetup, User
from platform_app.domain.accounts.service import two_factor_codes
from platform_app.domain.accounts.service.locking import (
    invalidate_user,
    lock_any_user,
    lock_user,
    lock_user_by_email,
    lock_user_with_password,
)
from platform_app.infra import encryption, outbox
from platform_app.infra.db import WriteSession


def start_totp_setup(session: WriteSession, *, user_id: UUID, password: str) -> TwoFactorSetup:
    """A new secret for an authenticator app; it takes effect once `confirm_totp_setup` accepts a code."""
    user = lock_user_with_password(session, user_id=user_id, password=password)
    if user.totp_secret is not None:
        raise TwoFactorOn
    secret = two_factor.new_secret()
    user.totp_pending = encryption.encrypt(secret)
    session.add(user)
    uri = two_factor.provisioning_uri(secret, email=user.email)
    return TwoFactorSetup(secret=secret, uri=uri, qr_svg=two_factor.qr_code_svg(uri))


def confirm_totp_setup(session: WriteSession, *, user_id: UUID, code: str, now: datetime) -> tuple[str, ...]:
    """Turn two-factor sign-in on; return the recovery codes, which are never shown again."""
    user = lock_user(session, user_id=user_id)
    if user.totp_secret is not None:
        raise TwoFactorOn
    if user.totp_pending is None:
        raise TwoFactorOff
    step = two_factor.matching_time_step(encryption.decrypt(user.totp_pending), code, now=now)
    if step is None:
        raise WrongCode
    # The used step belongs to the old secret; a new secret starts from this code.
    user.totp_secret, user.totp_pending, user.totp_used_step = user.totp_pending, None, step
    session.add(user)
    return _replace_recovery_codes(session, user_id=user_id, notice=SecurityNotice.TWO_FACTOR_ON)


def disable_totp(session: WriteSession, *, user_id: UUID, password: str, code: str, now: datetime) -> None:
    """Turn two-factor sign-in off; needs the password and a code."""
    user = lock_user_with_password(session, user_id=user_id, password=password)
    two_factor_codes.consume(session, user=user, code=code, now=now)
    user.totp_secret = user.totp_pending = None
    session.add(user)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    outbox.publish(session, SecurityChanged(user_id=user_id, notice=SecurityNotice.TWO_FACTOR_OFF))
    invalidate_user(session, user_id=user_id)


def reset(session: WriteSession, *, email: str, by: str) -> User:
    """Turn two-factor sign-in off for a user who has lost their codes, and sign them out everywhere.

    An operator (`by`) calls this after verifying the user's identity. The user is notified by e-mail.
    """
    user = lock_user_by_email(session, email=email)
    if user.totp_secret is None:
        raise TwoFactorOff("Two-factor sign-in is already off for this user.")
    user.totp_secret = user.totp_pending = None
    session.add(user)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    invalidate_user(session, user_id=user.id)
    service.end_all_sessions(session, user_id=user.id)
    outbox.publish(session, TwoFactorReset(user_id=user.id, by=by))
    return User.model_validate(user)


def regenerate_recovery_codes(
    session: WriteSession, *, user_id: UUID, password: str, code: str, now: datetime
) -> tuple[str, ...]:
    """New recovery codes; the old ones stop working. Needs the password and a code."""
    user = lock_user_with_password(session, user_id=user_id, password=password)
    if user.totp_secret is None:
        raise TwoFactorOff
    two_factor_codes.require_if_on(session, user=user, code=code, now=now)
    return _replace_recovery_codes(session, user_id=user_id, notice=SecurityNotice.RECOVERY_CODES)


def reencrypt_secrets(session: WriteSession, *, after: UUID | None, limit: int) -> UUID | None:
    """Encrypt some users' secrets with the current key; return the last of these users, None when all are done."""
    candidates = select(models.User.id).where(
        col(models.User.totp_secret).is_not(None) | col(models.User.totp_pending).is_not(None)
    )
    remaining = candidates if after is None else candidates.where(col(models.User.id) > after)
    user_ids = session.exec(remaining.order_by(col(models.User.id)).limit(limit)).all()
    for user_id in user_ids:
        user = lock_any_user(session, user_id=user_id)
        if user is None:  # deleted meanwhile
            continue
        user.totp_secret = encryption.reencrypt(user.totp_secret) if user.totp_secret else None
        user.totp_pending = encryption.reencrypt(user.totp_pending) if user.totp_pending else None
        session.add(user)
    return user_ids[-1] if user_ids else None


def _replace_recovery_codes(session: WriteSession, *, user_id: UUID, notice: SecurityNotice) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    new_codes = two_factor.new_recovery_codes()
    digests = [rules.digest(two_factor.normalize_recovery_code(code)) for code in new_codes]
    session.execute(
        insert(RecoveryCode), [{"user_id": user_id, "digest": digest, "used_at": None} for digest in digests]
    )
    outbox.publish(session, SecurityChanged(user_id=user_id, notice=notice))
    invalidate_user(session, user_id=user_id)
    return tuple(new_codes)
