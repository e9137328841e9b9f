"""Signing up, in and out, and the way back for whoever has forgotten the password."""

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.accounts import service
from platform_app.domain.accounts.errors import WrongCode
from platform_app.domain.accounts.rules import texts
from platform_app.domain.accounts.service import credentials, joining
from platform_app.domain.shared.errors import RateLimited
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, limits
from platform_app.rest import signing
from platform_app.rest.identity import Guarded, client_address, limited, network, session_digest
from platform_app.rest.signing import Next

router = APIRouter(prefix="/auth", tags=["sign-in"], route_class=Guarded)


class _Body(BaseModel):
    model_config = ConfigDict(frozen=True)


class SignUpBody(_Body):
    """Who wants to become a user."""

    name: str = ""
    email: str = ""
    password: str = ""


class SignInBody(_Body):
    """Who wants to sign in; `code` only where two-factor sign-in is on, `next` a path of ours."""

    email: str = ""
    password: str = ""
    code: str | None = None
    next: str | None = None


class LinkBody(_Body):
    """The secret of a mailed link."""

    token: str = ""


class ForgotBody(_Body):
    """Whose password was forgotten."""

    email: str = ""


class ResetBody(_Body):
    """The secret of a mailed link, and the new password."""

    token: str = ""
    password: str = ""


@router.post("/sign-up", status_code=202)
async def sign_up(body: SignUpBody, request: Request, response: Response) -> Next:
    """Ask for an account; a mail says how to go on. The answer is the same for an address that has one."""
    await limited((signing.TRIES, network(request)))
    # Before the limit on mails: whoever is told to choose a better password has not had one.
    await run_in_threadpool(joining.checked, name=body.name, email=body.email, password=body.password)
    await limited((signing.MAILS, network(request)), (signing.MAILS_TO_ONE, signing.mailbox(body.email)))
    digest = signing.keep_sign_up(request, response)
    given = body.model_dump()
    await signing.with_password(joining.sign_up, **given, browser_digest=digest, now=utc_now())
    return Next(next="/check-mail")


@router.post("/verify")
async def verify(body: LinkBody, request: Request, response: Response) -> Next:
    """Prove an address by the link that was mailed to it.

    The browser that signed up is signed in. In any other, `next` leads to choosing a password: who reads the mail may
    not be who signed up.
    """
    await limited((signing.TRIES, network(request)))
    verified = await db.write(
        joining.verify,
        token=body.token,
        browser_digest=signing.sign_up_digest(request),
        now=utc_now(),
        agent=signing.agent(request),
        address=client_address(request),
    )
    if verified.token is None:
        return Next(next=f"/reset#token={verified.reset_token}")
    signing.keep_session(response, verified.token)
    signing.drop_sign_up(response)
    return Next(next="/account?verified=1")


@router.post("/sign-in")
async def sign_in(body: SignInBody, request: Request, response: Response) -> Next:
    """Sign in. `code_needed` asks for the same again with a `code`: of the authenticator app, or a recovery code."""
    caller, whom = network(request), signing.mailbox(body.email)
    await limited((signing.SIGN_INS, caller), (signing.SIGN_INS_A_DAY, caller), (signing.SIGN_INS_OF_ONE, whom))
    if body.code and (wait := await run_in_threadpool(limits.is_spent, signing.WRONG_CODES, whom)):
        raise RateLimited(retry_after=wait)
    try:
        signed_in = await signing.with_password(
            service.sign_in,
            email=body.email,
            password=body.password,
            code=body.code,
            now=utc_now(),
            agent=signing.agent(request),
            address=client_address(request),
            replaces=session_digest(request),
        )
    except WrongCode:
        await run_in_threadpool(limits.hit, (signing.WRONG_CODES, whom))
        raise
    signing.keep_session(response, signed_in.token)
    return Next(next=signing.local_path(body.next))


@router.post("/sign-out")
async def sign_out(request: Request, response: Response) -> Next:
    """End this browser's session; it is no error if there is none."""
    digest = session_digest(request)
    if digest:
        await db.write(service.sign_out, digest=digest)
    signing.drop_session(response)
    return Next(next="/")


@router.post("/forgot", status_code=202)
async def forgot(body: ForgotBody, request: Request) -> Next:
    """Ask for a link to a new password. The answer is the same for an address that nobody has."""
    await limited((signing.TRIES, network(request)))
    email = texts.email(body.email)
    await limited((signing.MAILS, network(request)), (signing.MAILS_TO_ONE, signing.mailbox(email)))
    await db.write(credentials.ask_reset, email=email)
    return Next(next="/check-mail")


@router.post("/reset")
async def reset(body: ResetBody, request: Request, response: Response) -> Next:
    """Choose a new password by a mailed link; every session of the user ends."""
    await limited((signing.TRIES, network(request)))
    await signing.with_password(credentials.reset_password, token=body.token, new=body.password, now=utc_now())
    signing.drop_session(response)
    return Next(next="/sign-in?reset=1")
