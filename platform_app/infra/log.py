"""Structured logs: one JSON object per line, in the Elastic Common Schema, with the id of the request or event.

Log lines can contain untrusted input. So values are truncated, and each call site has a rate limit; its next line says
how many were suppressed.
"""

import logging
import sys

import ecs_logging
import structlog
from structlog.contextvars import merge_contextvars

from platform_app.infra.settings import settings
from platform_app.infra.token_bucket import Rate, TokenBuckets

MAX_VALUE_LENGTH = 512  # characters per value, and per line of a traceback
_KIND = ("event.action", "event.outcome")  # never input from outside
MAX_TRACEBACK_LENGTH = 16_000  # characters; keeps the innermost calls
LINE_RATE = Rate(burst=120, per_second=2)  # per call site


def configure(tier: str) -> None:
    """Send the logs of this process and its libraries to standard output."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.stdlib.ExtraAdder(["suppressed"]),
            structlog.processors.format_exc_info,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _AddTier(tier),
            _truncate,
            _as_json,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    handler.addFilter(_RateLimitFilter())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings().log_level)
    # uvicorn.error logs every websocket's URL, whose query string contains the visitor's token.
    for chatty in ("uvicorn.access", "uvicorn.error", "rq.worker", "rq.job", "httpx", "botocore"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    for own in ("uvicorn", "uvicorn.error"):
        logging.getLogger(own).handlers[:] = []
        logging.getLogger(own).propagate = True
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def _as_json(logger: object, method: str, event: structlog.types.EventDict) -> str:
    line: str = _ECS(logger, method, dict(event))
    return line


def _truncate(_logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
    """Truncate long values of a log event."""
    for name, value in event.items():
        if name == "exception":
            event[name] = "\n".join(line[:MAX_VALUE_LENGTH] for line in str(value).split("\n"))[-MAX_TRACEBACK_LENGTH:]
        elif not isinstance(value, (bool, int, float, type(None))):
            event[name] = str(value)[:MAX_VALUE_LENGTH]
    return event


class _RateLimitFilter(logging.Filter):
    """Limits the rate of lines per call site; the next line that passes carries the number of suppressed ones."""

    def __init__(self) -> None:
        super().__init__()
        self._buckets = TokenBuckets(LINE_RATE)
        self._suppressed: dict[str, int] = {}  # bounded by the number of call sites

    def filter(self, record: logging.LogRecord) -> bool:
        # Security events share a line of code: a flood of failures must not hide what else happens.
        kind = [record.msg.get(name) for name in _KIND] if isinstance(record.msg, dict) else []
        call_site = f"{record.pathname}:{record.lineno}:{kind}"
        if not self._buckets.take(call_site):
            self._suppressed[call_site] = self._suppressed.get(call_site, 0) + 1
            return False
        if count := self._suppressed.pop(call_site, 0):
            _add_suppressed_count(record, count)
        return True


def _add_suppressed_count(record: logging.LogRecord, count: int) -> None:
    """Add the count to a structlog event's dictionary, or as an attribute of another library's record."""
    if isinstance(record.msg, dict):
        record.msg["suppressed"] = count
    else:
        record.__dict__["suppressed"] = count


_ECS = ecs_logging.StructlogFormatter()


class _AddTier:
    def __init__(self, tier: str) -> None:
        self.tier = tier

    def __call__(self, _logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event.setdefault("service.name", f"plaza-{self.tier}")
        return event
