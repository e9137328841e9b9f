"""Whose socket it is. The cookie is read once, when a socket opens; what stays of it is a digest, in this process only."""

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
from state.core.state_manager import InProcessStateManager

RECHECK_INTERVAL_SECONDS = 30.0  # between two looks at all sessions: a poke that was lost costs no more
TICK_SECONDS = 0.1
RETRY_SECONDS = 1.0  # after a look that failed
DRAIN_SECONDS = 5.0  # over which browsers are sent to another process, so that they do not come there all at once
MAX_COOKIE_LENGTH = 4096  # characters
MAX_HEADER_LENGTH = 512  # bytes of each header that stays with a tab's state
# What of a handshake may be kept with the tab's state; everything else could be a secret.
RETAINED_HEADERS = frozenset((b"host", b"origin", b"user-agent", b"accept-language", b"x-forwarded-for"))
_HANDSHAKE_KEYS = ("HTTP_", "wsgi.input", "RAW_URI")
_DIGEST_KEY = "plaza.session"

log = structlog.get_logger()


def session_digest(state: rx.State) -> str:
    """The digest of the session this tab's socket was opened with; empty without one."""
    return _digests.get(router.session(state).session_id, "")


def socket_session_digest(sid: str) -> str:
    """The digest of the session this socket was opened with; empty without one."""
    return _digests.get(sid, "")


def mark_for_recheck(tags: list[str] | None) -> None:
    """Sessions that have changed, as a poke says; None is any, since pokes may have been missed."""
    digests = set(_digests.values())
    _to_recheck.update(digests if tags is None else digests.intersection(session_digests(tags)))


async def close_ended_sessions(app: rx.App) -> None:
    """Close the sockets of sessions that have ended, until cancelled: at a poke's word, and all now and then."""
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
    """Close every open socket, spread over a while; the browsers come back by themselves, to whoever takes them now."""
    sio = app.sio
    assert sio is not None
    open_sids = list(sio.eio.sockets)
    random.shuffle(open_sids)
    log.info("sockets are sent away", sockets=len(open_sids))
    for sid in open_sids:
        connection = sio.eio.sockets.get(sid)
        if connection:
            await connection.queue.put(None)
        await asyncio.sleep(DRAIN_SECONDS / len(open_sids))


def install(namespace: EventNamespace, manager: InProcessStateManager) -> None:
    """Know whose each socket is, count them, and let go of what a closed tab was showing."""
    connect, disconnect = namespace.on_connect, namespace.on_disconnect
    if isinstance(namespace._token_manager, RedisTokenManager):
        namespace._token_manager.redis = manager.redis  # its own would open a connection for each of a crowd
    counted: set[str] = set()

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        digest = await _live_digest(_extract_session(environ))
        tab_tokens, scoped_environ = parse_qs(str(environ.get("QUERY_STRING", ""))).get("token"), environ
        if tab_tokens:
            token = state_token(tab_tokens[0], digest=digest)
            scoped_environ = {**environ, "QUERY_STRING": urlencode({"token": token})}
            await manager.release(token)  # another process may have changed it since it was here
        if digest:
            _digests[sid] = digest  # before the page's first event, which comes with the connection
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
            del environ[name]  # of use to nobody any more, and kept for as long as the socket is open

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

    # On the instance, where socket.io looks first.
    namespace.__dict__.update(on_connect=on_connect, on_disconnect=on_disconnect)


def state_token(tab_token: str, *, digest: str) -> str:
    """The name of a tab's state: of the browser's word for the tab and of the session, so that no session sees another's.

    Signing in or out begins a new state, and whoever learns a tab's name cannot open it without the session's cookie.
    """
    return str(uuid5(NAMESPACE_URL, f"plaza:tab:{tab_token}:{digest}"))


_digests: dict[str, str] = {}  # socket: digest of its session
_to_recheck: set[str] = set()
_pending_releases: set[asyncio.Future[None]] = set()


def _extract_session(environ: dict[str, Any]) -> str:
    """The session's digest; afterwards the handshake holds nothing that could open a session."""
    if _DIGEST_KEY in environ:  # the same connection once more, without its cookie
        return str(environ[_DIGEST_KEY])
    scope: dict[str, Any] = environ.get("asgi.scope", {})
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    cookies = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    scope["headers"] = [(name, value[:MAX_HEADER_LENGTH]) for name, value in headers if name in RETAINED_HEADERS]
    for name in [name for name in environ if name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")]:
        del environ[name]
    environ[_DIGEST_KEY] = digest = _cookie_digest(cookies)
    return digest


async def _live_digest(digest: str) -> str:
    """The digest, unless its session has ended: whoever still has such a cookie is like one without."""
    if not digest:
        return ""
    try:
        found = await cache.read(accounts.viewer, digest=digest)
        return digest if found else ""
    except DatabaseUnavailable:
        return digest  # which gives nobody anything until the database answers


def _cookie_digest(cookies: str) -> str:
    if len(cookies) > MAX_COOKIE_LENGTH:
        return ""
    try:
        found = SimpleCookie(cookies).get(settings().session_cookie)
    except CookieError:
        return ""
    return rules.digest(found.value) if found and rules.is_well_formed_token(found.value) else ""


async def _recheck(app: rx.App) -> None:
    """Ask the database about the suspects; whatever goes wrong, they are asked about again."""
    digests = frozenset(_to_recheck)
    _to_recheck.clear()
    try:
        live_digests = await db.read(accounts.active_session_digests, digests=digests, now=utc_now())
        await _close_sockets(app, digests - live_digests)
    except Exception as error:  # one that nobody foresaw must not leave ended sessions connected from then on
        log.warning("sessions are not looked at", error=str(error))
        _to_recheck.update(digests)
        await asyncio.sleep(RETRY_SECONDS)


async def _close_sockets(app: rx.App, digests: frozenset[str]) -> None:
    """Close the connection itself, so that the browser comes back by its own, as whoever it is by then.

    Socket.IO's and Engine.IO's own ways to disconnect are words to the browser, which stays away, or connected, after them.
    """
    sio = app.sio
    assert sio is not None  # there are sockets
    for sid in [sid for sid, digest in _digests.items() if digest in digests]:
        connection = sio.eio.sockets.get(sio.manager.eio_sid_from_sid(sid, "/_event"))
        if connection:
            await connection.queue.put(None)  # the end of what is written to it, after which it is closed
            log.info("socket of an ended session closed")
