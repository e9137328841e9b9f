"""Structured logs: one JSON object a line, in Elastic's common schema, with the request's or event's id."""

import logging
import sys

import ecs_logging
import structlog
from structlog.contextvars import merge_contextvars

from platform_app.infra.settings import settings


def configure(tier: str) -> None:
    """Send this process's logs, and those of its libraries, to standard output."""
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[merge_contextvars, structlog.stdlib.add_log_level],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _Tier(tier),
            _as_json,
        ],
    )
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings().log_level)
    # uvicorn.error tells every websocket's address, whose query string holds the visitor's token.
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


_ECS = ecs_logging.StructlogFormatter()


class _Tier:
    def __init__(self, tier: str) -> None:
        self.tier = tier

    def __call__(self, _logger: object, _method: str, event: structlog.types.EventDict) -> structlog.types.EventDict:
        event.setdefault("service.name", f"plaza-{self.tier}")
        return event
