"""The clock: send due jobs, resend lost ones and run scheduled tasks, with one leader at a time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import structlog
from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from platform_app.infra import db, engines, jobs, metrics, outbox
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

LEADER_LOCK = 0x506C617A61  # "Plaza" in ASCII
BATCH_SIZE = 200
RECONCILE_SECONDS = 5.0
REPORT_TIMEOUT = timedelta(seconds=3)

log = structlog.get_logger()
Task = Callable[[], None]


def run(*, schedule: dict[Task, timedelta], queues: tuple[str, ...], stopping: Callable[[], bool]) -> None:
    """Run as leader, or as standby while there is another one, until `stopping`; waits during outages."""
    while not stopping():
        try:
            with engines.direct_connection() as connection:
                if _try_lead(connection):
                    log.info("clock leads")
                    connection.execute(f"LISTEN {outbox.CHANNEL}")
                    _run_until(stopping, connection=connection, schedule=schedule, queues=queues)
        except (psycopg.OperationalError, Outage, RedisError) as error:
            log.warning("clock waits", error=str(error))
        time.sleep(0.5)


def send_due(redis: Redis) -> int:
    """Send every due job; return how many."""
    sent = 0
    while True:
        redis.ping()  # first, so that no job is marked as sent while Redis is away
        with db.writing() as session:
            entries = outbox.claim_due(session, limit=BATCH_SIZE)
        # If a crash prevents sending these, `reconcile` queues them again.
        for entry in entries:
            jobs.send(entry, redis=redis)
        sent += len(entries)
        if len(entries) < BATCH_SIZE:
            return sent


def reconcile(redis: Redis) -> int:
    """Queue every lost or failed job again; return how many."""
    with db.reading() as session:
        entries = outbox.unreported(session, sent_before=datetime.now(UTC) - REPORT_TIMEOUT, limit=500)
    reasons = [(entry, jobs.failure_reason(entry, redis=redis)) for entry in entries]
    failed = [(entry, reason) for entry, reason in reasons if reason]
    for entry, reason in failed:
        log.warning("job sent again", job=entry.job, id=str(entry.id), attempt=entry.attempts, reason=reason[-300:])
        with db.writing() as session:
            outbox.requeue(
                session, job_id=entry.id, error=reason, counts_as_attempt=reason not in ("lost", "abandoned")
            )
    return len(failed)


def _run_until(
    stopping: Callable[[], bool],
    *,
    connection: psycopg.Connection,
    schedule: dict[Task, timedelta],
    queues: tuple[str, ...],
) -> None:
    redis = Redis.from_url(settings().work_redis_url.get_secret_value(), socket_timeout=3, socket_connect_timeout=2)
    due = dict.fromkeys(schedule, 0.0)
    reconcile_at = 0.0
    while not stopping():
        send_due(redis)
        now = time.monotonic()
        if now >= reconcile_at:
            reconcile(redis)
            _record_metrics(redis, queues)
            db.ensure_position()
            reconcile_at = now + RECONCILE_SECONDS
        for task, interval in schedule.items():
            if now >= due[task]:
                task()
                due[task] = now + interval.total_seconds()
        for _ in connection.notifies(timeout=1.0, stop_after=1):
            pass


def _try_lead(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
    return bool(row and row[0])


def _record_metrics(redis: Redis, queues: tuple[str, ...]) -> None:
    with db.reading() as session:
        backlog = outbox.backlog(session)
        oldest = outbox.oldest_by_queue(session)
    metrics.OUTBOX_WAITING.set(backlog.waiting)
    metrics.OUTBOX_FAILED.set(backlog.failed)
    metrics.OUTBOX_OLDEST.set(backlog.oldest_seconds)
    for name in queues:
        metrics.QUEUE_OLDEST.labels(queue=name).set(oldest.get(name, 0))
        metrics.QUEUE_DEPTH.labels(queue=name).set(Queue(name, connection=redis, serializer=JSONSerializer).count)
