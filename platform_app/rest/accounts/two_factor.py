"""Two-factor sign-in: set up, turn off, new recovery codes."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.accounts.errors import WrongCode
from platform_app.domain.accounts.schemas import TwoFactorSetup, Viewer
from platform_app.domain.accounts.service import two_factor
from platform_app.domain.shared.errors import RateLimited
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, limits
from platform_app.rest.accounts import auth_common
from platform_app.rest.accounts.account import PasswordBody, ReauthenticatingUser
from platform_app.rest.dependencies import GuardedRoute, WritingUser

router = APIRouter(prefix="/auth/totp", tags=["account"], route_class=GuardedRoute)


class CodeBody(BaseModel):
    """A code of the authenticator app."""

    model_config = ConfigDict(frozen=True)

    code: str = ""


class PasswordAndCodeBody(PasswordBody):
    """The current password and a code of the authenticator app, or a recovery code."""

    code: str = ""


class RecoveryCodes(BaseModel):
    """Recovery codes; they are shown only once."""

    model_config = ConfigDict(frozen=True)

    codes: tuple[str, ...]


async def _require_code_attempts_left(user: WritingUser) -> Viewer:
    """The signed-in user; RateLimited after too many wrong codes."""
    if wait := await run_in_threadpool(
        limits.seconds_until_allowed, auth_common.WRONG_CODES_PER_ACCOUNT, auth_common.email_limit_key(user.email)
    ):
        raise RateLimited(retry_after=wait)
    return user


@router.post("/begin")
async def start_setup(body: PasswordBody, user: ReauthenticatingUser) -> TwoFactorSetup:
    """Create a secret for an authenticator app. Nothing changes until `confirm_setup` gets a code made with it."""
    return await auth_common.write_hashing_password(
        two_factor.start_totp_setup, user_id=user.user_id, password=body.password
    )


@router.post("/confirm", dependencies=[Depends(_require_code_attempts_left)])
async def confirm_setup(body: CodeBody, user: WritingUser) -> RecoveryCodes:
    """Turn two-factor sign-in on with a first code. Returns the recovery codes."""
    try:
        codes = await db.write(two_factor.confirm_totp_setup, user_id=user.user_id, code=body.code, now=utc_now())
    except WrongCode:
        await _count_wrong_code(user)
        raise
    return RecoveryCodes(codes=codes)


@router.post("/disable", status_code=204, dependencies=[Depends(_require_code_attempts_left)])
async def disable(body: PasswordAndCodeBody, user: ReauthenticatingUser) -> None:
    """Turn two-factor sign-in off."""
    values = body.model_dump()
    try:
        await auth_common.write_hashing_password(two_factor.disable_totp, user_id=user.user_id, **values, now=utc_now())
    except WrongCode:
        await _count_wrong_code(user)
        raise


@router.post("/codes")
async def regenerate_codes(body: PasswordBody, user: ReauthenticatingUser) -> RecoveryCodes:
    """Replace the recovery codes with new ones."""
    return RecoveryCodes(
        codes=await auth_common.write_hashing_password(
            two_factor.regenerate_recovery_codes, user_id=user.user_id, password=body.password
        )
    )


async def _count_wrong_code(user: Viewer) -> None:
    await run_in_threadpool(limits.hit, (auth_common.WRONG_CODES_PER_ACCOUNT, auth_common.email_limit_key(user.email)))
