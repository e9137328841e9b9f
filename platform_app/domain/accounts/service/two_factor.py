"""Turning codes on and off, and making new ones on paper."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, insert
from sqlmodel import col, select

from platform_app.domain.accounts import models, rules, service
from platform_app.domain.accounts.errors import TwoFactorOff, TwoFactorOn, WrongCode
from platform_app.domain.accounts.models import RecoveryCode
from platform_app.domain.accounts.rules import Notice, two_factor
from platform_app.domain.accounts.schemas import TwoFactorSetup, User
from platform_app.domain.accounts.service import codes
from platform_app.domain.accounts.service.holding import hold, hold_by_email, hold_with_password, poke_all
from platform_app.infra import outbox, sealing
from platform_app.infra.db import WriteSession


def begin_totp(session: WriteSession, *, user_id: UUID, password: str) -> TwoFactorSetup:
    """A new secret for an authenticator app; nothing changes until a code proves that the app has it."""
    user = hold_with_password(session, user_id=user_id, password=password)
    if user.totp_secret is not None:
        raise TwoFactorOn
    secret = two_factor.new_secret()
    user.totp_pending = sealing.seal(secret)
    session.add(user)
    address = two_factor.uri(secret, email=user.email)
    return TwoFactorSetup(secret=secret, uri=address, qr_svg=two_factor.picture(address))


def confirm_totp(session: WriteSession, *, user_id: UUID, code: str, now: datetime) -> tuple[str, ...]:
    """Turn two-factor sign-in on, and give the codes on paper, which are never shown again."""
    user = hold(session, user_id=user_id)
    if user.totp_secret is not None:
        raise TwoFactorOn
    if user.totp_pending is None:
        raise TwoFactorOff
    step = two_factor.step_of(sealing.unseal(user.totp_pending), code, now=now)
    if step is None:
        raise WrongCode
    # A new secret has had no codes yet, whatever was used of a former one.
    user.totp_secret, user.totp_pending, user.totp_used_step = user.totp_pending, None, step
    session.add(user)
    return _renewed(session, user_id=user_id, notice=Notice.TWO_FACTOR_ON)


def disable_totp(session: WriteSession, *, user_id: UUID, password: str, code: str, now: datetime) -> None:
    """Turn two-factor sign-in off, for whoever has both the password and a code."""
    user = hold_with_password(session, user_id=user_id, password=password)
    codes.use(session, user=user, code=code, now=now)
    user.totp_secret = user.totp_pending = None
    session.add(user)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    outbox.add(session, "workers.accounts.tell", user_id=str(user_id), notice=Notice.TWO_FACTOR_OFF)
    poke_all(session, user_id=user_id)


def reset(session: WriteSession, *, email: str, by: str) -> User:
    """Turn two-factor sign-in off for somebody who has lost their codes, and sign them out everywhere.

    The operator decides, who has made sure that it is them; `by` says who that was. The user is told by mail.
    """
    user = hold_by_email(session, email=email)
    if user.totp_secret is None:
        raise TwoFactorOff("This user signs in with the password alone already.")
    user.totp_secret = user.totp_pending = None
    session.add(user)
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user.id))
    poke_all(session, user_id=user.id)
    service.end_all(session, user_id=user.id)
    outbox.add(session, "workers.accounts.tell_two_factor_reset", user_id=str(user.id), by=by)
    return User.model_validate(user)


def renew_codes(session: WriteSession, *, user_id: UUID, password: str) -> tuple[str, ...]:
    """New codes on paper; the former ones work no longer."""
    user = hold_with_password(session, user_id=user_id, password=password)
    if user.totp_secret is None:
        raise TwoFactorOff
    return _renewed(session, user_id=user_id, notice=Notice.RECOVERY_CODES)


def reseal(session: WriteSession, *, after: UUID | None, limit: int) -> UUID | None:
    """Seal some users' secrets under the present key; the last of these users, None when there is none left."""
    some = select(models.User).where(
        col(models.User.totp_secret).is_not(None) | col(models.User.totp_pending).is_not(None)
    )
    following = some if after is None else some.where(col(models.User.id) > after)
    users = session.exec(following.order_by(col(models.User.id)).limit(limit).with_for_update(key_share=True)).all()
    for user in users:
        user.totp_secret = sealing.reseal(user.totp_secret) if user.totp_secret else None
        user.totp_pending = sealing.reseal(user.totp_pending) if user.totp_pending else None
        session.add(user)
    return users[-1].id if users else None


def _renewed(session: WriteSession, *, user_id: UUID, notice: Notice) -> tuple[str, ...]:
    session.execute(delete(RecoveryCode).where(col(RecoveryCode.user_id) == user_id))
    made = two_factor.new_recovery_codes()
    digests = [rules.digest(two_factor.plain_recovery_code(code)) for code in made]
    session.execute(
        insert(RecoveryCode), [{"user_id": user_id, "digest": digest, "used_at": None} for digest in digests]
    )
    outbox.add(session, "workers.accounts.tell", user_id=str(user_id), notice=notice)
    poke_all(session, user_id=user_id)
    return tuple(made)
