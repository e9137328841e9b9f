"""Jobs are recorded with their transaction, run once, and survive the loss of Redis."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import text

from platform_app.infra import db, jobs, outbox, relay
from platform_app.infra.settings import settings
from workers.subscriptions import SUBSCRIPTIONS

pytestmark = pytest.mark.usefixtures("clean")


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The work Redis, empty."""
    with Redis.from_url(settings().work_redis_url.get_secret_value()) as client:
        client.flushall()
        yield client
        client.flushall()


def add() -> UUID:
    with db.writing() as session:
        return outbox.add(session, "workers.search.reindex", listing_ids=[])


def queued(redis: Redis) -> list[str]:
    return Queue("search", connection=redis, serializer=JSONSerializer).job_ids


def test_a_job_of_a_failed_transaction_is_never_sent(redis: Redis) -> None:
    def fail_in_the_middle() -> None:
        with db.writing() as session:
            outbox.add(session, "workers.search.reindex", listing_ids=[])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert relay.send_due(redis, subscriptions=SUBSCRIPTIONS) == 0
    assert queued(redis) == []


def test_a_committed_job_is_sent_once_with_the_id_of_its_row(redis: Redis) -> None:
    job_id = add()
    assert (relay.send_due(redis, subscriptions=SUBSCRIPTIONS), relay.send_due(redis, subscriptions=SUBSCRIPTIONS)) == (
        1,
        0,
    )
    assert queued(redis) == [str(job_id)]
    job = Job.fetch(str(job_id), connection=redis, serializer=JSONSerializer)
    assert (job.func_name, job.kwargs) == ("workers.search.reindex", {"listing_ids": []})


def test_a_delayed_job_waits(redis: Redis) -> None:
    with db.writing() as session:
        outbox.add(session, "workers.search.reindex", after=timedelta(hours=1), listing_ids=[])
    assert relay.send_due(redis, subscriptions=SUBSCRIPTIONS) == 0


def test_a_worker_runs_the_job_and_records_it(redis: Redis) -> None:
    add()
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    jobs.worker("search").work(burst=True)
    with db.reading() as session:
        assert outbox.backlog(session) == outbox.Backlog(waiting=0, oldest_seconds=0.0, failed=0)


def test_losing_all_of_redis_loses_no_job(redis: Redis, monkeypatch: pytest.MonkeyPatch) -> None:
    job_id = add()
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    redis.flushall()
    monkeypatch.setattr(relay, "REPORT_TIMEOUT", timedelta(seconds=-1))
    assert relay.reconcile(redis) == 1
    assert relay.send_due(redis, subscriptions=SUBSCRIPTIONS) == 1
    assert queued(redis) == [str(job_id)]


def test_a_failed_job_is_retried_later_and_finally_given_up(redis: Redis) -> None:
    job_id = add()
    for attempt in range(1, outbox.MAX_ATTEMPTS + 1):
        with db.writing() as session:
            session.execute(outbox.outbox.update().values(due_at=datetime(2020, 1, 1, tzinfo=UTC)))
            (entry,) = outbox.claim_due(session, limit=10)
            assert (entry.id, entry.attempts) == (job_id, attempt)
            outbox.requeue(session, job_id=job_id, error="boom")
    with db.writing() as session:
        assert outbox.claim_due(session, limit=10) == []
        assert outbox.backlog(session).failed == 1


def test_two_relays_never_take_the_same_job() -> None:
    for _ in range(60):
        add()
    taken: list[UUID] = []
    barrier = threading.Barrier(4)

    def take() -> None:
        barrier.wait()
        while True:
            with db.writing() as session:
                entries = outbox.claim_due(session, limit=7)
            if not entries:
                return
            taken.extend(entry.id for entry in entries)

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(taken) == len(set(taken)) == 60


def test_a_relay_takes_no_more_jobs_than_it_asks_for() -> None:
    add()
    with db.writing() as session:
        session.execute(outbox.outbox.delete())
        session.execute(text("ANALYZE outbox"))  # planned as for no row, a subselect is run for every row
    for _ in range(9):
        add()
    with db.writing() as session:
        assert [len(outbox.claim_due(session, limit=4)) for _ in range(4)] == [4, 4, 1, 0]


def test_the_second_completion_of_a_job_is_recognised() -> None:
    job_id = add()
    with db.writing() as session:
        assert outbox.complete(session, job_id=job_id)
    with db.writing() as session:
        assert not outbox.complete(session, job_id=job_id)


def add_pictures(owner: UUID, count: int) -> list[UUID]:
    with db.writing() as session:
        return [
            outbox.add(session, "workers.media.fetch", owner=owner, shop_id=str(owner), picture_ids=[])
            for _ in range(count)
        ]


def claim_turns(**slots: int) -> list[UUID]:
    with db.writing() as session:
        return [entry.id for entry in outbox.claim_turns(session, slots=slots, limit=100)]


def complete(job_id: UUID) -> None:
    with db.writing() as session:
        assert outbox.complete(session, job_id=job_id)


def test_fifteen_jobs_of_one_shop_are_not_ahead_of_another_shops_first() -> None:
    hers, his = add_pictures(UUID(int=1), 15), add_pictures(UUID(int=2), 2)
    assert claim_turns() == [hers[0], his[0]]
    assert claim_turns() == []
    complete(hers[0])
    assert claim_turns() == [hers[1]]
    complete(his[0])
    assert claim_turns() == [his[1]]


def test_a_shop_alone_keeps_all_workers_of_its_queue_busy() -> None:
    hers = add_pictures(UUID(int=1), 5)
    assert claim_turns(imports=9) == hers[:1]
    assert claim_turns(media=3) == hers[1:3]
    complete(hers[1])
    assert claim_turns(media=3) == [hers[3]]


def test_a_failed_job_that_waits_for_its_retry_does_not_stop_its_shop() -> None:
    first, second = add_pictures(UUID(int=1), 2)
    assert claim_turns() == [first]
    with db.writing() as session:
        outbox.requeue(session, job_id=first, error="boom")
    assert claim_turns() == [second]


def test_a_shops_jobs_in_one_queue_leave_its_turn_in_another() -> None:
    pictures = add_pictures(UUID(int=1), 2)
    with db.writing() as session:
        run = outbox.add(session, "workers.imports.run", owner=UUID(int=1), run_id="")
    assert sorted(claim_turns()) == sorted([pictures[0], run])


def test_the_relay_sends_an_owners_next_job_when_one_is_done(redis: Redis) -> None:
    hers, his = add_pictures(UUID(int=1), 3), add_pictures(UUID(int=2), 1)
    media = Queue("media", connection=redis, serializer=JSONSerializer)
    assert relay.send_due(redis, subscriptions=SUBSCRIPTIONS) == 2
    assert media.job_ids == [str(hers[0]), str(his[0])]
    complete(hers[0])
    assert relay.send_due(redis, subscriptions=SUBSCRIPTIONS) == 1
    assert media.job_ids == [str(hers[0]), str(his[0]), str(hers[1])]


def test_workers_are_counted_by_queue(redis: Redis) -> None:
    workers = [jobs.worker(queue) for queue in ("media", "media", "imports")]
    for worker in workers:
        worker.register_birth()  # type: ignore[no-untyped-call]
    assert jobs.worker_counts(redis) == {"media": 2, "imports": 1}
    for worker in workers:
        worker.register_death()  # type: ignore[no-untyped-call]
    assert jobs.worker_counts(redis) == {}
