"""Using two-factor codes. Each authenticator or recovery code works once, even under concurrency."""

from datetime import datetime

from sqlalchemy import update
from sqlmodel import col

from platform_app.domain.accounts import models, rules
from platform_app.domain.accounts.errors import MissingCode, TwoFactorOff, WrongCode
from platform_app.domain.accounts.events import SecurityChanged
from platform_app.domain.accounts.models import RecoveryCode
from platform_app.domain.accounts.rules import SecurityNotice, two_factor
from platform_app.infra import encryption, outbox
from platform_app.infra.db import WriteSession


def consume(session: WriteSession, *, user: models.User, code: str, now: datetime) -> None:
    """Accept an authenticator or recovery code that has not been used; WrongCode. A mail tells of a recovery code."""
    if user.totp_secret is None:
        raise TwoFactorOff
    step = two_factor.matching_time_step(encryption.decrypt(user.totp_secret), code, now=now)
    if step is not None:
        consume_time_step(session, user=user, step=step)
        return
    normalized = two_factor.normalize_recovery_code(code)
    used = session.execute(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.user_id) == user.id,
            col(RecoveryCode.digest) == rules.digest(normalized),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
        .returning(col(RecoveryCode.digest))
    )
    if used.scalar() is None:
        raise WrongCode
    outbox.publish(session, SecurityChanged(user_id=user.id, notice=SecurityNotice.RECOVERY_CODE_USED))


def require_if_on(session: WriteSession, *, user: models.User, code: str, now: datetime) -> None:
    """Accept a code if this user has two-factor sign-in on, else ask for none; MissingCode, WrongCode."""
    if user.totp_secret is None:
        return
    if not code.strip():
        raise MissingCode
    consume(session, user=user, code=code, now=now)


def consume_time_step(session: WriteSession, *, user: models.User, step: int) -> None:
    """Accept the code of a time step once, and none of an earlier step afterwards; WrongCode."""
    updated = session.execute(
        update(models.User)
        .where(col(models.User.id) == user.id, col(models.User.totp_used_step) < step)
        .values(totp_used_step=step)
        .returning(col(models.User.id))
        .execution_options(synchronize_session=False)
    )
    if updated.scalar() is None:
        raise WrongCode
