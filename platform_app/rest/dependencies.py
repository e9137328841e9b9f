"""Dependencies of the routes: the caller, from the session cookie, and the checks before a write."""

from collections.abc import Callable, Coroutine
from typing import Annotated, Any
from urllib.parse import urlsplit

import anyio
from fastapi import Depends, HTTPException, Path, Request, Response
from fastapi.routing import APIRoute
from pydantic import JsonValue
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from platform_app.domain.accounts import queries, rules, service
from platform_app.domain.accounts.schemas import Viewer
from platform_app.domain.shared import json_values
from platform_app.domain.shared.errors import Forbidden, Invalid, ProductError, RateLimited, Unauthenticated
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra import best_effort, cache, db, limits
from platform_app.infra.client_ip import client_ip, network_of
from platform_app.infra.limits import WRITES, Limit
from platform_app.infra.settings import settings
from platform_app.rest import security_events

MAX_BODY = 64 * 1024
BODY_TIMEOUT_SECONDS = 15.0
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class ForeignOrigin(Forbidden):
    """A page of another site sent this request."""

    message = "This request came from another site. Nothing was changed."


class JsonOnly(Invalid):
    """The body is not JSON, or too large."""


class UnstorableBody(Invalid):
    """The body has text or numbers that cannot be stored; `fields` names them."""


class GuardedRoute(APIRoute):
    """A route that acts for the user: it accepts JSON from our own pages and from programs, and is never cached."""

    max_body = MAX_BODY

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Check the request before anything else is done for it."""
        handle = super().get_route_handler()

        async def guarded_handler(request: Request) -> Response:
            route = f"{request.method} {self.path}"
            try:
                if request.method not in _SAFE or route in security_events.AUDITED:  # an export is a safe method
                    require_same_origin(request)
                if request.method not in _SAFE:
                    _require_json(request, self.max_body)
                    await _require_storable(request)
                response = await handle(request)
            except ProductError as error:
                await security_events.record(request, route, error=error)
                raise
            await security_events.record(request, route)
            response.headers["Cache-Control"] = "no-store"
            return response

        return guarded_handler


async def optional_user(request: Request) -> Viewer | None:
    """The user signed in in the calling browser; None if there is none."""
    digest = session_digest(request)
    if digest is None:
        return None
    viewer = await cache.read(queries.viewer, digest=digest)
    now = utc_now()
    if viewer is None or viewer.expires_at <= now:
        return None
    if rules.is_seen_update_due(viewer.seen_at, now=now):
        best_effort.write_later(service.touch, f"seen:{digest}", digest=digest, now=now)
    request.state.user_id = str(viewer.user_id)  # for the log
    return viewer


OptionalUser = Annotated[Viewer | None, Depends(optional_user)]


async def current_user(viewer: OptionalUser) -> Viewer:
    """The signed-in user; Unauthenticated if there is none."""
    if viewer is None:
        raise Unauthenticated
    return viewer


CurrentUser = Annotated[Viewer, Depends(current_user)]


async def require_writer(viewer: CurrentUser) -> Viewer:
    """The signed-in user; counts against the write limit."""
    await enforce_limits((WRITES, str(viewer.user_id)))
    return viewer


WritingUser = Annotated[Viewer, Depends(require_writer)]


ShopSlug = Annotated[str, Path(max_length=60)]


def require_membership(permission: Permission | None = None) -> Callable[..., Coroutine[Any, Any, Membership]]:
    """A dependency for routes under /shops/{shop}: the caller's membership, which needs this permission.

    Commands check it again in their own transaction: give them `user_id` and `shop`.
    """

    async def dependency(shop: ShopSlug, user: CurrentUser) -> Membership:
        return await db.read(shops.require_membership, user_id=user.user_id, shop=shop, permission=permission)

    return dependency


CurrentMembership = Annotated[Membership, Depends(require_membership())]


def client_network(request: Request) -> str:
    """The key by which the limits count a caller: the IPv4 address, or the IPv6 network of one customer."""
    return network_of(client_ip(request.scope))


async def enforce_limits(*counted: tuple[Limit, str]) -> None:
    """Count this request against each limit; RateLimited if one is exceeded."""
    wait = await run_in_threadpool(limits.hit, *counted)
    if wait:
        raise RateLimited(retry_after=wait)


def session_digest(request: Request) -> str | None:
    """The digest of the session cookie; None if there is no well-formed one."""
    token = request.cookies.get(settings().session_cookie, "")
    return rules.digest(token) if rules.is_well_formed_token(token) else None


def require_same_origin(request: Request) -> None:
    """Refuse requests from pages of another site; programs send no Origin."""
    origin = request.headers.get("origin")
    if origin is None:
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise ForeignOrigin
        return
    requested = urlsplit(origin)
    own = urlsplit(settings().public_url)
    is_public_url = (requested.scheme, requested.netloc) == (own.scheme, own.netloc)
    is_host = requested.scheme in ("http", "https") and requested.netloc == request.headers.get("host")
    if not (is_public_url or (is_host and requested.scheme == own.scheme)):
        raise ForeignOrigin


def _require_json(request: Request, max_body: int) -> None:
    length = request.headers.get("content-length", "0")
    is_long = not length.isdecimal() or int(length) > max_body
    has_body = length != "0" or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if is_long or "transfer-encoding" in request.headers or (has_body and kind != "application/json"):
        raise JsonOnly(f"Send JSON, with Content-Type: application/json, at most {max_body // 1024} kB.")


async def _require_storable(request: Request) -> None:
    """Refuse values that no database stores, and a body that is too slow; FastAPI itself refuses what is not JSON."""
    try:
        with anyio.fail_after(BODY_TIMEOUT_SECONDS):
            content = await request.body()
    except TimeoutError:
        raise HTTPException(408, "The request took too long.", headers={"Connection": "close"}) from None
    except ClientDisconnect:
        raise HTTPException(400, "The request ended in the middle.") from None
    try:
        body: JsonValue = await request.json() if content else None
    except (ValueError, RecursionError):
        return
    if problems := json_values.find_problems(body):
        raise UnstorableBody(fields=problems)
