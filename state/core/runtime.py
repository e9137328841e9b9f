"""What knows Reflex from the inside: event timing, errors told calmly, and what only the browser knows.

Beside it, `sockets`, `live_updates` and `keeping` do: connections, refreshing, and where states are.
"""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import SimpleNamespace
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import reflex as rx
import structlog
from reflex.event import Event, EventHandler, EventSpec
from reflex.experimental.client_state import ClientStateVar
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.event.context import EventContext
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.event.processor.event_processor import EventQueueEntry
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_event_handler
from reflex_base.utils.imports import ImportVar
from reflex_base.vars.base import VarData
from reflex_base.vars.object import ObjectVar
from reflex_components_core.core.banner import has_connection_errors  # type: ignore[import-untyped]
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_app.domain.shared.errors import ProductError, Unauthenticated, to_product_error
from platform_app.infra import metrics, sentry
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings
from platform_app.infra.token_bucket import Rate, TokenBuckets
from state import layout
from state.core import identity, intake, live_updates, sockets, wire_format
from state.core.page_url import MAX_KEY_LENGTH
from state.core.state_manager import InProcessStateManager

EVENTS_PATH = "/_event"

View = TypeVar("View")

log = structlog.get_logger()


class PlazaApp(rx.App):
    """A Reflex app whose events are timed, whose sockets are counted, and whose errors are told calmly."""

    def __post_init__(self) -> None:
        """Wire what the dataclass has made."""
        self.backend_exception_handler = handle_error
        self.toaster = None
        super().__post_init__()  # type: ignore[no-untyped-call]
        if self.event_namespace and isinstance(self._state_manager, StateManagerRedis):
            # Reflex declares some methods twice, once per kind of token; mypy takes the class for unfinished, now and then.
            build_manager = cast(Callable[..., InProcessStateManager], InProcessStateManager)
            url = settings().state_redis_url.get_secret_value()
            self._state_manager = build_manager(url, token_expiration=self._state_manager.token_expiration)
            sockets.install(self.event_namespace, self._state_manager)
        if self.event_namespace:
            intake.install(self.event_namespace, user_of=sockets.socket_session_digest, notice=layout.message_delta)
        if self.sio:
            self.sio.packet_class.json = SimpleNamespace(
                dumps=wire_format.dumps, loads=self.sio.packet_class.json.loads
            )

    def __call__(self) -> ASGIApp:
        """The backend; a browser's socket goes straight to Socket.IO.

        On the way that Reflex lays for it, past two routers and their middleware, each socket keeps two dozen coroutines.
        """
        backend = super().__call__()
        mounts = [route for route in self._api.routes if isinstance(route, Mount)] if self._api else []
        socket_app = next(mount.app for mount in mounts if mount.path == EVENTS_PATH)

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            is_event = scope["type"] == "websocket" and scope["path"].startswith(f"{EVENTS_PATH}/")
            if is_event:
                self._set_contexts_internal()
            await (socket_app if is_event else backend)(scope, receive, send)

        return serve

    async def _preprocess(self, state: BaseState, event: Event) -> StateUpdate | None:
        """A page that loads is as good as loaded: what it shows leaves in the same delta. One that was left is not read."""
        if live_updates.is_stale(cast(rx.State, state), event.name):
            return StateUpdate()
        if event.name in _page_load_events:
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
        if entry.event.name == _ON_LOAD_EVENT and (page_load := _page_load_entry(entry)):
            entry, registered_handler = page_load
        state, name = registered_handler.states[0], entry.event.name.rpartition(".")[2]
        handler = f"{state.__name__}.{name}"
        outcome, started = "error", time.perf_counter()
        with structlog.contextvars.bound_contextvars(event_id=secrets.token_hex(6), handler=handler):
            try:
                await super()._execute_event(entry=entry, registered_handler=registered_handler)
                outcome = "ok"
            except asyncio.CancelledError:
                outcome = "superseded"
                raise
            except ProductError:
                outcome = "refused"
                raise
            finally:
                metrics.EVENTS.labels(handler=handler, outcome=outcome).observe(time.perf_counter() - started)

    async def _handle_backend_exception(self, ex: Exception, ev_ctx: EventContext | None = None) -> None:
        """Answer straight to the browser, past the queue of events."""
        event, delta = error_response(ex)
        if ev_ctx is None:
            return
        if delta:
            await ev_ctx.emit_delta(delta)
        if event is not None:
            await ev_ctx.emit_event(*Event.from_event_type(event))


def handle_error(exception: Exception) -> EventSpec | None:
    """Log an event that failed, and return where its visitor is sent; nowhere unless they have to sign in first.

    An error nobody expected is an incident: it is logged under a reference.
    """
    event, _ = error_response(exception)
    return event


def error_response(exception: Exception) -> tuple[EventSpec | None, layout.Delta]:
    """What the visitor gets for an event that failed: the way to sign in, or the delta that says why.

    Never another event for the backend: that would fail as this one did, and be answered again, without end.
    """
    if isinstance(exception, Unauthenticated):
        next_url = exception.next_url if isinstance(exception, identity.SignInRequired) else ""
        return rx.redirect(identity.sign_in_url(next_url)), {}
    if isinstance(exception, ProductError):
        log.info("event refused", code=exception.code)
        return None, layout.message_delta(str(exception))
    if isinstance(exception, Outage):
        log.warning("outage", error=str(exception))
        return None, layout.message_delta(str(to_product_error(exception)))
    incident = secrets.token_hex(6)
    log.error("event failed", incident=incident, exc_info=exception)
    if _incidents.take(""):
        sentry.capture(exception, incident=incident)
    return None, layout.incident_delta(incident)


def event_handler(method: object) -> EventHandler:
    """A state's method as what Reflex has made of it; its own types do not say so."""
    return cast(EventHandler, method)


def object_var(value: View) -> ObjectVar[View]:
    """A state's object, taken from the class, as what Reflex has made of it; its own types do not say so."""
    return cast(ObjectVar[View], value)


def pathname() -> rx.Var[str]:
    """The path the browser is at."""
    return rx.Var(_PATH, _var_type=str, _var_data=_LOCATION)


def current_url() -> rx.Var[str]:
    """The path and query the browser is at, cut as `Address.key` is."""
    search = "(typeof window === 'undefined' ? '' : window.location.search)"
    return rx.Var(f"({_PATH} + {search}).slice(0, {MAX_KEY_LENGTH})", _var_type=str, _var_data=_LOCATION)


def current_title() -> rx.Var[str]:
    """The title the document has already, so that waiting for data does not change it."""
    return rx.Var("((typeof document !== 'undefined' && document.title) || 'Plaza')", _var_type=str)


def should_render(is_ready: rx.Var[bool]) -> rx.Var[bool]:
    """Whether to make a page that is served to be read before its scripts: once all that it shows is there, or none was served.

    Then it is made once, not empty first, and as deferred work, which lets what the visitor does go first; what changes in a
    state is otherwise shown in one piece, however long that takes. What was served goes in the moment in which it comes.
    """
    is_served = "() => document.getElementById('first-paint')"
    hooks = (
        f"const isServerRendered = useSyncExternalStore(() => () => {{}}, {is_served}, () => true);",
        f"const shouldRender = useDeferredValue({is_ready!s} || !isServerRendered);",
        f"useLayoutEffect(() => {{ if (shouldRender) ({is_served})()?.remove(); }}, [shouldRender]);",
    )
    react_imports = [ImportVar(tag=tag) for tag in ("useDeferredValue", "useLayoutEffect", "useSyncExternalStore")]
    var_data = VarData(imports={"react": react_imports}, hooks=dict.fromkeys(hooks))
    return rx.Var("shouldRender", _var_type=bool, _var_data=VarData.merge(is_ready._get_all_var_data(), var_data))


def is_connection_lost() -> rx.Var[bool]:
    """Whether the last attempt to reach the web tier failed."""
    return cast(rx.Var[bool], has_connection_errors)


def client_event(script: str) -> rx.Var[Any]:
    """A JavaScript function as an event trigger that never leaves the browser."""
    return rx.Var(script).to(rx.vars.FunctionVar, rx.EventChain)


def event_trigger(method: object) -> rx.Var[Any]:
    """A JavaScript function that sends this event."""
    chain = rx.EventChain.create(value=event_handler(method), args_spec=rx.event.no_args_event_spec)
    return cast(rx.Var[Any], rx.Var.create(chain))


def event_trigger_with(method: object, *types: type) -> rx.Var[Any]:
    """A JavaScript function that sends this event with its arguments, which are of these kinds."""
    chain = rx.EventChain.create(value=event_handler(method), args_spec=rx.event.passthrough_event_spec(*types))
    return cast(rx.Var[Any], rx.Var.create(chain))


def client_state(name: str, default: object) -> Any:
    """A value that lives in the browser only; every component that reads it sees the same."""
    return ClientStateVar.create(name, default=default)


_LOCATION = VarData(
    imports={"react-router": [ImportVar(tag="useLocation")]}, hooks={"const plazaLocation = useLocation();": None}
)
_PATH = "plazaLocation.pathname.replace(/(.)\\/+$/, '$1')"
_ON_LOAD_EVENT = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
_page_load_events: set[str] = set()  # names of pages' handlers
_incidents = TokenBuckets(Rate(burst=20, per_second=1))  # sent to Sentry


def _page_load_entry(entry: EventQueueEntry) -> tuple[EventQueueEntry, RegisteredEventHandler] | None:
    """The page's own handler instead of the event by which Reflex queues it, and another one after it."""
    context = RegistrationContext.get()
    path = urlsplit(str(entry.ctx.router_data.get("asPath", ""))).path
    load_events = context.app.get_load_events(path)
    if len(load_events) != 1 or not isinstance(load_events[0], EventHandler):
        return None
    name = format_event_handler(load_events[0])
    _page_load_events.add(name)
    event = Event(name=name, router_data=entry.event.router_data)
    return EventQueueEntry(event=event, ctx=entry.ctx), context.event_handlers[name]
