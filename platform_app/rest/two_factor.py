"""Two-factor sign-in: setting it up, turning it off, and new recovery codes."""

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.accounts.errors import WrongCode
from platform_app.domain.accounts.schemas import TwoFactorSetup, Viewer
from platform_app.domain.accounts.service import two_factor
from platform_app.domain.shared.errors import RateLimited
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, limits
from platform_app.rest import signing
from platform_app.rest.accounts import PasswordBody, SureUser
from platform_app.rest.identity import Guarded, WritingUser

router = APIRouter(prefix="/auth/totp", tags=["account"], route_class=Guarded)


class CodeBody(BaseModel):
    """A code of the authenticator app."""

    model_config = ConfigDict(frozen=True)

    code: str = ""


class PasswordAndCodeBody(PasswordBody):
    """The user's password and a code, either of the app or for recovery."""

    code: str = ""


class Codes(BaseModel):
    """Recovery codes; they are shown this once."""

    model_config = ConfigDict(frozen=True)

    codes: tuple[str, ...]


async def _may_try_codes(user: WritingUser) -> Viewer:
    """Who is signed in and has not tried too many wrong codes."""
    if wait := await run_in_threadpool(limits.is_spent, signing.WRONG_CODES, signing.mailbox(user.email)):
        raise RateLimited(retry_after=wait)
    return user


@router.post("/begin")
async def begin(body: PasswordBody, user: SureUser) -> TwoFactorSetup:
    """A secret for an authenticator app; nothing changes until `confirm` is sent a code of it."""
    return await signing.with_password(two_factor.begin_totp, user_id=user.user_id, password=body.password)


@router.post("/confirm", dependencies=[Depends(_may_try_codes)])
async def confirm(body: CodeBody, user: WritingUser) -> Codes:
    """Turn two-factor sign-in on with a first code."""
    try:
        codes = await db.write(two_factor.confirm_totp, user_id=user.user_id, code=body.code, now=utc_now())
    except WrongCode:
        await _count_wrong_code(user)
        raise
    return Codes(codes=codes)


@router.post("/disable", status_code=204, dependencies=[Depends(_may_try_codes)])
async def disable(body: PasswordAndCodeBody, user: SureUser) -> None:
    """Turn two-factor sign-in off."""
    given = body.model_dump()
    try:
        await signing.with_password(two_factor.disable_totp, user_id=user.user_id, **given, now=utc_now())
    except WrongCode:
        await _count_wrong_code(user)
        raise


@router.post("/codes")
async def renew_codes(body: PasswordBody, user: SureUser) -> Codes:
    """New recovery codes in place of the former."""
    return Codes(
        codes=await signing.with_password(two_factor.renew_codes, user_id=user.user_id, password=body.password)
    )


async def _count_wrong_code(user: Viewer) -> None:
    await run_in_threadpool(limits.hit, (signing.WRONG_CODES, signing.mailbox(user.email)))
