"""Jobs on RQ: the relay sends them, a worker of one queue runs them, and each takes effect once."""

import os
import secrets
import time
from collections import Counter
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from uuid import UUID

import psutil
import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Queue, get_current_job
from rq.exceptions import InvalidJobOperation, NoSuchJobError
from rq.intermediate_queue import IntermediateQueue
from rq.job import Job, JobStatus
from rq.serializers import JSONSerializer
from rq.worker import RoundRobinWorker
from structlog.contextvars import bind_contextvars, clear_contextvars

from platform_app.infra import db, metrics, outbox, sentry
from platform_app.infra.db import WriteSession
from platform_app.infra.errors import Outage
from platform_app.infra.settings import settings

Arguments = ParamSpec("Arguments")
TIMEOUT_SECONDS = 3600
RESULT_TTL_SECONDS = 60  # long enough for the worker to read its job's status
HEARTBEAT_SECONDS = 5  # while a worker runs a job
TURN_SECONDS = 5.0  # after which a long job of one owner lets those of others pass

log = structlog.get_logger()


def once(job: Callable[Concatenate[WriteSession, Arguments], None]) -> Callable[Arguments, None]:
    """Decorate a job to run in one transaction that also records it as done, so that a duplicate changes nothing."""

    @wraps(job)
    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> None:
        with db.writing() as session:
            if not complete(session):
                return
            job(session, *args, **kwargs)

    return run


def complete(session: WriteSession) -> bool:
    """Record the running job as done in this transaction; False if a duplicate already was."""
    return outbox.complete(session, job_id=current_id())


def current_id() -> UUID:
    """The id of the running job, which is also the id of its outbox row."""
    running = get_current_job()
    if running is None:
        raise LookupError("no job is running here")
    return UUID(running.id)


class Turn:
    """The time that a long job may take before it adds the rest of its work as another job of its owner."""

    def __init__(self) -> None:
        """Start now."""
        self._end = time.monotonic() + TURN_SECONDS

    @property
    def is_over(self) -> bool:
        """Whether the rest has to wait for the owner's next turn."""
        return time.monotonic() >= self._end


def send(entry: outbox.Entry, *, redis: Redis) -> None:
    """Enqueue a job; sending it twice enqueues it once."""
    queue = Queue(entry.queue, connection=redis, serializer=JSONSerializer)
    existing = _fetch(entry.id, redis=redis)
    if existing is not None:
        if existing.get_status() in (JobStatus.QUEUED, JobStatus.STARTED) and not _is_abandoned(existing):
            return
        existing.delete()
        queue.intermediate_queue.remove(existing.id)
    queue.enqueue_call(
        entry.job,
        kwargs=entry.arguments,
        job_id=str(entry.id),
        timeout=TIMEOUT_SECONDS,
        result_ttl=RESULT_TTL_SECONDS,
        failure_ttl=86_400,
    )


def failure_reason(entry: outbox.Entry, *, redis: Redis) -> str | None:
    """Why a sent job will not finish (`lost`, `abandoned` or its error); None while it still may."""
    job = _fetch(entry.id, redis=redis)
    if job is None:
        return "lost"
    status = job.get_status()
    if status in (JobStatus.FAILED, JobStatus.STOPPED, JobStatus.CANCELED):
        result = job.latest_result()
        return (result.exc_string if result and result.exc_string else "failed")[-2000:]
    if status is JobStatus.FINISHED:
        return "lost"
    return "abandoned" if _is_abandoned(job) else None


class QueueWorker(RoundRobinWorker):
    """An RQ worker of one queue, or of several in turn; each job runs in a forked process with its own connections."""

    def main_work_horse(self, job: Job, queue: Queue) -> None:
        """In the child: reset inherited connections, then run the job."""
        db.reset_after_fork()
        super().main_work_horse(job, queue)

    def handle_exception(self, job: Job, *exc_info: Any) -> None:
        """In the child: report the error before the process exits."""
        error = exc_info[1] if len(exc_info) > 1 else None
        if isinstance(error, BaseException) and not isinstance(error, Outage):
            sentry.capture(error, job=job.func_name or "")
            sentry.flush()
        super().handle_exception(job, *exc_info)

    def execute_job(self, job: Job, queue: Queue) -> None:
        """In the parent: run the child, measure its time and log the outcome."""
        bind_contextvars(**{"job.id": job.id, "job.function": job.func_name})
        started = time.perf_counter()
        super().execute_job(job, queue)
        duration = time.perf_counter() - started
        outcome = _outcome(job)
        metrics.JOBS.labels(job=job.func_name, outcome=outcome).observe(duration)
        log.info("job ended", outcome=outcome, seconds=round(duration, 4))
        clear_contextvars()


def worker(*queues: str, name: str = "") -> QueueWorker:
    """A worker of these queues, for this process; its name begins with `name`, or else the first queue."""
    redis = Redis.from_url(
        settings().work_redis_url.get_secret_value(), socket_connect_timeout=2, health_check_interval=10
    )
    for queue in queues:
        _reap_dead_workers(queue, redis=redis)
    return QueueWorker(
        queues,
        # The random part keeps names unique: a restarted container has the same host name and pid.
        name=f"{name or queues[0]}-{os.uname().nodename}-{os.getpid()}-{secrets.token_hex(4)}",
        connection=redis,
        serializer=JSONSerializer,
        job_monitoring_interval=HEARTBEAT_SECONDS,
        worker_ttl=30,
    )


def worker_counts(redis: Redis) -> Counter[str]:
    """The number of workers by their own name: the queue that they serve alone, or `general`."""
    prefix = QueueWorker.redis_worker_namespace_prefix
    return Counter(key.removeprefix(prefix).partition("-")[0] for key in QueueWorker.all_keys(connection=redis))


def _reap_dead_workers(queue: str, *, redis: Redis) -> None:
    """Register the death of workers that were killed on this machine, without waiting for missing heartbeats."""
    for other in QueueWorker.all(queue=Queue(queue, connection=redis, serializer=JSONSerializer)):
        is_gone = other.pid is None or other.pid == os.getpid() or not psutil.pid_exists(other.pid)
        if is_gone and other.hostname == os.uname().nodename:
            other.register_death()  # type: ignore[no-untyped-call]


def _fetch(job_id: UUID, *, redis: Redis) -> Job | None:
    try:
        return Job.fetch(str(job_id), connection=redis, serializer=JSONSerializer)
    except NoSuchJobError:
        return None


def _is_abandoned(job: Job) -> bool:
    """Whether the job's worker died: after dequeuing it, or while running it (three missed heartbeats)."""
    if job.get_status() is JobStatus.QUEUED:
        return (
            job.id in IntermediateQueue(Queue.redis_queue_namespace_prefix + job.origin, job.connection).get_job_ids()
        )
    if job.get_status() is not JobStatus.STARTED or job.last_heartbeat is None:
        return False
    worker = QueueWorker.redis_worker_namespace_prefix + (job.worker_name or "")
    is_dead = bool(job.connection.hexists(worker, "death"))
    return is_dead or time.time() - job.last_heartbeat.timestamp() > 3 * HEARTBEAT_SECONDS + 5


def _outcome(job: Job) -> str:
    try:
        return "failed" if job.get_status() is JobStatus.FAILED else "done"
    except (RedisError, NoSuchJobError, InvalidJobOperation):
        return "done"
