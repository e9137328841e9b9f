"""Two-factor sign-in: set up, turn off, new recovery codes."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts.schemas import TwoFactorSetup, Viewer
from platform_app.domain.accounts.service import two_factor
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from platform_app.rest.accounts import auth_common
from platform_app.rest.accounts.reauthentication import PasswordAndCodeBody, PasswordBody, ReauthenticatingUser
from platform_app.rest.dependencies import GuardedRoute, WritingUser

router = APIRouter(prefix="/auth/totp", tags=["account"], route_class=GuardedRoute)


class CodeBody(BaseModel):
    """A code of the authenticator app."""

    model_config = ConfigDict(frozen=True)

    code: str = ""


class RecoveryCodes(BaseModel):
    """Recovery codes; they are shown only once."""

    model_config = ConfigDict(frozen=True)

    codes: tuple[str, ...]


async def _require_code_attempts_left(user: WritingUser) -> Viewer:
    return await auth_common.require_code_attempts_left(user)


@router.post("/begin")
async def start_setup(body: PasswordBody, user: ReauthenticatingUser) -> TwoFactorSetup:
    """Create a secret for an authenticator app. Nothing changes until `confirm_setup` gets a code made with it."""
    return await auth_common.write_hashing_password(
        two_factor.start_totp_setup, user_id=user.user_id, password=body.password
    )


@router.post("/confirm", dependencies=[Depends(_require_code_attempts_left)])
async def confirm_setup(body: CodeBody, user: WritingUser) -> RecoveryCodes:
    """Turn two-factor sign-in on with a first code. Returns the recovery codes."""
    async with auth_common.counting_wrong_codes(user):
        codes = await db.write(two_factor.confirm_totp_setup, user_id=user.user_id, code=body.code, now=utc_now())
    return RecoveryCodes(codes=codes)


@router.post("/disable", status_code=204)
async def disable(body: PasswordAndCodeBody, user: ReauthenticatingUser) -> None:
    """Turn two-factor sign-in off."""
    values = body.model_dump()
    async with auth_common.counting_wrong_codes(user):
        await auth_common.write_hashing_password(two_factor.disable_totp, user_id=user.user_id, **values, now=utc_now())


@router.post("/codes")
async def regenerate_codes(body: PasswordAndCodeBody, user: ReauthenticatingUser) -> RecoveryCodes:
    """Replace the recovery codes with new ones."""
    values = body.model_dump()
    async with auth_common.counting_wrong_codes(user):
        codes = await auth_common.write_hashing_password(
            two_factor.regenerate_recovery_codes, user_id=user.user_id, **values, now=utc_now()
        )
    return RecoveryCodes(codes=codes)
