"""Plaza's Reflex app: it times events, counts sockets and turns errors into messages."""

import asyncio
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast
from urllib.parse import urlsplit

import reflex as rx
import structlog
from reflex.event import Event, EventHandler, EventSpec
from reflex.istate.manager.redis import StateManagerRedis
from reflex.state import BaseState, OnLoadInternalState, StateUpdate
from reflex_base.event.context import EventContext
from reflex_base.event.processor import BaseStateEventProcessor
from reflex_base.event.processor.event_processor import EventQueueEntry
from reflex_base.registry import RegisteredEventHandler, RegistrationContext
from reflex_base.utils.format import format_event_handler
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from platform_app.domain.shared.errors import ProductError
from platform_app.infra import metrics
from platform_app.infra.settings import settings
from state.core import (
    browser,
    connections,
    error_responses,
    hooks,
    identity,
    intake,
    live_updates,
    router,
    sockets,
    state_manager,
    wire_format,
)
from state.core.error_responses import ErrorMessages
from state.core.hooks import Hook
from state.core.state_manager import InProcessStateManager

EVENTS_PATH = "/_event"

_APP = "reflex.app:App"
_PROCESSOR = "reflex_base.event.processor:BaseStateEventProcessor"
HOOKS = (
    Hook(
        f"{_APP}._setup_state",
        "after __post_init__, the app has its state manager, namespace and Socket.IO server",
        parameters=(),
        source=(
            "self._state_manager = ",
            "self._event_namespace = EventNamespace(",
            "json=SimpleNamespace(",
            "self._api.mount(",
            "self.register_lifespan_task(self._setup_event_processor)",
        ),
    ),
    Hook("socketio.packet:Packet.encode", "our JSON encoder replaces theirs", source=("self.json.dumps(",)),
    Hook(
        "socketio.base_server:BaseServer.__init__",
        "the server's packet class holds the JSON encoder",
        source=("self.packet_class.json = json",),
    ),
    Hook(f"{_APP}.__call__", "our ASGI app wraps theirs", parameters=()),
    Hook(
        f"{_APP}._set_contexts_internal",
        "events that bypass the middleware need its contexts",
        parameters=(),
    ),
    Hook(
        "reflex.app_mixins.middleware:MiddlewareMixin._preprocess",
        "stale refreshes are dropped, and a page load is hydrated in its own delta",
        parameters=("state", "event"),
    ),
    Hook(
        f"{_APP}._setup_event_processor",
        "our timed processor replaces theirs",
        parameters=(),
        source=(
            "event_namespace._token_manager._reset_instance_id()",
            "self._event_processor = BaseStateEventProcessor(\n            middleware=self, backend_exception_handler=self.backend_exception_handler\n        )",
            "self._event_processor.configure(\n            state_manager=self.state_manager,\n            event_namespace=event_namespace,\n        )",
        ),
    ),
    Hook(
        "reflex.utils.token_manager:TokenManager._reset_instance_id",
        "a forked worker needs a new identity",
        parameters=(),
    ),
    Hook(
        f"{_PROCESSOR}._execute_event",
        "every event is timed, and a page load runs as one event",
        parameters=("entry", "registered_handler"),
        source=("self.middleware._preprocess(state, event)", "router_data = ctx.router_data"),
    ),
    Hook(
        f"{_PROCESSOR}._process_event_queue_entry",
        "each event reaches our _execute_event",
        source=("self._execute_event(",),
    ),
    Hook(
        f"{_PROCESSOR}._handle_backend_exception",
        "errors are answered immediately, not queued",
        parameters=("ex", "ev_ctx"),
    ),
    Hook(
        f"{_PROCESSOR}._resolve_future",
        "errors reach our _handle_backend_exception",
        source=("self._handle_backend_exception(ex, ev_ctx=task_ctx)",),
    ),
    Hook("reflex_base.event.context:EventContext.emit_delta", "answers an error", parameters=("delta",)),
    Hook("reflex_base.event.context:EventContext.emit_event", "answers an error", parameters=("events",)),
    Hook(
        "reflex_base.event.processor.event_processor:EventQueueEntry",
        "a page's handler runs instead of on_load_internal",
        parameters=("event", "ctx"),
    ),
    Hook(
        "reflex.state:OnLoadInternalState.event_handlers",
        "a page load arrives as on_load_internal",
    ),
    Hook(f"{_APP}.get_load_events", "finds the handler of a page by its path", parameters=("path",)),
)

log = structlog.get_logger()


@dataclass(kw_only=True, repr=False, eq=False)
class PlazaApp(rx.App):
    """A Reflex app that times events, counts sockets and shows errors through `messages`."""

    messages: ErrorMessages

    def __post_init__(self) -> None:
        """Check the hooks, then replace parts of Reflex with ours; raises MissingHookError."""
        verify_hooks()
        self.backend_exception_handler = self._error_handler()
        self.toaster = None
        super().__post_init__()  # type: ignore[no-untyped-call]
        if self.event_namespace and isinstance(self._state_manager, StateManagerRedis):
            # Reflex overloads some methods by the kind of token, so mypy may consider the class abstract.
            build_manager = cast(Callable[..., InProcessStateManager], InProcessStateManager)
            url = settings().state_redis_url.get_secret_value()
            self._state_manager = build_manager(url, token_expiration=self._state_manager.token_expiration)
            sockets.install(self.event_namespace, self._state_manager)
        if self.event_namespace:
            intake.install(
                self.event_namespace, user_of=sockets.socket_session_digest, message_delta=self.messages.message
            )
        if self.sio:
            self.sio.packet_class.json = SimpleNamespace(
                dumps=wire_format.dumps, loads=self.sio.packet_class.json.loads
            )

    def __call__(self) -> ASGIApp:
        """The backend; sockets of browsers go directly to Socket.IO.

        Through Reflex's two routers and their middleware, each open socket would hold two dozen coroutines.
        """
        backend = super().__call__()
        mounts = [route for route in self._api.routes if isinstance(route, Mount)] if self._api else []
        socket_app = connections.limited(
            next(mount.app for mount in mounts if mount.path == EVENTS_PATH), per_network=settings().sockets_per_network
        )

        async def serve(scope: Scope, receive: Receive, send: Send) -> None:
            is_event = scope["type"] != "lifespan" and scope["path"].startswith(f"{EVENTS_PATH}/")
            if is_event:
                self._set_contexts_internal()
            await (socket_app if is_event else backend)(scope, receive, send)

        return serve

    async def _preprocess(self, state: BaseState, event: Event) -> StateUpdate | None:
        """Drop refreshes of a page that the tab has left; mark a loading page as hydrated in the same delta."""
        if live_updates.is_stale(cast(rx.State, state), event.name):
            return StateUpdate()
        if event.name in _page_load_events:
            state.is_hydrated = True
            state.dirty_vars.add("is_hydrated")  # the browser has False, whatever the state has
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

    def _error_handler(self) -> Callable[[Exception], EventSpec | None]:
        def handle_error(exception: Exception) -> EventSpec | None:
            event, _ = error_responses.error_response(exception, self.messages)
            return event

        return handle_error  # Reflex accepts functions, not methods


class TimedProcessor(BaseStateEventProcessor):
    """Runs events as Reflex does, but a page load as one event; records how long each took and how it ended."""

    async def _execute_event(self, *, entry: EventQueueEntry, registered_handler: RegisteredEventHandler) -> None:
        if entry.event.name == _ON_LOAD_EVENT and (page_load := _page_load_entry(entry)):
            entry, registered_handler = page_load
        state, name = registered_handler.states[0], entry.event.name.rpartition(".")[2]
        handler = f"{state.__name__}.{name}"
        outcome, started = "error", time.perf_counter()
        event_id = secrets.token_hex(6)
        with structlog.contextvars.bound_contextvars(event_id=event_id, handler=handler), identity.event_scope():
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
        """Answer the browser directly, not through the queue of events."""
        event, delta = error_responses.error_response(ex, cast(PlazaApp, self.middleware).messages)
        if ev_ctx is None:
            return
        if delta:
            await ev_ctx.emit_delta(delta)
        if event is not None:
            await ev_ctx.emit_event(*Event.from_event_type(event))


def verify_hooks() -> None:
    """Check every hook of a running app; MissingHookError lists those that an upgrade has changed."""
    modules = (browser, error_responses, intake, live_updates, router, sockets, state_manager, wire_format)
    hooks.verify((*HOOKS, *(hook for module in modules for hook in module.HOOKS)))


_ON_LOAD_EVENT = format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"])
_page_load_events: set[str] = set()  # names of the pages' load handlers


def _page_load_entry(entry: EventQueueEntry) -> tuple[EventQueueEntry, RegisteredEventHandler] | None:
    """The page's only handler, which runs instead of the event that would queue it."""
    context = RegistrationContext.get()
    path = urlsplit(str(entry.ctx.router_data.get("asPath", ""))).path
    load_events = context.app.get_load_events(path)
    if len(load_events) != 1 or not isinstance(load_events[0], EventHandler):
        return None
    name = format_event_handler(load_events[0])
    _page_load_events.add(name)
    event = Event(name=name, router_data=entry.event.router_data)
    return EventQueueEntry(event=event, ctx=entry.ctx), context.event_handlers[name]
