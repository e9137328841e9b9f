"""The session of each socket. The cookie is read once, when a socket opens; this process stores only its digest."""

import asyncio
import random
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs, urlencode
from uuid import NAMESPACE_URL, uuid5

import reflex as rx
import structlog
from reflex.app import EventNamespace
from reflex.utils.token_manager import RedisTokenManager

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules
from platform_app.domain.accounts.tags import session_digests
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import cache, db, gc_tuning, metrics
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import settings
from state.core import live_updates, router, wire_format
from state.core.hooks import Hook
from state.core.state_manager import InProcessStateManager

RECHECK_INTERVAL_SECONDS = 30.0  # for all sessions, in case an invalidation is lost
TICK_SECONDS = 0.1
RETRY_SECONDS = 1.0  # after a failed check
DRAIN_SECONDS = 5.0  # sockets close spread over this time, so that browsers do not reconnect all at once
MAX_COOKIE_LENGTH = 4096  # characters
MAX_HEADER_LENGTH = 512  # bytes of each stored header, however often it is sent
# Only these headers are stored with a tab's state; others may contain secrets.
_APPENDED_HEADER = b"x-forwarded-for"
RETAINED_HEADERS = frozenset((b"host", b"origin", b"user-agent", b"accept-language", _APPENDED_HEADER))
_HANDSHAKE_KEYS = ("HTTP_", "wsgi.input", "RAW_URI")
_DIGEST_KEY = "plaza.session"
_NAMESPACE = "reflex.app:EventNamespace"
HOOKS = (
    Hook(
        f"{_NAMESPACE}.on_connect",
        "a socket gets its session, and its tab a token unique to the session",
        parameters=("sid", "environ", "auth"),
        source=('environ.get("QUERY_STRING", "")', 'query_params.get("token", [])'),
    ),
    Hook(
        f"{_NAMESPACE}._build_static_router_data",
        "Reflex stores the headers of the scope, which we truncate",
        parameters=("sid", "environ"),
        source=('environ.get("asgi.scope", {})', 'asgi_scope.get("headers", [])'),
    ),
    Hook(f"{_NAMESPACE}.on_disconnect", "a tab's subscriptions end with its socket", parameters=("sid",)),
    Hook(f"{_NAMESPACE}.sid_to_token", "finds the tab of a socket"),
    Hook(f"{_NAMESPACE}.__init__", "holds the tabs and their sockets", source=("self._token_manager = ",)),
    Hook(
        "reflex.utils.token_manager:RedisTokenManager.__init__",
        "it uses our connection pool",
        parameters=("redis",),
        source=("self.redis = redis",),
    ),
    Hook(
        "socketio.async_namespace:AsyncNamespace.trigger_event",
        "handlers on the instance replace those of the class",
        source=("getattr(self, handler_name)",),
    ),
    Hook(
        "socketio.async_manager:AsyncManager.eio_sid_from_sid",
        "finds the connection of a socket",
        parameters=("sid", "namespace"),
    ),
    Hook("engineio.base_server:BaseServer.__init__", "holds the connections", source=("self.sockets = {}",)),
    Hook("engineio.base_socket:BaseSocket.__init__", "a connection has a queue", source=("self.queue = ",)),
    Hook(
        "engineio.async_socket:AsyncSocket._websocket_handler",
        "None in its queue closes a connection",
        source=("if not packets:\n                    # empty packet list returned -> connection closed\n",),
    ),
    Hook(
        "engineio.async_drivers.asgi:translate_request",
        "a handshake's cookies and headers are removed from its environ",
        source=("'asgi.scope': scope", "'wsgi.input'", "'RAW_URI'", "'QUERY_STRING'", "'HTTP_%s'"),
    ),
)

log = structlog.get_logger()


def session_digest(state: rx.State) -> str:
    """The session digest of this tab's socket; empty without a session."""
    return _digests.get(router.session(state).session_id, "")


def socket_session_digest(sid: str) -> str:
    """The session digest of this socket; empty without a session."""
    return _digests.get(sid, "")


def mark_for_recheck(tags: list[str] | None) -> None:
    """Schedule a check of the sessions with these cache tags; None means all, after possibly lost invalidations."""
    digests = set(_digests.values())
    _to_recheck.update(digests if tags is None else digests.intersection(session_digests(tags)))


async def close_ended_sessions(app: rx.App) -> None:
    """Close the sockets of ended sessions until cancelled. Invalidated sessions are checked at once, others later."""
    loop = asyncio.get_running_loop()
    checked = loop.time()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        if loop.time() >= checked + RECHECK_INTERVAL_SECONDS:
            mark_for_recheck(None)
            checked = loop.time()
        if _to_recheck:
            await _recheck(app)


async def drain(app: rx.App) -> None:
    """Close every open socket, spread over DRAIN_SECONDS; the browsers reconnect to another process by themselves."""
    sio = app.sio
    assert sio is not None
    open_sids = list(sio.eio.sockets)
    random.shuffle(open_sids)
    log.info("sockets are closing", sockets=len(open_sids))
    for sid in open_sids:
        connection = sio.eio.sockets.get(sid)
        if connection:
            await connection.queue.put(None)
        await asyncio.sleep(DRAIN_SECONDS / len(open_sids))


def install(namespace: EventNamespace, manager: InProcessStateManager) -> None:
    """Record the session of each socket, count the sockets, and release the state of a tab whose socket closes."""
    connect, disconnect = namespace.on_connect, namespace.on_disconnect
    if isinstance(namespace._token_manager, RedisTokenManager):
        namespace._token_manager.redis = manager.redis  # its own client has no limit on connections
    counted: set[str] = set()

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        digest = await _live_digest(_extract_session(environ))
        tab_tokens, scoped_environ = parse_qs(str(environ.get("QUERY_STRING", ""))).get("token"), environ
        if tab_tokens:
            token = state_token(tab_tokens[0], digest=digest)
            scoped_environ = {**environ, "QUERY_STRING": urlencode({"token": token})}
            await manager.release(token)  # another process may have changed the state in the meantime
        if digest:
            _digests[sid] = digest  # before the first event, which arrives with the connection
        try:
            await connect(sid, scoped_environ, auth)
        except BaseException:
            _digests.pop(sid, None)
            raise
        counted.add(sid)
        metrics.SOCKETS.inc()
        sio = namespace.server
        wire_format.release_sent_packets(sio.eio.sockets[sio.manager.eio_sid_from_sid(sid, namespace.namespace)])
        for name in [name for name in environ if name.startswith(_HANDSHAKE_KEYS)]:
            del environ[name]  # no longer needed, and otherwise in memory as long as the socket is open

    def on_disconnect(sid: str) -> asyncio.Task[None] | None:
        token = namespace.sid_to_token.get(sid)
        _digests.pop(sid, None)
        if sid in counted:
            counted.discard(sid)
            metrics.SOCKETS.dec()
            gc_tuning.connection_closed(still_open=len(counted))
        result = disconnect(sid)
        if token:
            live_updates.unsubscribe(token)
            release = asyncio.ensure_future(manager.release(token))
            _pending_releases.add(release)
            release.add_done_callback(_pending_releases.discard)
        return result

    # On the instance, where Socket.IO looks first.
    namespace.__dict__.update(on_connect=on_connect, on_disconnect=on_disconnect)


def state_token(tab_token: str, *, digest: str) -> str:
    """The token of a tab's state, derived from the browser's token and the session: sessions never share a state.

    Signing in or out starts a new state, and a tab's token is useless without the session's cookie.
    """
    return str(uuid5(NAMESPACE_URL, f"plaza:tab:{tab_token}:{digest}"))


def retained_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """One short header of each retained name: with the tab's state, Redis stores them for days.

    Proxies append the client's IP to X-Forwarded-For, so its end is kept.
    """
    joined: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in RETAINED_HEADERS:
            joined[name] = joined[name] + b", " + value if name in joined else value
    return [
        (name, value[-MAX_HEADER_LENGTH:] if name == _APPENDED_HEADER else value[:MAX_HEADER_LENGTH])
        for name, value in joined.items()
    ]


_digests: dict[str, str] = {}  # session digest by socket
_to_recheck: set[str] = set()
_pending_releases: set[asyncio.Future[None]] = set()


def _extract_session(environ: dict[str, Any]) -> str:
    """The session's digest; removes all credentials from the handshake."""
    if _DIGEST_KEY in environ:  # a second call for this connection: its cookie was already removed
        return str(environ[_DIGEST_KEY])
    scope: dict[str, Any] = environ.get("asgi.scope", {})
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    cookies = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    scope["headers"] = retained_headers(headers)
    for name in [name for name in environ if name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")]:
        del environ[name]
    environ[_DIGEST_KEY] = digest = _cookie_digest(cookies)
    return digest


async def _live_digest(digest: str) -> str:
    """The digest, or "" if its session has ended."""
    if not digest:
        return ""
    try:
        found = await cache.read(accounts.viewer, digest=digest)
        return digest if found else ""
    except DatabaseUnavailable:
        return digest  # every page checks again before it shows anything private


def _cookie_digest(cookies: str) -> str:
    if len(cookies) > MAX_COOKIE_LENGTH:
        return ""
    try:
        found = SimpleCookie(cookies).get(settings().session_cookie)
    except CookieError:
        return ""
    return rules.digest(found.value) if found and rules.is_well_formed_token(found.value) else ""


async def _recheck(app: rx.App) -> None:
    """Check the marked sessions in the database; after any error, check them again later."""
    digests = frozenset(_to_recheck)
    _to_recheck.clear()
    try:
        live_digests = await db.read(accounts.active_session_digests, digests=digests, now=utc_now())
        await _close_sockets(app, digests - live_digests)
    except Exception as error:  # the checks must go on after any error
        log.warning("sessions not checked", error=str(error))
        _to_recheck.update(digests)
        await asyncio.sleep(RETRY_SECONDS)


async def _close_sockets(app: rx.App, digests: frozenset[str]) -> None:
    """Close the connection itself, so that the browser reconnects with its current cookie.

    After Socket.IO's disconnect, the browser does not reconnect; after Engine.IO's, it may stay connected.
    """
    sio = app.sio
    assert sio is not None
    for sid in [sid for sid, digest in _digests.items() if digest in digests]:
        connection = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, "/_event"))
        if connection:
            await connection.queue.put(None)  # ends the writer, which closes the connection
            log.info("socket of an ended session closed")
