"""Every HTTP request gets an id, metrics, and a line in the log if it failed."""

import re
import time
from uuid import uuid4

import structlog
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

from platform_app.infra import metrics
from platform_app.rest import csp

_REQUEST_ID = re.compile(r"^[\w.-]{8,64}$")
_SECURITY_HEADERS = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "strict-origin-when-cross-origin",
    "x-frame-options": "DENY",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "content-security-policy": csp.DENY_ALL,
}

log = structlog.get_logger()


class RequestMiddleware:
    """ASGI middleware around the whole app; websockets pass through."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        # HEAD is allowed wherever GET is: the app handles GET, and the server omits the body.
        is_head = scope["method"] == "HEAD"
        inner_scope = {**scope, "method": "GET"} if is_head else scope
        request_id = _incoming_request_id(scope) or uuid4().hex
        status = 500
        started = time.perf_counter()

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers["x-request-id"] = request_id
                if status != 304:  # since a browser replaces the headers of its cached page with those of a 304
                    for name, value in _SECURITY_HEADERS.items():
                        headers.setdefault(name, value)
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        with bound_contextvars(**{"http.request.id": request_id}):
            try:
                await self.app(inner_scope, receive, send_with_headers)
            finally:
                _observe(inner_scope, status, time.perf_counter() - started)


def _observe(scope: Scope, status: int, seconds: float) -> None:
    route = getattr(scope.get("route"), "path", "") or "static"
    metrics.REQUESTS.labels(route=route, method=scope["method"], status=str(status)).observe(seconds)
    if status >= 500:
        log.warning("request failed", route=route, method=scope["method"], status=status, seconds=round(seconds, 4))


def _incoming_request_id(scope: Scope) -> str | None:
    candidate = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"x-request-id"), "")
    return candidate if _REQUEST_ID.match(candidate) else None
