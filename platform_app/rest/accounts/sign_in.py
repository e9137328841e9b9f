"""Sign up, sign in, sign out, reset a forgotten password."""

from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from platform_app.domain.accounts import service
from platform_app.domain.accounts.errors import WrongCode
from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.accounts.service import passwords, sign_up
from platform_app.domain.shared.errors import RateLimited
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, limits
from platform_app.infra.client_ip import client_ip
from platform_app.rest.accounts import auth_common, mailbox_limits
from platform_app.rest.accounts.auth_common import Next
from platform_app.rest.accounts.mailbox_keys import email_limit_key
from platform_app.rest.dependencies import GuardedRoute, client_network, enforce_limits, session_digest

router = APIRouter(prefix="/auth", tags=["sign-in"], route_class=GuardedRoute)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class SignUpBody(_Body):
    """The details of a new user. `next` is the path to open when the address is verified."""

    name: str = ""
    email: str = ""
    password: str = ""
    next: str | None = None


class SignInBody(_Body):
    """E-mail address and password. `code` is needed with two-factor sign-in; `next` is the path to open afterwards."""

    email: str = ""
    password: str = ""
    code: str | None = None
    next: str | None = None


class LinkBody(_Body):
    """The token of an e-mailed link."""

    token: str = ""


class ForgotBody(_Body):
    """The e-mail address of the account."""

    email: str = ""


class SendAgainBody(_Body):
    """To which address a mail was requested, and whether it was that of a sign-up or of a forgotten password."""

    email: str = Field(default="", max_length=320)
    kind: Literal["sign-up", "reset"] = "sign-up"


class ResetBody(_Body):
    """The token of an e-mailed link, and the new password."""

    token: str = ""
    password: str = ""


@router.post("/sign-up", status_code=202)
async def request_sign_up(body: SignUpBody, request: Request, response: Response) -> Next:
    """Request an account. A mail has the next step; the response is the same if the e-mail address has an account."""
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    # Before the limit on mails, so that a rejected password does not count against it.
    await run_in_threadpool(sign_up.validate, name=body.name, email=body.email, password=body.password)
    await enforce_limits(
        (auth_common.MAILS_PER_IP, client_network(request)),
        *await mailbox_limits.mails(request, body.email),
    )
    digest = auth_common.set_sign_up_cookie(request, response)
    values = body.model_dump(exclude={"next"})
    await auth_common.write_hashing_password(
        sign_up.start, **values, browser_digest=digest, next_path=auth_common.local_path(body.next), now=utc_now()
    )
    return auth_common.check_mail_page(normalisation.normalize_email(body.email), "sign-up")


@router.post("/verify")
async def verify(body: LinkBody, request: Request, response: Response) -> Next:
    """Verify an e-mail address with the token of the mailed link, and create the account.

    The browser that signed up is signed in. In any other browser, `next` leads to choosing a password, since the reader
    of the mail may not be the person who signed up. A link that was used already leads to the sign-in page.
    """
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    verified = await db.write(
        sign_up.verify,
        token=body.token,
        browser_digest=auth_common.sign_up_digest(request),
        now=utc_now(),
        user_agent=auth_common.user_agent(request),
        ip=client_ip(request.scope),
    )
    if verified.user is None:
        return Next(next="/sign-in?confirmed=1")
    if verified.token is None:
        return Next(next=f"/reset#token={verified.reset_token}")
    auth_common.set_session_cookie(response, verified.token)
    auth_common.clear_sign_up_cookie(response)
    return Next(next=verified.next_path if len(verified.next_path) > 1 else "/account?verified=1")


@router.post("/sign-in")
async def sign_in(body: SignInBody, request: Request, response: Response) -> Next:
    """Sign in. If the error is `code_needed`, repeat with a `code` from the authenticator app, or a recovery code."""
    client, email_key = client_network(request), email_limit_key(body.email)
    await enforce_limits((auth_common.SIGN_INS_PER_IP, client), (auth_common.SIGN_INS_PER_IP_PER_DAY, client))
    await enforce_limits(*await mailbox_limits.sign_ins(request, body.email))
    if body.code and (
        wait := await run_in_threadpool(limits.seconds_until_allowed, auth_common.WRONG_CODES_PER_ACCOUNT, email_key)
    ):
        raise RateLimited(retry_after=wait)
    try:
        signed_in = await auth_common.write_hashing_password(
            service.sign_in,
            email=body.email,
            password=body.password,
            code=body.code,
            now=utc_now(),
            user_agent=auth_common.user_agent(request),
            ip=client_ip(request.scope),
            replaced_digest=session_digest(request),
        )
    except WrongCode:
        await run_in_threadpool(limits.hit, (auth_common.WRONG_CODES_PER_ACCOUNT, email_key))
        raise
    auth_common.set_session_cookie(response, signed_in.token)
    return Next(next=auth_common.local_path(body.next))


@router.post("/sign-out")
async def sign_out(request: Request, response: Response) -> Next:
    """End this browser's session, if there is one."""
    digest = session_digest(request)
    if digest:
        await db.write(service.sign_out, digest=digest)
    auth_common.clear_session_cookie(response)
    return Next(next="/")


@router.post("/forgot", status_code=202)
async def forgot(body: ForgotBody, request: Request) -> Next:
    """Request a link for a new password. The response is the same if no account has this e-mail address."""
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    email = normalisation.normalize_email(body.email)
    await enforce_limits(
        (auth_common.MAILS_PER_IP, client_network(request)),
        *await mailbox_limits.mails(request, email),
    )
    await db.write(passwords.request_reset, email=email)
    return auth_common.check_mail_page(email, "reset")


@router.post("/send-again", status_code=202)
async def send_again(body: SendAgainBody, request: Request) -> None:
    """Request the mail of a sign-up or a forgotten password once more. The response is the same for every address.

    The link of a sign-up is only sent again to the browser that signed up; only the newest link works.
    """
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    email = normalisation.normalize_email(body.email)
    await enforce_limits(
        (auth_common.MAILS_PER_IP, client_network(request)),
        *await mailbox_limits.mails(request, email),
    )
    if body.kind == "reset":
        await db.write(passwords.request_reset, email=email)
    else:
        digest = auth_common.sign_up_digest(request) or ""
        await db.write(sign_up.request_again, email=email, browser_digest=digest)


@router.post("/reset")
async def reset(body: ResetBody, request: Request, response: Response) -> Next:
    """Choose a new password with the token of a mailed link. All sessions of the user end."""
    await enforce_limits((auth_common.ATTEMPTS_PER_IP, client_network(request)))
    await auth_common.write_hashing_password(
        passwords.reset_password, token=body.token, new=body.password, now=utc_now()
    )
    auth_common.clear_session_cookie(response)
    return Next(next="/sign-in?reset=1")
