"""What the sign-in routes share: cookies, where to go next, and how often one may try."""

import hashlib
from collections.abc import Callable
from functools import cache
from typing import Concatenate, ParamSpec, TypeVar

import anyio
from fastapi import Request, Response
from pydantic import BaseModel, ConfigDict

from platform_app.domain.accounts import rules
from platform_app.domain.accounts.rules import texts
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.infra.limits import Limit
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
MINUTE, HOUR, DAY = 60, 3600, 86_400
TRIES = Limit("tries", amount=20, seconds=MINUTE)  # of whatever takes no session, by address
SIGN_INS = Limit("sign-ins", amount=10, seconds=MINUTE)
SIGN_INS_A_DAY = Limit("sign-ins-a-day", amount=100, seconds=DAY)
SIGN_INS_OF_ONE = Limit("sign-ins-of-one", amount=5, seconds=MINUTE)
WRONG_CODES = Limit("wrong-codes", amount=10, seconds=HOUR)
MAILS_TO_ONE = Limit("mails-to-one", amount=5, seconds=HOUR)
MAILS = Limit("mails", amount=20, seconds=HOUR)
PASSWORDS = Limit("passwords", amount=10, seconds=MINUTE)
# Hashes take memory and a processor each: so many at once, and no more threads or connections than that wait for them.
HASHES_AT_ONCE = 4
# As long as browsers keep any cookie: when the session ends is decided here, as it is seen or not.
_COOKIE_SECONDS = 400 * DAY
_SIGN_UP_COOKIE = "plaza_sign_up"
_LONGEST_PATH = 2000


class Next(BaseModel):
    """Done; `next` is the page to go to."""

    model_config = ConfigDict(frozen=True)

    next: str


async def with_password(
    command: Callable[Concatenate[WriteSession, Arguments], Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    """Run a command that hashes a password; few at once, so that a flood of them stops nothing else."""
    async with _hashing():
        return await db.write(command, *args, **kwargs)


def local_path(wanted: str | None) -> str:
    """Where to go after signing in: a path of ours, else the front page."""
    path = wanted or "/"
    is_ours = path.startswith("/") and not path.startswith("//") and "\\" not in path and path.isprintable()
    return path if is_ours and " " not in path and len(path) <= _LONGEST_PATH else "/"


def keep_session(response: Response, token: str) -> None:
    """Sign the browser in."""
    _set(response, settings().session_cookie, token, seconds=_COOKIE_SECONDS)


def drop_session(response: Response) -> None:
    """Sign the browser out."""
    name = settings().session_cookie
    response.delete_cookie(name, path="/", secure=settings().is_secure, httponly=True, samesite="lax")


def keep_sign_up(request: Request, response: Response) -> str:
    """Mark the browser as the one that signed up; the digest of its mark, which it keeps if it has one."""
    name = settings().cookie(_SIGN_UP_COOKIE)
    given = request.cookies.get(name, "")
    token = given if rules.is_token(given) else rules.new_token()
    _set(response, name, token, seconds=int(rules.SIGN_UP_LASTS.total_seconds()))
    return rules.digest(token)


def sign_up_digest(request: Request) -> str | None:
    """The mark of a browser that signed up."""
    token = request.cookies.get(settings().cookie(_SIGN_UP_COOKIE), "")
    return rules.digest(token) if rules.is_token(token) else None


def drop_sign_up(response: Response) -> None:
    """Take the mark away, once it has served."""
    name = settings().cookie(_SIGN_UP_COOKIE)
    response.delete_cookie(name, path="/", secure=settings().is_secure, httponly=True, samesite="lax")


def mailbox(email: str) -> str:
    """What the limits count an address by."""
    return hashlib.sha256(texts.email_key(email).encode()).hexdigest()[:32]


def agent(request: Request) -> str:
    """What the browser calls itself."""
    return request.headers.get("user-agent", "")


def _set(response: Response, name: str, token: str, *, seconds: int) -> None:
    response.set_cookie(
        name, token, max_age=seconds, path="/", secure=settings().is_secure, httponly=True, samesite="lax"
    )


@cache
def _hashing() -> anyio.CapacityLimiter:
    return anyio.CapacityLimiter(HASHES_AT_ONCE)
