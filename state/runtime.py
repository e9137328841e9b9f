"""The one place that knows Reflex from the inside: event timing, live pages, and what only the browser knows."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast
from urllib.parse import parse_qs, urlsplit

import reflex as rx
import structlog
from redis import RedisError
from reflex.app import EventNamespace
from reflex.event import Event, EventHandler, EventSpec
from reflex.experimental.client_state import ClientStateVar
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.event.processor.event_processor import EventQueueEntry
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_event_handler
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import VarData
from reflex_base.vars.object import ObjectVar
from reflex_components_core.core.banner import has_connection_errors  # type: ignore[import-untyped]
from starlette.applications import Starlette

from platform_app.infra import cache, metrics, pokes
from platform_app.infra.settings import settings
from state.address import MAX_KEY
from state.keeping import KeptStates
from state.shell import ShellState

REFRESH_SECONDS = 0.5  # at least this long between two refreshes of one page
REFRESHES_A_TICK = 25  # and no more pages than this at once, however many show what has changed
TICK_SECONDS = 0.05
MAX_BACKOFF_SECONDS = 10.0

View = TypeVar("View")

log = structlog.get_logger()


class PlazaApp(rx.App):
    """A Reflex app whose events are timed, whose sockets are counted, and whose errors are told calmly."""

    def __post_init__(self) -> None:
        """Wire what the dataclass has made."""
        self.backend_exception_handler = report
        self.toaster = None
        super().__post_init__()  # type: ignore[no-untyped-call]
        if self.event_namespace and isinstance(self._state_manager, StateManagerRedis):
            # Reflex declares these methods twice, once per kind of token, which looks like two methods to mypy.
            self._state_manager = KeptStates(  # type: ignore[abstract]
                settings().state_redis_url.get_secret_value(), token_expiration=self._state_manager.token_expiration
            )
            _count_sockets(self.event_namespace, self._state_manager)

    async def _preprocess(self, state: BaseState, event: Event) -> StateUpdate | None:
        """A page that loads is as good as loaded: what it shows leaves in the same delta."""
        if event.name in _loads:
            state.is_hydrated = True
            state.dirty_vars.add("is_hydrated")  # the browser has it as false, whatever it was here
        return await super()._preprocess(state, event)

    @asynccontextmanager
    async def _setup_event_processor(self) -> AsyncIterator[None]:
        namespace = self.event_namespace
        if namespace is not None:
            namespace._token_manager._reset_instance_id()
        self._event_processor = TimedProcessor(
            middleware=self, backend_exception_handler=self.backend_exception_handler
        )
        async with self._event_processor.configure(state_manager=self.state_manager, event_namespace=namespace):
            yield


class TimedProcessor(BaseStateEventProcessor):
    """Runs events as Reflex does, a page's view as one, and records how long each took and how it ended."""

    async def _execute_event(self, *, entry: EventQueueEntry, registered_handler: RegisteredEventHandler) -> None:
        if entry.event.name == _VIEW and (page := _page_load(entry)):
            entry, registered_handler = page
        state, name = registered_handler.states[0], entry.event.name.rpartition(".")[2]
        handler = f"{state.__name__}.{name}"
        outcome, began = "error", time.perf_counter()
        with structlog.contextvars.bound_contextvars(event_id=secrets.token_hex(6), handler=handler):
            try:
                await super()._execute_event(entry=entry, registered_handler=registered_handler)
                outcome = "ok"
            except asyncio.CancelledError:
                outcome = "superseded"
                raise
            finally:
                metrics.EVENTS.labels(handler=handler, outcome=outcome).observe(time.perf_counter() - began)


def report(exception: Exception) -> EventSpec:
    """Log an error nobody expected under a name, and give the visitor no more than that name."""
    incident = secrets.token_hex(6)
    log.error("event failed", incident=incident, exc_info=exception)
    return handler(ShellState.apologise)(incident)


def watch(state: rx.State, *, tags: Iterable[str], refresh: object) -> None:
    """From now on this tab shows what carries these tags, and nothing else; a poke of one runs `refresh`."""
    token = state.router.session.client_token
    _unwatch(token)
    _watches[token] = _Watch(frozenset(tags), handler(refresh))
    for tag in _watches[token].tags:
        _tokens.setdefault(tag, set()).add(token)


async def listen_to_pokes(app: PlazaApp) -> None:
    """For as long as the web process lives: forget cached answers that have changed, and refresh the pages on them."""
    refreshing = asyncio.create_task(_refresh_due(app))
    try:
        await _follow(_mark)
    finally:
        refreshing.cancel()


@asynccontextmanager
async def api_lifespan(_: Starlette) -> AsyncIterator[None]:
    """For as long as an api process lives: forget cached answers that have changed."""

    async def nobody(_: list[str] | None) -> None:
        return

    following = asyncio.create_task(_follow(nobody))
    try:
        yield
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


def handler(method: object) -> EventHandler:
    """A state's method as what Reflex has made of it; its own types do not say so."""
    return cast(EventHandler, method)


def view(value: View) -> ObjectVar[View]:
    """A state's object, taken from the class, as what Reflex has made of it; its own types do not say so."""
    return cast(ObjectVar[View], value)


def pathname() -> rx.Var[str]:
    """The path the browser is at."""
    return rx.Var(_PATH, _var_type=str, _var_data=_LOCATION)


def here() -> rx.Var[str]:
    """The path and query the browser is at, cut as `Address.key` is."""
    search = "(typeof window === 'undefined' ? '' : window.location.search)"
    return rx.Var(f"({_PATH} + {search}).slice(0, {MAX_KEY})", _var_type=str, _var_data=_LOCATION)


def current_title() -> rx.Var[str]:
    """The title the document has already, so that waiting for data does not change it."""
    return rx.Var("((typeof document !== 'undefined' && document.title) || 'Plaza')", _var_type=str)


def is_connection_lost() -> rx.Var[bool]:
    """Whether the last attempt to reach the web tier failed."""
    return cast(rx.Var[bool], has_connection_errors)


def in_browser(script: str) -> rx.Var[Any]:
    """A JavaScript function as an event trigger that never leaves the browser."""
    return rx.Var(script).to(rx.vars.FunctionVar, rx.EventChain)


def browser_value(name: str, default: object) -> Any:
    """A value that lives in the browser only; every component that reads it sees the same."""
    return ClientStateVar.create(name, default=default)


@dataclass(frozen=True)
class _Watch:
    tags: frozenset[str]
    refresh: EventHandler


_LOCATION = VarData(
    imports={"react-router": [ImportVar(tag="useLocation")]}, hooks={"const plazaLocation = useLocation();": None}
)
_PATH = "plazaLocation.pathname.replace(/(.)\\/+$/, '$1')"
_VIEW = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
_loads: set[str] = set()  # names of pages' handlers
_watches: dict[str, _Watch] = {}
_tokens: dict[str, set[str]] = {}
_due: dict[str, float] = {}  # token: when its page may be refreshed, soonest first
_refreshed: dict[str, float] = {}
_leaving: set[asyncio.Future[None]] = set()


def _page_load(entry: EventQueueEntry) -> tuple[EventQueueEntry, RegisteredEventHandler] | None:
    """The page's own handler instead of the event by which Reflex queues it, and another one after it."""
    context = RegistrationContext.get()
    path = urlsplit(str(entry.ctx.router_data.get("asPath", ""))).path
    load = context.app.get_load_events(path)
    if len(load) != 1 or not isinstance(load[0], EventHandler):
        return None
    name = format_event_handler(load[0])
    _loads.add(name)
    event = Event(name=name, router_data=entry.event.router_data)
    return EventQueueEntry(event=event, ctx=entry.ctx), context.event_handlers[name]


def _unwatch(token: str) -> None:
    watched = _watches.pop(token, None)
    for tag in watched.tags if watched else ():
        tokens = _tokens.get(tag, set())
        tokens.discard(token)
        if not tokens:
            _tokens.pop(tag, None)


def _forget(token: str) -> None:
    _unwatch(token)
    _due.pop(token, None)
    _refreshed.pop(token, None)


async def _mark(tags: list[str] | None) -> None:
    """Note whose pages show what has changed; None is everyone, since pokes may have been missed."""
    tokens = set(_watches) if tags is None else set().union(*(_tokens.get(tag, ()) for tag in tags))
    now = time.monotonic()
    for token in tokens:
        _due.setdefault(token, max(now, _refreshed.get(token, 0.0) + REFRESH_SECONDS))


async def _refresh_due(app: PlazaApp) -> None:
    while True:
        await asyncio.sleep(TICK_SECONDS)
        now = time.monotonic()
        for token in [token for token, at in _due.items() if at <= now][:REFRESHES_A_TICK]:
            del _due[token]
            await _refresh(app, token, now=now)


async def _refresh(app: PlazaApp, token: str, *, now: float) -> None:
    watched, namespace = _watches.get(token), app.event_namespace
    manager = namespace._token_manager if namespace else None
    socket = manager.token_to_socket.get(token) if manager else None
    if watched is None or manager is None or socket is None or socket.instance_id != manager.instance_id:
        _forget(token)
        return
    _refreshed[token] = now
    await app.event_processor.enqueue(token, Event.from_event_type(watched.refresh)[0])


async def _follow(changed: Callable[[list[str] | None], Awaitable[None]]) -> None:
    """Pass every poke on, through outages of Redis, until cancelled."""
    wait = REFRESH_SECONDS
    while True:
        try:
            async with aclosing(cast(AsyncGenerator[list[str] | None], pokes.listen())) as heard:
                async for tags in heard:
                    wait = REFRESH_SECONDS
                    if tags is None:
                        cache.listening(True)
                    else:
                        cache.forget(tags)
                    await changed(tags)
        except (RedisError, OSError, ValueError) as error:
            log.warning("pokes are not heard", error=str(error))
        finally:
            cache.listening(False)
        await asyncio.sleep(wait)
        wait = min(wait * 2, MAX_BACKOFF_SECONDS)


def _count_sockets(namespace: EventNamespace, states: KeptStates) -> None:
    """Keep the gauge of sockets, and let go of what a closed tab was showing."""
    connect, disconnect = namespace.on_connect, namespace.on_disconnect
    counted: set[str] = set()

    async def on_connect(sid: str, environ: dict[str, Any], auth: Any = None) -> None:
        if token := parse_qs(str(environ.get("QUERY_STRING", ""))).get("token"):
            await states.let_go(token[0])  # another process may have changed it since it was here
        await connect(sid, environ, auth)
        counted.add(sid)
        metrics.SOCKETS.inc()

    def on_disconnect(sid: str) -> asyncio.Task[None] | None:
        token = namespace.sid_to_token.get(sid)
        if sid in counted:
            counted.discard(sid)
            metrics.SOCKETS.dec()
        done = disconnect(sid)
        if token:
            _forget(token)
            leaving = asyncio.ensure_future(states.let_go(token))
            _leaving.add(leaving)
            leaving.add_done_callback(_leaving.discard)
        return done

    # On the instance, where socket.io looks first.
    namespace.__dict__.update(on_connect=on_connect, on_disconnect=on_disconnect)
