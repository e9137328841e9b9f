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
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import cache, db, garbage, metrics
from platform_app.infra.db import DatabaseUnavailable
from platform_app.infra.settings import settings
from state import live, packets, router
from state.keeping import KeptStates

CHECK_SECONDS = 30.0  # between two looks at all sessions: a poke that was lost costs no more
TICK_SECONDS = 0.1
AGAIN_SECONDS = 1.0  # after a look that failed
DRAIN_SECONDS = 5.0  # over which browsers are sent to another process, so that they do not come there all at once
MAX_COOKIE = 4096  # characters
MAX_HEADER = 512  # bytes of each header that stays with a tab's state
# What of a handshake may be kept with the tab's state; everything else could be a secret.
KEPT_HEADERS = frozenset((b"host", b"origin", b"user-agent", b"accept-language", b"x-forwarded-for"))
_HANDSHAKE = ("HTTP_", "wsgi.input", "RAW_URI")
_TAG = "session:"
_OURS = "plaza.session"

log = structlog.get_logger()


def digest_of(state: rx.State) -> str:
    """The digest of the session this tab's socket was opened with; empty without one."""
    return _digests.get(router.session(state).session_id, "")


def digest_of_socket(sid: str) -> str:
    """The digest of the session this socket was opened with; empty without one."""
    return _digests.get(sid, "")


def suspect(tags: list[str] | None) -> None:
    """Sessions that have changed, as a poke says; None is any, since pokes may have been missed."""
    held = set(_digests.values())
    _suspects.update(held if tags is None else held.intersection(tag.removeprefix(_TAG) for tag in tags))


async def close_ended(app: rx.App) -> None:
    """Close the sockets of sessions that have ended, until cancelled: at a poke's word, and all now and then."""
    loop = asyncio.get_running_loop()
    checked = loop.time()
    while True:
        await asyncio.sleep(TICK_SECONDS)
        if loop.time() >= checked + CHECK_SECONDS:
            suspect(None)
            checked = loop.time()
        if _suspects:
            await _look(app)


async def drain(app: rx.App) -> None:
    """Close every open socket, spread over a while; the browsers come back by themselves, to whoever takes them now."""
    sio = app.sio
    assert sio is not None
    leaving = list(sio.eio.sockets)
    random.shuffle(leaving)
    log.info("sockets are sent away", sockets=len(leaving))
    for sid in leaving:
        connection = sio.eio.sockets.get(sid)
        if connection:
            await connection.queue.put(None)
        await asyncio.sleep(DRAIN_SECONDS / len(leaving))


def follow(namespace: EventNamespace, states: KeptStates) -> None:
    """Know whose each socket is, count them, and let go of what a closed tab was showing."""
    connect, disconnect = namespace.on_connect, namespace.on_disconnect
    if isinstance(namespace._token_manager, RedisTokenManager):
        namespace._token_manager.redis = states.redis  # its own would open a connection for each of a crowd
    counted: set[str] = set()

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        digest = await _living(_take_session(environ))
        given, named = parse_qs(str(environ.get("QUERY_STRING", ""))).get("token"), environ
        if given:
            token = tab(given[0], digest=digest)
            named = {**environ, "QUERY_STRING": urlencode({"token": token})}
            await states.let_go(token)  # another process may have changed it since it was here
        if digest:
            _digests[sid] = digest  # before the page's first event, which comes with the connection
        try:
            await connect(sid, named, auth)
        except BaseException:
            _digests.pop(sid, None)
            raise
        counted.add(sid)
        metrics.SOCKETS.inc()
        sio = namespace.server
        packets.let_go_of_sent(sio.eio.sockets[sio.manager.eio_sid_from_sid(sid, namespace.namespace)])
        for name in [name for name in environ if name.startswith(_HANDSHAKE)]:
            del environ[name]  # of use to nobody any more, and kept for as long as the socket is open

    def on_disconnect(sid: str) -> asyncio.Task[None] | None:
        token = namespace.sid_to_token.get(sid)
        _digests.pop(sid, None)
        if sid in counted:
            counted.discard(sid)
            metrics.SOCKETS.dec()
            garbage.closed(still_open=len(counted))
        done = disconnect(sid)
        if token:
            live.forget(token)
            leaving = asyncio.ensure_future(states.let_go(token))
            _leaving.add(leaving)
            leaving.add_done_callback(_leaving.discard)
        return done

    # On the instance, where socket.io looks first.
    namespace.__dict__.update(on_connect=on_connect, on_disconnect=on_disconnect)


def tab(given: str, *, digest: str) -> str:
    """The name of a tab's state: of the browser's word for the tab and of the session, so that no session sees another's.

    Signing in or out begins a new state, and whoever learns a tab's name cannot open it without the session's cookie.
    """
    return str(uuid5(NAMESPACE_URL, f"plaza:tab:{given}:{digest}"))


_digests: dict[str, str] = {}  # socket: digest of its session
_suspects: set[str] = set()
_leaving: set[asyncio.Future[None]] = set()


def _take_session(environ: dict[str, Any]) -> str:
    """The session's digest; afterwards the handshake holds nothing that could open a session."""
    if _OURS in environ:  # the same connection once more, without its cookie
        return str(environ[_OURS])
    scope: dict[str, Any] = environ.get("asgi.scope", {})
    headers: Iterable[tuple[bytes, bytes]] = scope.get("headers", ())
    cookies = "; ".join(value.decode("latin-1") for name, value in headers if name == b"cookie")
    scope["headers"] = [(name, value[:MAX_HEADER]) for name, value in headers if name in KEPT_HEADERS]
    for name in [name for name in environ if name in ("HTTP_COOKIE", "HTTP_AUTHORIZATION", "HTTP_PROXY_AUTHORIZATION")]:
        del environ[name]
    environ[_OURS] = digest = _digest(cookies)
    return digest


async def _living(digest: str) -> str:
    """The digest, unless its session has ended: whoever still has such a cookie is like one without."""
    if not digest:
        return ""
    try:
        found = await cache.read(accounts.viewer, digest=digest)
        return digest if found else ""
    except DatabaseUnavailable:
        return digest  # which gives nobody anything until the database answers


def _digest(cookies: str) -> str:
    if len(cookies) > MAX_COOKIE:
        return ""
    try:
        found = SimpleCookie(cookies).get(settings().session_cookie)
    except CookieError:
        return ""
    return rules.digest(found.value) if found and rules.is_token(found.value) else ""


async def _look(app: rx.App) -> None:
    """Ask the database about the suspects; whatever goes wrong, they are asked about again."""
    asked = frozenset(_suspects)
    _suspects.clear()
    try:
        alive = await db.read(accounts.live_digests, digests=asked, now=utc_now())
        await _close(app, asked - alive)
    except Exception as error:  # one that nobody foresaw must not leave ended sessions connected from then on
        log.warning("sessions are not looked at", error=str(error))
        _suspects.update(asked)
        await asyncio.sleep(AGAIN_SECONDS)


async def _close(app: rx.App, digests: frozenset[str]) -> None:
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
