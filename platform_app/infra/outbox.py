"""The outbox: a job or an event is stored as a row in the transaction that causes it, and sent after the commit."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID, uuid5

import uuid_utils
from pydantic import BaseModel, ConfigDict, JsonValue
from sqlalchemy import (
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Select,
    Table,
    Text,
    Uuid,
    case,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    union_all,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert

from platform_app.infra.db import ReadSession, WriteSession
from platform_app.infra.events import Event

CHANNEL = "plaza_outbox"
EVENT_QUEUE = "events"  # queue of event rows: no worker serves it, the relay turns them into jobs
MAX_ATTEMPTS = 8

metadata = MetaData()
outbox = Table(
    "outbox",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("queue", Text, nullable=False),
    Column("job", Text, nullable=False),
    Column("arguments", JSONB, nullable=False),
    Column("owner", Uuid),
    Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("due_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    Column("sent_at", DateTime(timezone=True)),
    Column("done_at", DateTime(timezone=True)),
    Column("failed_at", DateTime(timezone=True)),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("error", Text),
)
Index(
    "outbox_waiting_idx",
    outbox.c.due_at,
    postgresql_where=outbox.c.sent_at.is_(None) & outbox.c.done_at.is_(None) & outbox.c.failed_at.is_(None),
)
Index(
    "outbox_sent_idx",
    outbox.c.sent_at,
    postgresql_where=outbox.c.sent_at.is_not(None) & outbox.c.done_at.is_(None) & outbox.c.failed_at.is_(None),
)
Index(
    "outbox_owner_waiting_idx",
    outbox.c.queue,
    outbox.c.owner,
    outbox.c.due_at,
    postgresql_where=outbox.c.owner.is_not(None)
    & outbox.c.sent_at.is_(None)
    & outbox.c.done_at.is_(None)
    & outbox.c.failed_at.is_(None),
)
Index(
    "outbox_owner_sent_idx",
    outbox.c.queue,
    outbox.c.owner,
    postgresql_where=outbox.c.owner.is_not(None)
    & outbox.c.sent_at.is_not(None)
    & outbox.c.done_at.is_(None)
    & outbox.c.failed_at.is_(None),
)

_IS_WAITING = (
    outbox.c.sent_at.is_(None),
    outbox.c.done_at.is_(None),
    outbox.c.failed_at.is_(None),
    outbox.c.due_at <= func.now(),
)
_ENTRY = (outbox.c.id, outbox.c.queue, outbox.c.job, outbox.c.arguments, outbox.c.attempts, outbox.c.due_at)


class Entry(BaseModel):
    """A job that has to be sent, or was sent and is not done."""

    model_config = ConfigDict(frozen=True)

    id: UUID
    queue: str
    job: str
    arguments: dict[str, JsonValue]
    attempts: int
    due_at: datetime


class Backlog(BaseModel):
    """The number and age of unfinished jobs."""

    model_config = ConfigDict(frozen=True)

    waiting: int
    oldest_seconds: float
    failed: int


def add(
    session: WriteSession,
    job: str,
    *,
    after: timedelta = timedelta(),
    owner: UUID | None = None,
    **arguments: JsonValue,
) -> UUID:
    """Run the noun's own job `workers.<noun>.<verb>` with these arguments once this transaction is committed.

    The jobs of an `owner`, such as a shop, take turns with those of the queue's other owners.
    """
    return _insert(session, queue=_queue(job), job=job, arguments=arguments, after=after, owner=owner)


def publish(session: WriteSession, event: Event, *, after: timedelta = timedelta()) -> UUID:
    """Record an event; the jobs that subscribe to it run once this transaction is committed, at the earliest `after` it."""
    arguments = event.model_dump(mode="json")
    return _insert(session, queue=EVENT_QUEUE, job=event.event_name(), arguments=arguments, after=after)


def fan_out(session: WriteSession, *, subscribers: Mapping[str, Sequence[str]], limit: int) -> int:
    """Turn the next events, oldest first, into one job per subscriber; return how many events.

    `subscribers` are job names by event name. An event of any other name is left for a relay that knows it. A job's id
    is derived from its event's id and its name, so a second fan-out of the same event adds nothing.
    """
    events = session.execute(
        select(outbox.c.id, outbox.c.job, outbox.c.arguments, outbox.c.due_at)
        .where(outbox.c.sent_at.is_(None), outbox.c.done_at.is_(None), outbox.c.failed_at.is_(None))
        .where(outbox.c.queue == EVENT_QUEUE, outbox.c.job.in_(list(subscribers)))
        .order_by(outbox.c.due_at, outbox.c.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    ).all()
    if not events:
        return 0
    rows = [
        {
            "id": uuid5(event.id, job),
            "queue": _queue(job),
            "job": job,
            "arguments": event.arguments,
            "due_at": event.due_at,
        }
        for event in events
        for job in subscribers[event.job]
    ]
    if rows:
        session.execute(upsert(outbox).on_conflict_do_nothing(index_elements=["id"]), rows)
    session.execute(update(outbox).where(outbox.c.id.in_([event.id for event in events])).values(done_at=func.now()))
    return len(events)


def unknown_events(session: ReadSession, *, known: Sequence[str]) -> dict[str, int]:
    """The number of pending events by name, for names other than these."""
    waiting = (outbox.c.queue == EVENT_QUEUE) & outbox.c.done_at.is_(None) & outbox.c.failed_at.is_(None)
    counts = select(outbox.c.job, func.count()).where(waiting, outbox.c.job.not_in(known)).group_by(outbox.c.job)
    return {row[0]: row[1] for row in session.execute(counts)}


def was_added(session: ReadSession, job: str, *, since: datetime) -> bool:
    """Whether this job was added since a time, at most a week ago: done jobs are deleted then."""
    rows = session.execute(select(outbox.c.id).where(outbox.c.job == job, outbox.c.created_at > since).limit(1))
    return rows.first() is not None


def is_pending(session: ReadSession, job: str, **arguments: JsonValue) -> bool:
    """Whether this job with these arguments was added and is neither done nor failed for good."""
    same = (outbox.c.job == job, outbox.c.arguments == arguments)
    open_jobs = select(outbox.c.id).where(*same, outbox.c.done_at.is_(None), outbox.c.failed_at.is_(None))
    # One condition per partial index, so that a week of done jobs is not read.
    waiting, sent = open_jobs.where(outbox.c.sent_at.is_(None)), open_jobs.where(outbox.c.sent_at.is_not(None))
    return session.execute(union_all(waiting, sent).limit(1)).first() is not None


def add_unless_pending(session: WriteSession, job: str, **arguments: JsonValue) -> None:
    """Add this job, unless the same one is already waiting or running."""
    if not is_pending(session, job, **arguments):
        _insert(session, queue=_queue(job), job=job, arguments=arguments, after=timedelta())


def claim_due(session: WriteSession, *, limit: int) -> list[Entry]:
    """Mark the next due jobs without an owner as sent and return them; concurrent relays never claim the same job."""
    due = (
        select(outbox.c.id)
        .where(*_IS_WAITING, outbox.c.owner.is_(None), outbox.c.queue != EVENT_QUEUE)
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return _claim(session, due)


def claim_turns(session: WriteSession, *, slots: Mapping[str, int], limit: int) -> list[Entry]:
    """Mark the next due jobs of all owners as sent and return them, so that none of them waits for one of the others.

    An owner has at most `slots` jobs of a queue sent and not done, one where none is named: a thousand jobs of one
    owner are never ahead of another's first. Each job that is done makes room for the owner's next one.
    """
    is_sent = (outbox.c.sent_at.is_not(None), outbox.c.done_at.is_(None), outbox.c.failed_at.is_(None))
    sent = (
        select(outbox.c.queue, outbox.c.owner, func.count().label("count"))
        .where(*is_sent, outbox.c.owner.is_not(None))
        .group_by(outbox.c.queue, outbox.c.owner)
        .subquery()
    )
    turn = func.row_number().over(
        partition_by=(outbox.c.queue, outbox.c.owner), order_by=(outbox.c.due_at, outbox.c.id)
    )
    waiting = (
        select(outbox.c.id, outbox.c.queue, outbox.c.owner, outbox.c.due_at, turn.label("turn"))
        .where(*_IS_WAITING, outbox.c.owner.is_not(None))
        .subquery()
    )
    allowed = case(dict(slots), value=waiting.c.queue, else_=1) if slots else literal(1)
    of_owner = (sent.c.queue == waiting.c.queue) & (sent.c.owner == waiting.c.owner)
    turns = (
        select(waiting.c.id)
        .join(sent, of_owner, isouter=True)
        .where(waiting.c.turn + func.coalesce(sent.c.count, 0) <= allowed)
        .order_by(waiting.c.turn, waiting.c.due_at)
        .limit(limit)
    )
    still_waiting = select(outbox.c.id).where(outbox.c.id.in_(turns.scalar_subquery()), outbox.c.sent_at.is_(None))
    return _claim(session, still_waiting.with_for_update(skip_locked=True))


def _claim(session: WriteSession, due: Select[tuple[UUID]]) -> list[Entry]:
    # WITH, since a plan may run a subselect again for every row, and then it finds the next ones that are not locked.
    chosen = select(due.cte("chosen").c.id)
    claimed = session.execute(
        update(outbox)
        .where(outbox.c.id.in_(chosen))
        .values(sent_at=func.now(), attempts=outbox.c.attempts + 1)
        .returning(*_ENTRY)
    )
    # Sorted by creation first, since the ids of jobs from events are not ordered.
    entries = (Entry.model_validate(dict(row)) for row in claimed.mappings())
    return sorted(entries, key=lambda entry: (entry.due_at, entry.id))


def unreported(session: ReadSession, *, sent_before: datetime, limit: int) -> list[Entry]:
    """Jobs sent before a time and not done: the oldest `limit` of each queue, so that no queue hides another."""
    rank = func.row_number().over(partition_by=outbox.c.queue, order_by=outbox.c.sent_at)
    waiting = (
        select(*_ENTRY, rank.label("rank"))
        .where(outbox.c.sent_at < sent_before, outbox.c.done_at.is_(None), outbox.c.failed_at.is_(None))
        .subquery()
    )
    rows = session.execute(select(waiting).where(waiting.c.rank <= limit).order_by(waiting.c.id))
    return [Entry.model_validate(dict(row)) for row in rows.mappings()]


def requeue(session: WriteSession, *, job_id: UUID, error: str, counts_as_attempt: bool = True) -> None:
    """Queue a lost or failed job again with exponential backoff; after MAX_ATTEMPTS it is marked as failed.

    Pass `counts_as_attempt=False` for a job lost with its queue or worker, which is not the job's fault.
    """
    attempts_so_far = session.execute(
        select(outbox.c.attempts).where(outbox.c.id == job_id, outbox.c.done_at.is_(None)).with_for_update()
    ).scalar()
    if attempts_so_far is None:
        return
    change = update(outbox).where(outbox.c.id == job_id)
    if counts_as_attempt and attempts_so_far >= MAX_ATTEMPTS:
        session.execute(change.values(failed_at=func.now(), error=error[:2000]))
        return
    delay = timedelta(seconds=2**attempts_so_far) if counts_as_attempt else timedelta()
    attempts = attempts_so_far if counts_as_attempt else attempts_so_far - 1
    session.execute(change.values(sent_at=None, due_at=func.now() + delay, error=error[:2000], attempts=attempts))
    session.execute(text(f"NOTIFY {CHANNEL}"))


def complete(session: WriteSession, *, job_id: UUID) -> bool:
    """Record a job as done in the transaction of its effect; False if it already was."""
    done = session.execute(
        update(outbox)
        .where(outbox.c.id == job_id, outbox.c.done_at.is_(None))
        .values(done_at=func.now(), error=None)
        .returning(outbox.c.owner)
    ).first()
    if done is not None and done.owner is not None:  # its owner's next job may be sent
        session.execute(text(f"NOTIFY {CHANNEL}"))
    return done is not None


def backlog(session: ReadSession) -> Backlog:
    """The number of due jobs that are not done, the age of the oldest, and the number of failed jobs."""
    open_jobs = or_(outbox.c.sent_at.is_not(None), outbox.c.due_at <= func.now())
    row = session.execute(
        select(
            func.count().filter(open_jobs, outbox.c.failed_at.is_(None)),
            func.coalesce(
                func.extract(
                    "epoch", func.now() - func.min(outbox.c.due_at).filter(open_jobs, outbox.c.failed_at.is_(None))
                ),
                0,
            ),
            func.count().filter(outbox.c.failed_at.is_not(None)),
        ).where(outbox.c.done_at.is_(None))
    ).one()
    return Backlog(waiting=row[0], oldest_seconds=max(0.0, float(row[1])), failed=row[2])


def oldest_by_queue(session: ReadSession) -> dict[str, float]:
    """For each queue with due jobs that are not done, the age of the oldest in seconds."""
    waiting = outbox.c.done_at.is_(None) & outbox.c.failed_at.is_(None) & (outbox.c.due_at <= func.now())
    age = func.extract("epoch", func.now() - func.min(outbox.c.due_at))
    rows = session.execute(select(outbox.c.queue, age).where(waiting).group_by(outbox.c.queue))
    return {queue: float(seconds) for queue, seconds in rows}


def sweep(session: WriteSession, *, done_before: datetime) -> int:
    """Delete jobs done before a time; return how many."""
    deleted = session.execute(outbox.delete().where(outbox.c.done_at < done_before).returning(outbox.c.id))
    return len(deleted.all())


def errors_of_failed_jobs(session: ReadSession, *, job_prefix: str, argument: str) -> dict[str, str]:
    """The last errors of jobs that failed for good, by the value of one of their arguments."""
    rows = session.execute(
        select(outbox.c.arguments[argument].astext, outbox.c.error).where(
            outbox.c.failed_at.is_not(None), outbox.c.job.startswith(job_prefix)
        )
    )
    return {str(value): error or "failed" for value, error in rows}


def _insert(
    session: WriteSession,
    *,
    queue: str,
    job: str,
    arguments: Mapping[str, JsonValue],
    after: timedelta,
    owner: UUID | None = None,
) -> UUID:
    row_id = UUID(bytes=uuid_utils.uuid7().bytes)
    due_at = func.now() + after
    values = {"id": row_id, "queue": queue, "job": job, "arguments": arguments, "due_at": due_at, "owner": owner}
    session.execute(insert(outbox).values(**values))
    session.execute(text(f"NOTIFY {CHANNEL}"))
    return row_id


def _queue(job: str) -> str:
    return job.split(".")[1]
