"""Who is acting: taken from the session whose cookie opened the socket, never from an event's content."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import ParamSpec, TypeVar, cast
from urllib.parse import quote, urlencode

import reflex as rx
from anyio import to_thread

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules, service
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shared.errors import RateLimited, Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.errors import NotPermitted, ShopNotFound
from platform_app.domain.shops.rules import RequiredPermission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import best_effort, cache, limits
from platform_app.infra.cache import CachedQuery
from platform_app.infra.limits import WRITES
from state.core import page_url, sockets
from state.core.page_url import PageUrl

SIGN_IN_URL = "/sign-in"
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
# What the current event has read about its user. Only REST changes users and memberships, so it stays current.
_event_reads: ContextVar[dict[tuple[object, ...], object] | None] = ContextVar("event_reads", default=None)


class SignInRequired(Unauthenticated):
    """The tab is not signed in; `next_url` is the page to return to, `reason` what needs an account, such as a like."""

    def __init__(self, next_url: str, *, reason: str = "") -> None:
        """Store the page to return to."""
        self.next_url, self.reason = next_url, reason
        super().__init__()


@contextmanager
def event_scope() -> Iterator[None]:
    """A context in which the session's user and memberships are read only once."""
    token = _event_reads.set({})
    try:
        yield
    finally:
        _event_reads.reset(token)


async def viewer(state: rx.State) -> Viewer | None:
    """The signed-in user of this tab; None if signed out."""
    digest = sockets.session_digest(state)
    found = await _read_once(accounts.viewer, digest=digest) if digest else None
    now = utc_now()
    if found is None or found.expires_at <= now:
        return None
    if rules.is_seen_update_due(found.seen_at, now=now):
        best_effort.write_later(service.touch, f"seen:{digest}", digest=digest, now=now)
    return found


async def memberships(user: Viewer | None) -> tuple[Membership, ...]:
    """The shops that a user owns or works for; empty if signed out."""
    return await _read_once(shops.memberships, user_id=user.user_id) if user else ()


async def require_user(state: rx.State, *, reason: str = "") -> Viewer:
    """The signed-in user; raises SignInRequired, which leads to the sign-in page, with a `reason`, and back."""
    found = await viewer(state)
    if found is None:
        raise SignInRequired(_return_url(page_url.current(state)), reason=reason)
    return found


async def require_writer(state: rx.State, *, reason: str = "") -> Viewer:
    """The signed-in user; counts against the write limit. Raises SignInRequired or RateLimited."""
    user = await require_user(state, reason=reason)
    wait = await to_thread.run_sync(limits.hit, (WRITES, str(user.user_id)))
    if wait:
        raise RateLimited(retry_after=wait)
    return user


async def require_membership(state: rx.State, permission: RequiredPermission = None) -> Membership:
    """The signed-in user's membership in the shop of this tab's URL, /sell/{shop}/….

    Raises SignInRequired, ShopNotFound or NotPermitted. The membership may be slightly stale: to change something, pass
    `user_id` and `slug` to a command, which checks again in its own transaction.
    """
    user = await require_user(state)
    segments = page_url.current(state).path_segments()
    slug = segments[1] if len(segments) > 1 and segments[0] == "sell" else ""
    found = next((each for each in await memberships(user) if each.slug == slug), None)
    if found is None:
        raise ShopNotFound
    if not found.has_permission(permission):
        raise NotPermitted
    return found


async def require_writing_membership(state: rx.State, permission: RequiredPermission) -> Membership:
    """`require_membership` for a handler that changes something; counts against the user's write limit."""
    found = await require_membership(state, permission)
    await require_writer(state)
    return found


def sign_in_url(path: str, *, reason: str = "") -> str:
    """The URL of the sign-in page, which says why it is there, and then returns to this path of ours."""
    next_url = safe_path(path)
    values = {**({"next": next_url} if next_url else {}), **({reason: "1"} if reason else {})}
    return f"{SIGN_IN_URL}?{urlencode(values, safe='/', quote_via=quote)}" if values else SIGN_IN_URL


def safe_path(path: str) -> str:
    """The path if it is one of ours, else "": browsers treat two slashes or a backslash as another host."""
    return path if path.startswith("/") and not path.startswith("//") and "\\" not in path else ""


def _return_url(url: PageUrl) -> str:
    """The current page without `next`, which a browser that is already being redirected may still send."""
    return href(url.path, {name: value for name, value in url.lists.items() if name != "next"})


async def _read_once(
    query: CachedQuery[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
) -> Result:
    reads = _event_reads.get()
    if reads is None:
        return await cache.read(query, *args, **kwargs)
    key = (query.name, *kwargs.values())
    if key not in reads:
        answer = await cache.read(query, *args, **kwargs)
        reads[key] = answer
    return cast(Result, reads[key])
