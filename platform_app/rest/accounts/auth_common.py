"""Shared by the sign-in routes: cookies, the next page, limits."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import cache
from typing import Concatenate, Literal, ParamSpec, TypeVar
from urllib.parse import urlencode

import anyio
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool

from platform_app.domain.accounts import rules
from platform_app.domain.accounts.errors import WrongCode
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shared.errors import RateLimited
from platform_app.infra import db, limits
from platform_app.infra.db import WriteSession
from platform_app.infra.limits import Limit
from platform_app.infra.settings import settings
from platform_app.rest.accounts.mailbox_keys import email_limit_key

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MINUTE, HOUR, DAY = 60, 3600, 86_400
ATTEMPTS_PER_IP = Limit("tries", amount=20, seconds=MINUTE)  # for routes that need no session
SIGN_INS_PER_IP = Limit("sign-ins", amount=10, seconds=MINUTE)
SIGN_INS_PER_IP_PER_DAY = Limit("sign-ins-a-day", amount=100, seconds=DAY)
WRONG_CODES_PER_ACCOUNT = Limit("wrong-codes", amount=10, seconds=HOUR)
MAILS_PER_IP = Limit("mails", amount=20, seconds=HOUR)
PASSWORD_CHECKS_PER_USER = Limit("passwords", amount=10, seconds=MINUTE)
# A hash takes memory and a processor, so few run at once. Waiting requests hold neither threads nor connections.
MAX_CONCURRENT_HASHES = 4
# The longest lifetime that browsers allow; the server decides when the session ends.
_COOKIE_SECONDS = 400 * DAY
_SIGN_UP_COOKIE = "plaza_sign_up"
_MAX_PATH_LENGTH = 2000


class Next(BaseModel):
    """Success; `next` is the page to go to."""

    model_config = ConfigDict(frozen=True)

    next: str


def check_mail_page(email: str, kind: Literal["sign-up", "reset", "email"]) -> Next:
    """The page after a mail was asked for. What it shows comes after #: neither servers nor logs get the address."""
    return Next(next="/check-mail#" + urlencode({"email": email, "kind": kind}))


async def write_hashing_password(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a command that hashes a password; few run at once, so that a flood of them does not block other requests."""
    async with _hash_limiter():
        return await db.write(command, *args, **kwargs)


async def require_code_attempts_left(user: Viewer) -> Viewer:
    """The user; RateLimited after too many wrong codes."""
    key = email_limit_key(user.email)
    if wait := await run_in_threadpool(limits.seconds_until_allowed, WRONG_CODES_PER_ACCOUNT, key):
        raise RateLimited(retry_after=wait)
    return user


@asynccontextmanager
async def counting_wrong_codes(user: Viewer) -> AsyncIterator[None]:
    """Count a wrong code inside against the user's limit."""
    try:
        yield
    except WrongCode:
        await run_in_threadpool(limits.hit, (WRONG_CODES_PER_ACCOUNT, email_limit_key(user.email)))
        raise


def local_path(next_path: str | None) -> str:
    """The page to go to after signing in: a path in Plaza, otherwise the home page."""
    path = next_path or "/"
    is_local = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_local and " " not in path and len(path) <= _MAX_PATH_LENGTH else "/"


def set_session_cookie(response: Response, token: str) -> None:
    """Set the session cookie."""
    _set_cookie(response, settings().session_cookie, token, seconds=_COOKIE_SECONDS)


def clear_session_cookie(response: Response) -> None:
    """Delete the session cookie."""
    name = settings().session_cookie
    response.delete_cookie(name, path="/", secure=settings().is_secure, httponly=True, samesite="lax")


def set_sign_up_cookie(request: Request, response: Response) -> str:
    """Mark the browser as the one that signed up, unless it is marked already; return the digest of the mark."""
    name = settings().cookie(_SIGN_UP_COOKIE)
    cookie = request.cookies.get(name, "")
    token = cookie if rules.is_well_formed_token(cookie) else rules.new_token()
    _set_cookie(response, name, token, seconds=int(rules.SIGN_UP_LIFETIME.total_seconds()))
    return rules.digest(token)


def sign_up_digest(request: Request) -> str | None:
    """The digest of the browser's sign-up mark; None if it has none."""
    token = request.cookies.get(settings().cookie(_SIGN_UP_COOKIE), "")
    return rules.digest(token) if rules.is_well_formed_token(token) else None


def clear_sign_up_cookie(response: Response) -> None:
    """Remove the sign-up mark after its use."""
    name = settings().cookie(_SIGN_UP_COOKIE)
    response.delete_cookie(name, path="/", secure=settings().is_secure, httponly=True, samesite="lax")


def user_agent(request: Request) -> str:
    """The browser's user agent."""
    return request.headers.get("user-agent", "")


def _set_cookie(response: Response, name: str, token: str, *, seconds: int) -> None:
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=settings().is_secure, httponly=True, samesite="lax"
    )


@cache
def _hash_limiter() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(MAX_CONCURRENT_HASHES)
