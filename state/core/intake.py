"""Checks and counts every event from a browser before any work is done for it.

The sender controls the whole event, and Reflex does not check it: router data that is not a URL makes every handler
raise, `setvar` writes values of any size into a state, and the rate is not limited.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import structlog
from reflex.app import EventNamespace
from reflex.state import FrontendEventExceptionState, OnLoadInternalState, State, StateUpdate, UpdateVarsInternalState
from reflex_base.constants import RouteVar
from reflex_base.event.processor import EventProcessor
from reflex_base.registry import RegistrationContext
from reflex_base.utils.format import format_event_handler

from platform_app.domain.shared.json_values import find_problem
from platform_app.infra import metrics, security_log
from platform_app.infra.client_ip import network_of
from platform_app.infra.security_log import Category
from platform_app.infra.settings import settings
from platform_app.infra.token_bucket import Rate, TokenBuckets
from state.core.error_responses import Delta
from state.core.hooks import Hook
from state.core.page_url import MAX_KEY_LENGTH

MAX_NAME = 200  # characters of a handler's full name
MAX_PARAMETERS = 40  # of a URL: its query's, then its route's
MAX_PARAMETER = 200  # characters of a parameter's name, and of its value
MAX_ARGUMENTS = 20
MAX_REPORT = 2000  # characters of an error that a browser reports
MAX_PENDING = 32  # queued events of one tab
# A person's fastest clicks pass; a page load sends three events. Each signed-in user has a separate limit. Signed-out
# visitors share the limit of their network, which may be a whole office.
PER_SOCKET = Rate(burst=40, per_second=8)
PER_USER = Rate(burst=80, per_second=16)
NETWORK_BURST = 3  # a burst is this many seconds of PLAZA_EVENTS_PER_NETWORK
REPORTS = Rate(burst=20, per_second=0.2)  # errors that browsers report, per process
NOTICES = Rate(burst=1, per_second=0.5)  # messages to one socket
LOG_LINES = Rate(burst=1, per_second=1 / 60)  # about one socket
TOO_FAST = "You are doing that too fast. Wait a few seconds, then try again."

_OWN_STATES = ("state.", "pages.")  # packages
_NAMESPACE = "reflex.app:EventNamespace"
HOOKS = (
    Hook(f"{_NAMESPACE}.on_event", "every event is checked first", parameters=("sid", "data")),
    Hook(f"{_NAMESPACE}.on_ping", "pings count as events", parameters=("sid",)),
    Hook(
        f"{_NAMESPACE}.on_connect",
        "the event in a connection request passes the same checks",
        source=("await self.on_event(sid, boot_event)",),
    ),
    Hook(
        f"{_NAMESPACE}.__init__",
        "the limits of signed-out visitors use their IP",
        source=("self._static_router_data",),
    ),
    Hook(
        f"{_NAMESPACE}._build_static_router_data",
        "the limits of signed-out visitors use their IP",
        source=("constants.RouteVar.CLIENT_IP: client_ip",),
    ),
    Hook("reflex_base.constants:RouteVar.CLIENT_IP", "the IP's key in the router data"),
    Hook(f"{_NAMESPACE}.sid_to_token", "an event belongs to the tab of its socket"),
    Hook(f"{_NAMESPACE}.emit_update", "a refused event gets an answer", parameters=("update", "token")),
    Hook(
        "socketio.async_namespace:AsyncNamespace.trigger_event",
        "handlers on the instance replace those of the class",
        source=("getattr(self, handler_name)",),
    ),
    Hook(
        "reflex_base.event.processor:EventProcessor._enqueue_for_token",
        "the waiting events of a tab are counted",
        source=("self._token_queues.get(token)",),
    ),
    Hook("reflex_base.registry:RegistrationContext.event_handlers", "only registered handlers are open to browsers"),
    Hook(
        "reflex_base.registry:RegisteredEventHandler",
        "a handler's module shows whether it is ours",
        parameters=("handler", "states"),
    ),
    Hook(
        "reflex.state:FrontendEventExceptionState.handle_frontend_exception.fn",
        "the error reports of browsers are truncated",
        parameters=("info", "component_stack"),
    ),
)
_REPORT = format_event_handler(FrontendEventExceptionState.event_handlers["handle_frontend_exception"])
_REFLEX_HANDLERS = frozenset(
    {
        _REPORT,
        *(
            format_event_handler(State.event_handlers[name])
            for name in ("hydrate", "hydrate_and_load", "set_is_hydrated")
        ),
        format_event_handler(OnLoadInternalState.event_handlers["on_load_internal"]),
        format_event_handler(UpdateVarsInternalState.event_handlers["update_vars_internal"]),
    }
)

log = structlog.get_logger()


class Malformed(ValueError):
    """An event that our pages never send; the message says what is wrong."""


class Unstorable(Malformed):
    """An event with text or a number that cannot be stored; the message is for the user."""


@dataclass(frozen=True)
class Sender:
    """The sender behind a socket: `user` is the digest of the session, empty when signed out."""

    socket: str
    user: str
    network: str


class Limits:
    """The rate limits of events, reports, notices and log lines."""

    def __init__(self, *, per_network: float) -> None:
        """Start with full buckets; `per_network` is the rate of signed-out events a second from one network."""
        self._sockets, self._users = TokenBuckets(PER_SOCKET), TokenBuckets(PER_USER)
        shared = Rate(burst=max(1, round(per_network * NETWORK_BURST)), per_second=per_network)
        self._networks, self._reports = TokenBuckets(shared), TokenBuckets(REPORTS)
        self._notices, self._lines = TokenBuckets(NOTICES), TokenBuckets(LOG_LINES)

    def allows(self, sender: Sender) -> bool:
        """Count one event of this sender; False if it exceeds a limit."""
        wider = self._users.take(sender.user) if sender.user else self._networks.take(sender.network)
        return self._sockets.take(sender.socket) and wider

    def allows_report(self) -> bool:
        """Count one reported error; False if it exceeds the limit."""
        return self._reports.take("")

    def allows_notice(self, socket: str) -> bool:
        """Count one notice to this socket; False if it exceeds the limit."""
        return self._notices.take(socket)

    def allows_log_line(self, socket: str) -> bool:
        """Count one log line about this socket; False if it exceeds the limit."""
        return self._lines.take(socket)


def install(
    namespace: EventNamespace,
    *,
    user_of: Callable[[str], str],
    message_delta: Callable[[str], Delta],
) -> None:
    """Pass only well-formed events within the limits on to Reflex.

    `user_of` returns the session digest of a socket; `message_delta` returns the delta that shows a text.
    """
    limits = Limits(per_network=settings().events_per_network)
    on_event, on_ping = namespace.on_event, namespace.on_ping

    def is_allowed(sid: str) -> bool:
        return limits.allows(Sender(socket=sid, user=user_of(sid), network=network_of(_ip(namespace, sid))))

    async def refuse(sid: str, reason: str, message: str = TOO_FAST) -> None:
        metrics.EVENTS_REFUSED.labels(reason=reason).inc()
        token = namespace.sid_to_token.get(sid)
        if token and message and limits.allows_notice(sid):
            await namespace.emit_update(StateUpdate(delta=message_delta(message)), token)

    async def checked_event(sid: str, data: Any) -> None:
        token = namespace.sid_to_token.get(sid)
        if token is None:
            return
        if not is_allowed(sid):
            if limits.allows_log_line(sid):
                _record_limit(_ip(namespace, sid))
            await refuse(sid, "rate")
            return
        if _pending(namespace.app.event_processor, token) >= MAX_PENDING:
            await refuse(sid, "queue")
            return
        try:
            event = checked(data)
        except Malformed as problem:
            if limits.allows_log_line(sid):
                log.info("event refused", problem=str(problem))
            await refuse(sid, "malformed", message=str(problem) if isinstance(problem, Unstorable) else "")
            return
        if event["name"] != _REPORT or limits.allows_report():
            await on_event(sid, event)

    async def checked_ping(sid: str) -> None:
        if is_allowed(sid):
            await on_ping(sid)

    # On the instance, where Socket.IO looks first.
    namespace.__dict__.update(on_event=checked_event, on_ping=checked_ping)


def checked(data: object) -> dict[str, Any]:
    """The event with only the fields that Reflex reads, each of the right type and length; raises Malformed."""
    if not isinstance(data, Mapping):
        raise Malformed("an event is an object")
    name, payload = data.get("name"), data.get("payload", {})
    if not isinstance(name, str) or len(name) > MAX_NAME or not _is_open(name):
        raise Malformed("no handler of this name is open to browsers")
    if not isinstance(payload, Mapping) or len(payload) > MAX_ARGUMENTS:
        raise Malformed(f"a payload is an object of {MAX_ARGUMENTS} arguments at most")
    if problem := find_problem(dict(payload)):
        raise Unstorable(problem)
    arguments = dict(payload)
    if name == _REPORT:
        arguments = {key: str(arguments.get(key, ""))[:MAX_REPORT] for key in ("info", "component_stack")}
    return {"name": name, "payload": arguments, "router_data": checked_router_data(data.get("router_data", {}))}


def open_handlers() -> dict[str, Callable[..., Any]]:
    """The functions of all handlers that browsers may call, by their full names."""
    registered = RegistrationContext.get().event_handlers
    return {name: each.handler.fn for name, each in registered.items() if _is_open(name)}


def checked_router_data(data: object) -> dict[str, Any]:
    """The URL from the browser, truncated to what a page can use; raises Malformed unless it is on this site."""
    if not isinstance(data, Mapping):
        raise Malformed("router data is an object")
    if not data:
        return {}
    parameters = data.get("query", {})
    if not isinstance(parameters, Mapping):
        raise Malformed("a URL's parameters are an object")
    return {
        "pathname": _path(data.get("pathname", "/")),
        "asPath": _path(data.get("asPath", "/")),
        "query": {
            _text(name, MAX_PARAMETER): _text(value, MAX_PARAMETER)
            for name, value in list(parameters.items())[-MAX_PARAMETERS:]
        },
    }


def _ip(namespace: EventNamespace, sid: str) -> str:
    return str(namespace._static_router_data.get(sid, {}).get(RouteVar.CLIENT_IP, ""))


def _record_limit(ip: str) -> None:
    security_log.record("limit", category=Category.INTRUSION_DETECTION, reason="rate_limited", ip=ip)


def _is_open(name: str) -> bool:
    """Whether browsers may call this handler: it is ours, or Reflex's own client needs it."""
    handler = RegistrationContext.get().event_handlers.get(name)
    if handler is None or name.endswith(".setvar"):
        return False
    return name in _REFLEX_HANDLERS or handler.states[0].__module__.startswith(_OWN_STATES)


def _path(value: object) -> str:
    """A path of this site with its query; two leading slashes would name another host."""
    path = _text(value, MAX_KEY_LENGTH)
    try:
        urlsplit(path)
        urlsplit(f"http://host{path}")
    except ValueError:
        raise Malformed("a path is a URL") from None
    if not path.startswith("/") or path.startswith("//"):
        raise Malformed("a path begins with one slash")
    return path


def _text(value: object, longest: int) -> str:
    """Truncated text. Only catch-all routes have lists as parameters, and we have none."""
    if not isinstance(value, str):
        raise Malformed("router data is text")
    return value[:longest].encode("utf-8", "ignore").decode()


def _pending(processor: EventProcessor, token: str) -> int:
    return len(processor._token_queues.get(token, ()))
