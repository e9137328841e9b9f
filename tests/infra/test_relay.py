"""What the clock requeues and gives up, and that a failing scheduled task ends nothing."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from platform_app.domain.imports import queries, service
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.imports.service import operator
from platform_app.infra import db, invalidation, jobs, metrics, outbox, relay
from tests.factories import NOW, make_listing, make_shop
from workers.queues import QUEUES
from workers.schedule import SCHEDULE
from workers.subscriptions import SUBSCRIPTIONS

pytestmark = pytest.mark.usefixtures("clean")


def test_many_jobs_of_one_queue_do_not_delay_another_queue() -> None:
    with db.writing() as session:
        for _ in range(30):
            outbox.add(session, "workers.media.fetch", shop_id="", picture_ids=[])
        late = outbox.add(session, "workers.imports.run", run_id="")
        outbox.claim_due(session, limit=100)
    with db.reading() as session:
        soon = datetime.now(UTC) + timedelta(seconds=5)
        found = outbox.unreported(session, sent_before=soon, limit=10)
    assert len(found) == 11
    assert late in {entry.id for entry in found}


def test_an_import_whose_job_was_given_up_ends_and_can_be_undone() -> None:
    with db.writing() as session:
        run = operator.start(
            session,
            shop=make_shop(session),
            file_key="imports/x.csv",
            file_name="x.csv",
            asked_format=Format.AUTO,
            mapping={},
            dry_run=False,
            now=NOW,
        )
        assert service.fail_abandoned(session, now=NOW) == 0
        session.execute(outbox.outbox.update().values(failed_at=NOW, error="Traceback\nValueError: boom"))
        assert service.fail_abandoned(session, now=NOW) == 1
        ended = queries.run(session, run_id=run.id)
        assert (ended.state, ended.message) == (RunState.FAILED, "ValueError: boom")
        # Its rows are archived as well; otherwise they would count against the shop's limit forever.
        assert outbox.was_added(session, "workers.imports.archive", since=NOW - timedelta(days=1))
        assert service.fail_abandoned(session, now=NOW) == 0


def until(is_over: Callable[[], bool]) -> Callable[[], bool]:
    """A stop condition for the clock, which also stops after a while."""
    deadline = time.monotonic() + 120
    return lambda: is_over() or time.monotonic() > deadline


def failures(task: str) -> float:
    return metrics.TASK_FAILURES.labels(task=task)._value.get()


def test_a_failing_task_is_counted_and_retried_while_clock_and_outbox_go_on() -> None:
    calls: list[str] = []

    def fail() -> None:
        calls.append("fail")
        raise ZeroDivisionError

    def work() -> None:
        calls.append("work")

    with db.writing() as session:
        shop = make_shop(session)
        job_id = outbox.add(session, "workers.search.reindex", listing_ids=[str(make_listing(session, shop=shop).id)])
    redis = invalidation.work_redis()
    redis.flushall()
    before = failures("fail")

    def is_over() -> bool:
        is_sent = f"rq:job:{job_id}".encode() in redis.keys("rq:job:*")
        return is_sent and min(calls.count("fail"), calls.count("work")) >= 3

    schedule = {fail: timedelta(), work: timedelta()}
    relay.run(schedule=schedule, subscriptions=SUBSCRIPTIONS, queues=QUEUES, stopping=until(is_over))
    assert is_over()
    assert failures("fail") - before == calls.count("fail")


def test_a_failed_task_with_a_long_interval_is_retried_earlier(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def fail_once() -> None:
        calls.append("fail_once")
        if len(calls) == 1:
            raise ZeroDivisionError

    monkeypatch.setattr(relay, "TASK_RETRY", timedelta())
    is_over = until(lambda: len(calls) == 2)
    relay.run(schedule={fail_once: timedelta(days=1)}, subscriptions={}, queues=(), stopping=is_over)
    assert calls == ["fail_once", "fail_once"]


@pytest.mark.parametrize("task", SCHEDULE, ids=lambda task: task.__name__)
def test_every_scheduled_task_runs(task: relay.Task) -> None:
    with db.writing() as session:
        make_listing(session, shop=make_shop(session))
    assert relay.run_task(task)


def test_scheduled_jobs_are_queued_once_and_run_by_the_workers() -> None:
    redis = invalidation.work_redis()
    redis.flushall()
    for _ in range(2):
        for task in SCHEDULE:
            task()
    with db.writing() as session:
        table = outbox.outbox
        queued = sorted(session.execute(table.select().with_only_columns(table.c.job)).scalars())
        session.execute(table.update().values(due_at=NOW))
    assert len(queued) >= 8
    assert [job for job in set(queued) if queued.count(job) > 1 and job != "workers.activity.roll_up"] == []
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    for queue in QUEUES:
        jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        assert outbox.backlog(session) == outbox.Backlog(waiting=0, oldest_seconds=0.0, failed=0)
