"""The clock: send due jobs, fan out events, resend lost jobs and run scheduled tasks, with one leader at a time."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import structlog
from redis import Redis, RedisError
from rq import Queue
from rq.serializers import JSONSerializer

from platform_app.infra import db, engines, jobs, metrics, outbox, sentry
from platform_app.infra.errors import Outage
from platform_app.infra.events import Subscriptions, job_name
from platform_app.infra.settings import settings

LEADER_LOCK = 0x506C617A61  # "Plaza" in ASCII
BATCH_SIZE = 200
RECONCILE_SECONDS = 5.0
TASK_RETRY = timedelta(minutes=1)  # retry delay of a failed scheduled task, unless its interval is shorter
REPORT_TIMEOUT = timedelta(seconds=3)

log = structlog.get_logger()
Task = Callable[[], None]


def run(
    *,
    schedule: dict[Task, timedelta],
    subscriptions: Subscriptions,
    queues: tuple[str, ...],
    stopping: Callable[[], bool],
) -> None:
    """Run as leader, or as standby while there is another one, until `stopping`; waits during outages."""
    while not stopping():
        try:
            with engines.direct_connection() as connection:
                if _try_lead(connection):
                    log.info("clock leads")
                    connection.execute(f"LISTEN {outbox.CHANNEL}")
                    _run_until(
                        stopping,
                        connection=connection,
                        schedule=schedule,
                        subscriptions=subscriptions,
                        queues=queues,
                    )
        except (psycopg.OperationalError, Outage, RedisError) as error:
            log.warning("clock waits", error=str(error))
        time.sleep(0.5)


def send_due(redis: Redis, *, subscriptions: Subscriptions) -> int:
    """Send every due job, and every job that follows from an event; return how many."""
    fan_out(subscriptions)
    sent = 0
    while True:
        redis.ping()  # first, so that no job is marked as sent while Redis is away
        # As many of an owner's jobs at once as there are workers: alone, an owner keeps all of them busy.
        slots = jobs.worker_counts(redis)
        with db.writing() as session:
            entries = outbox.claim_due(session, limit=BATCH_SIZE)
            entries += outbox.claim_turns(session, slots=slots, limit=BATCH_SIZE)
        # If a crash prevents sending these, `reconcile` queues them again.
        for entry in entries:
            jobs.send(entry, redis=redis)
        sent += len(entries)
        if len(entries) < BATCH_SIZE:
            return sent


def fan_out(subscriptions: Subscriptions) -> int:
    """Turn every recorded event into its subscribers' jobs; return how many events."""
    subscribers = _subscribers(subscriptions)
    expanded = 0
    while True:
        with db.writing() as session:
            count = outbox.fan_out(session, subscribers=subscribers, limit=BATCH_SIZE)
        expanded += count
        if count < BATCH_SIZE:
            return expanded


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


def run_task(task: Task) -> bool:
    """Run a scheduled task; False if it raised: the error is logged, counted and reported, and the clock goes on."""
    try:
        task()
    except Exception as error:
        log.exception("scheduled task failed", task=task.__name__)
        metrics.TASK_FAILURES.labels(task=task.__name__).inc()
        sentry.capture(error, task=task.__name__)
        return False
    return True


def _run_until(
    stopping: Callable[[], bool],
    *,
    connection: psycopg.Connection,
    schedule: dict[Task, timedelta],
    subscriptions: Subscriptions,
    queues: tuple[str, ...],
) -> None:
    redis = Redis.from_url(settings().work_redis_url.get_secret_value(), socket_timeout=3, socket_connect_timeout=2)
    due_at = dict.fromkeys(schedule, 0.0)
    reconcile_at = 0.0
    while not stopping():
        send_due(redis, subscriptions=subscriptions)
        now = time.monotonic()
        if now >= reconcile_at:
            reconcile(redis)
            _report_unknown_events(subscriptions)
            _record_metrics(redis, queues)
            db.ensure_position()
            reconcile_at = now + RECONCILE_SECONDS
        # One task per round, so that the outbox waits for at most one task.
        task = min(due_at, key=due_at.__getitem__, default=None)
        if task is not None and due_at[task] <= now:
            has_succeeded = run_task(task)
            wait = schedule[task] if has_succeeded else min(schedule[task], TASK_RETRY)
            due_at[task] = now + wait.total_seconds()
        is_next_due = any(at <= now for at in due_at.values())
        for _ in connection.notifies(timeout=0.0 if is_next_due else 1.0, stop_after=1):
            pass


def _try_lead(connection: psycopg.Connection) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LEADER_LOCK]).fetchone()
    return bool(row and row[0])


def _subscribers(subscriptions: Subscriptions) -> dict[str, list[str]]:
    """Job names by event name."""
    return {event.event_name(): [job_name(job) for job in subscribed] for event, subscribed in subscriptions.items()}


def _report_unknown_events(subscriptions: Subscriptions) -> None:
    """Log events that only a newer release knows; they wait until a clock of that release is the leader."""
    with db.reading() as session:
        unknown = outbox.unknown_events(session, known=list(_subscribers(subscriptions)))
    for name, count in unknown.items():
        log.warning("event left for a newer release", event_name=name, waiting=count)


def _record_metrics(redis: Redis, queues: tuple[str, ...]) -> None:
    with db.reading() as session:
        backlog = outbox.backlog(session)
        oldest = outbox.oldest_by_queue(session)
    metrics.OUTBOX_WAITING.set(backlog.waiting)
    metrics.OUTBOX_FAILED.set(backlog.failed)
    metrics.OUTBOX_OLDEST.set(backlog.oldest_seconds)
    for name in (*queues, outbox.EVENT_QUEUE):
        metrics.QUEUE_OLDEST.labels(queue=name).set(oldest.get(name, 0))
        metrics.QUEUE_DEPTH.labels(queue=name).set(Queue(name, connection=redis, serializer=JSONSerializer).count)
