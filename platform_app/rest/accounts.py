"""A user's own account: name, e-mail address, password, sessions, what is kept about them, and leaving."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts import queries, service
from platform_app.domain.accounts.rules import texts
from platform_app.domain.accounts.schemas import Profile, SessionInfo, Viewer
from platform_app.domain.accounts.service import credentials, profile
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.notifications import queries as notifications
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.paging import Page
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.rest import signing
from platform_app.rest.identity import CurrentUser, Guarded, WritingUser, limited, network, session_digest
from platform_app.rest.signing import Next

router = APIRouter(tags=["account"], route_class=Guarded)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class NameBody(_Body):
    """What others call the user."""

    name: str = ""


class PasswordBody(_Body):
    """The user's password, for what a stolen session must not be enough for."""

    password: str = ""


class PasswordChangeBody(_Body):
    """The password until now, and from now on."""

    current: str = ""
    password: str = ""


class EmailBody(_Body):
    """The new address, and the user's password."""

    email: str = ""
    password: str = ""


class LinkBody(_Body):
    """The secret of a mailed link."""

    token: str = ""


async def _tries_password(user: WritingUser) -> Viewer:
    """Who is signed in and says their password, which nobody does often."""
    await limited((signing.PASSWORDS, str(user.user_id)))
    return user


SureUser = Annotated[Viewer, Depends(_tries_password)]


@router.post("/auth/password")
async def change_password(body: PasswordChangeBody, user: SureUser, request: Request, response: Response) -> Next:
    """Change the password; every other session of the user ends, and this one gets a new cookie."""
    token = await signing.with_password(
        credentials.change_password,
        user_id=user.user_id,
        current=body.current,
        new=body.password,
        keep=session_digest(request) or "",
        now=utc_now(),
    )
    signing.keep_session(response, token)
    return Next(next="/account/security?changed=1")


@router.post("/auth/email", status_code=202)
async def change_email(body: EmailBody, user: SureUser) -> Next:
    """Ask for another e-mail address; a link is mailed to it, and until it comes back the old one stays."""
    await limited((signing.MAILS_TO_ONE, signing.mailbox(texts.email(body.email))))
    given = body.model_dump()
    await signing.with_password(profile.ask_email_change, user_id=user.user_id, **given)
    return Next(next="/check-mail")


@router.post("/auth/confirm-email")
async def confirm_email(body: LinkBody, request: Request) -> Next:
    """Prove the new address by the link that was mailed to it."""
    await limited((signing.TRIES, network(request)))
    await db.write(profile.confirm_email_change, token=body.token, now=utc_now())
    return Next(next="/account?email=1")


@router.get("/api/v1/account")
async def account(user: CurrentUser) -> Profile:
    """The caller's account."""
    return await _profile(user.user_id)


@router.patch("/api/v1/account")
async def rename(body: NameBody, user: WritingUser) -> Profile:
    """Change the caller's name."""
    await db.write(profile.rename, user_id=user.user_id, name=body.name)
    return await _profile(user.user_id)


@router.delete("/api/v1/account")
async def delete(body: PasswordBody, user: SureUser, response: Response) -> Next:
    """Delete the caller's account with all that is theirs, for good; not while they alone own a shop."""
    await signing.with_password(members.delete_account, user_id=user.user_id, password=body.password)
    signing.drop_session(response)
    return Next(next="/")


@router.get("/api/v1/account/export")
async def export(user: CurrentUser) -> Response:
    """All that is kept about the caller, as a file."""
    kept = await db.read(queries.export, user_id=user.user_id)
    run = await db.read(shops.memberships, user_id=user.user_id)
    kept["shops"] = [each.model_dump(mode="json", exclude={"user_id"}) for each in run]
    kept["favourites"] = await db.read(favourites.export, user_id=user.user_id)
    kept["notifications"] = await db.read(notifications.export, user_id=user.user_id)
    return JSONResponse(kept, headers={"Content-Disposition": 'attachment; filename="plaza-account.json"'})


@router.get("/api/v1/account/sessions")
async def sessions(user: CurrentUser) -> Page[SessionInfo]:
    """Where the caller is signed in, last seen first."""
    found = await db.read(queries.sessions, user_id=user.user_id, current=user.session_id)
    return Page[SessionInfo](items=found, total=len(found))


@router.delete("/api/v1/account/sessions/{session_id}", status_code=204)
async def end_session(session_id: UUID, user: WritingUser, response: Response) -> None:
    """End one of the caller's sessions."""
    await db.write(service.end_session, user_id=user.user_id, session_id=session_id)
    if session_id == user.session_id:
        signing.drop_session(response)


@router.delete("/api/v1/account/sessions")
async def end_all_sessions(user: WritingUser, response: Response) -> Next:
    """Sign the caller out everywhere, here too."""
    await db.write(service.end_all, user_id=user.user_id)
    signing.drop_session(response)
    return Next(next="/sign-in")


async def _profile(user_id: UUID) -> Profile:
    found = await db.read(queries.profile, user_id=user_id)
    if found is None:
        raise Unauthenticated
    return found
