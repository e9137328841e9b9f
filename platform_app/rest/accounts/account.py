"""The caller's account: name, e-mail address, password, sessions, data export, deletion."""

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts import queries, service
from platform_app.domain.accounts.errors import SignInToConfirm
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.schemas import Profile, SessionInfo
from platform_app.domain.accounts.service import passwords, profile
from platform_app.domain.nouns import data_exports
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.rest.accounts import auth_common, mailbox_limits
from platform_app.rest.accounts.auth_common import Next
from platform_app.rest.accounts.reauthentication import PasswordBody, ReauthenticatingUser
from platform_app.rest.dependencies import (
    CurrentUser,
    GuardedRoute,
    OptionalUser,
    WritingUser,
    client_network,
    enforce_limits,
    session_digest,
)

router = APIRouter(tags=["account"], route_class=GuardedRoute)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class NameBody(_Body):
    """The user's display name."""

    name: str = ""


class PasswordChangeBody(_Body):
    """The current password and the new one, and a code if two-factor sign-in is on."""

    current: str = ""
    password: str = ""
    code: str = ""


class EmailBody(_Body):
    """The new e-mail address and the current password, and a code if two-factor sign-in is on."""

    email: str = ""
    password: str = ""
    code: str = ""


class LinkBody(_Body):
    """The token of an e-mailed link."""

    token: str = ""


@router.post("/auth/password")
async def change_password(
    body: PasswordChangeBody, user: ReauthenticatingUser, request: Request, response: Response
) -> Next:
    """Change the password. All other sessions of the user end, and this one gets a new cookie."""
    async with auth_common.counting_wrong_codes(user):
        token = await auth_common.write_hashing_password(
            passwords.change_password,
            user_id=user.user_id,
            current=body.current,
            new=body.password,
            code=body.code,
            kept_digest=session_digest(request) or "",
            now=utc_now(),
        )
    auth_common.set_session_cookie(response, token)
    return Next(next="/account/security?changed=1")


@router.post("/auth/email", status_code=202)
async def change_email(body: EmailBody, user: ReauthenticatingUser, request: Request) -> Next:
    """Request another e-mail address. It replaces the current one when the link mailed to it is used."""
    await enforce_limits(*await mailbox_limits.mails(request, normalisation.normalize_email(body.email)))
    values = body.model_dump()
    async with auth_common.counting_wrong_codes(user):
        await auth_common.write_hashing_password(
            profile.request_email_change, user_id=user.user_id, **values, now=utc_now()
        )
    return auth_common.check_mail_page(normalisation.normalize_email(body.email), "email")


@router.post("/auth/confirm-email")
async def confirm_email(body: LinkBody, user: OptionalUser, request: Request) -> Next:
    """Verify the new e-mail address with the token of the link that was mailed to it, signed in to the account."""
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    if user is None:
        raise SignInToConfirm
    await db.write(profile.confirm_email_change, token=body.token, user_id=user.user_id, now=utc_now())
    return Next(next="/account?email=1")


@router.get("/api/v1/account")
async def account(user: CurrentUser) -> Profile:
    """The caller's account."""
    return await _profile(user.user_id)


@router.patch("/api/v1/account")
async def update_name(body: NameBody, user: WritingUser) -> Profile:
    """Change the caller's name."""
    await db.write(profile.rename, user_id=user.user_id, name=body.name)
    return await _profile(user.user_id)


@router.delete("/api/v1/account")
async def delete(body: PasswordBody, user: ReauthenticatingUser, response: Response) -> Next:
    """Delete the caller's account and all its data for good. Refused while the caller is the only owner of a shop."""
    await auth_common.write_hashing_password(members.delete_account, user_id=user.user_id, password=body.password)
    auth_common.clear_session_cookie(response)
    return Next(next="/")


@router.get("/api/v1/account/export")
async def export(user: CurrentUser) -> Response:
    """Download everything stored about the caller as a JSON file."""
    data = await db.read(queries.export_data, user_id=user.user_id)
    memberships = await db.read(shops.memberships, user_id=user.user_id)
    data["shops"] = [each.model_dump(mode="json", exclude={"user_id"}) for each in memberships]
    for noun, export_data in data_exports().items():
        if noun != "accounts":  # the data of the other nouns is added to it
            data[noun] = await db.read(export_data, user_id=user.user_id)
    return JSONResponse(data, headers={"Content-Disposition": 'attachment; filename="plaza-account.json"'})


@router.get("/api/v1/account/sessions")
async def sessions(user: CurrentUser) -> Page[SessionInfo]:
    """The caller's sessions, most recently used first."""
    found = await db.read(queries.sessions, user_id=user.user_id, current=user.session_id)
    return Page[SessionInfo](items=found, total=len(found))


@router.delete("/api/v1/account/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, user: WritingUser, response: Response) -> None:
    """End one of the caller's sessions."""
    await db.write(service.end_session, user_id=user.user_id, session_id=session_id)
    if session_id == user.session_id:
        auth_common.clear_session_cookie(response)


@router.delete("/api/v1/account/sessions")
async def end_all_sessions(user: WritingUser, response: Response) -> Next:
    """End all of the caller's sessions, including this one."""
    await db.write(service.end_all_sessions, user_id=user.user_id)
    auth_common.clear_session_cookie(response)
    return Next(next="/sign-in")


async def _profile(user_id: UUID) -> Profile:
    found = await db.read(queries.profile, user_id=user_id)
    if found is None:
        raise Unauthenticated
    return found
