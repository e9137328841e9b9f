"""Prometheus metrics, aggregated over all processes of a machine, optionally on their own port."""

import os
from typing import Any

from prometheus_client import (
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
    start_http_server,
)

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10)

REQUESTS = Histogram(
    "plaza_request_seconds",
    "HTTP requests by route, method and status",
    ["route", "method", "status"],
    buckets=_BUCKETS,
)
EVENTS = Histogram(
    "plaza_event_seconds", "Browser events by handler and outcome", ["handler", "outcome"], buckets=_BUCKETS
)
EVENTS_REFUSED = Counter("plaza_events_refused", "Browser events refused unhandled, by reason", ["reason"])
SOCKETS_REFUSED = Counter("plaza_sockets_refused", "Sockets refused because their network has too many open")
SECURITY_EVENTS = Counter("plaza_security_events", "Security events by what happened", ["action", "outcome"])
QUERIES = Counter("plaza_queries", "Statements sent to PostgreSQL")
READS = Counter("plaza_reads", "Public database reads by the server that answered", ["from"])
REPLICA_LAG = Gauge(
    "plaza_replica_lag_seconds",
    "How far a replica is behind the primary, or for how long it has not answered",
    ["replica"],
    multiprocess_mode="livemax",
)
CACHE = Counter("plaza_cache", "Cached queries by where the answer came from", ["source"])
JOBS = Histogram(
    "plaza_job_seconds", "Background jobs by function and outcome", ["job", "outcome"], buckets=(*_BUCKETS, 60, 600)
)
TASK_FAILURES = Counter("plaza_task_failures", "Scheduled tasks of the clock that raised an error, by task", ["task"])
OUTBOX_WAITING = Gauge("plaza_outbox_waiting", "Jobs in the outbox that are not done", multiprocess_mode="mostrecent")
OUTBOX_FAILED = Gauge("plaza_outbox_failed", "Jobs that failed for good", multiprocess_mode="mostrecent")
OUTBOX_OLDEST = Gauge(
    "plaza_outbox_oldest_seconds", "Age of the oldest job that is due and not done", multiprocess_mode="mostrecent"
)
QUEUE_DEPTH = Gauge("plaza_queue_depth", "Jobs waiting in Redis", ["queue"], multiprocess_mode="mostrecent")
QUEUE_OLDEST = Gauge(
    "plaza_queue_oldest_seconds",
    "Age of a queue's oldest job that is due and not done",
    ["queue"],
    multiprocess_mode="mostrecent",
)
LOOP_LAG = Gauge(
    "plaza_loop_lag_seconds",
    "The worst delay of the event loop in the last seconds",
    multiprocess_mode="livemax",
)
SOCKETS = Gauge("plaza_sockets", "Browsers connected", multiprocess_mode="livesum")

_owner_pid = os.getpid()


def exposition() -> bytes:
    """All metrics in Prometheus text format, aggregated over the processes that share the metrics directory."""
    return generate_latest(_registry())


def serve(host: str, port: int) -> None:
    """Serve metrics on a separate port, in a thread of this process."""
    start_http_server(port, addr=host, registry=_registry())


def count_query(*_: Any) -> None:
    """Count one statement; statements of forked jobs are not counted, so that forks leave no metrics files."""
    if os.getpid() == _owner_pid:
        QUERIES.inc()


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
