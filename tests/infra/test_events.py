"""An event is recorded with its transaction and becomes one job per subscriber, however often that is tried."""

import threading
from collections.abc import Iterator
from uuid import UUID, uuid5

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import select
from structlog.testing import capture_logs

from platform_app.domain.catalog.events import ListingsChanged, PricesDropped
from platform_app.infra import db, invalidation, jobs, outbox, relay
from platform_app.infra.events import Subscriptions
from workers import favourites, search

pytestmark = pytest.mark.usefixtures("clean")

TWO_SUBSCRIBERS: Subscriptions = {ListingsChanged: (search.reindex, favourites.notify_price_drop)}
SHOP_ID, LISTING_ID = UUID(int=5), UUID(int=7)
FIELDS = {"shop_id": str(SHOP_ID), "listing_ids": [str(LISTING_ID)]}


@pytest.fixture
def redis() -> Iterator[Redis]:
    """The work Redis, empty."""
    client = invalidation.work_redis()
    client.flushall()
    yield client
    client.flushall()


def publish() -> UUID:
    with db.writing() as session:
        return outbox.publish(session, ListingsChanged(shop_id=SHOP_ID, listing_ids=(LISTING_ID,)))


def rows() -> list[tuple[UUID, str, str, dict[str, object], bool]]:
    """The outbox in order of jobs: id, queue, job, arguments, and whether it is done."""
    table = outbox.outbox.c
    columns = select(table.id, table.queue, table.job, table.arguments, table.done_at.is_not(None))
    with db.reading() as session:
        return [tuple(row) for row in session.execute(columns.order_by(table.job, table.id))]


def test_an_event_of_a_failed_transaction_is_not_recorded() -> None:
    def fail_in_the_middle() -> None:
        with db.writing() as session:
            outbox.publish(session, ListingsChanged(shop_id=SHOP_ID, listing_ids=(LISTING_ID,)))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_in_the_middle()
    assert rows() == []


def test_an_event_becomes_one_job_per_subscriber_with_the_events_fields() -> None:
    event_id = publish()
    assert relay.fan_out(TWO_SUBSCRIBERS) == 1
    reindex, notify = "workers.search.reindex", "workers.favourites.notify_price_drop"
    assert rows() == [
        (event_id, "events", "catalog.ListingsChanged", FIELDS, True),
        (uuid5(event_id, notify), "favourites", notify, FIELDS, False),
        (uuid5(event_id, reindex), "search", reindex, FIELDS, False),
    ]


def test_expanding_an_event_twice_adds_no_second_job() -> None:
    publish()
    relay.fan_out(TWO_SUBSCRIBERS)
    once = rows()
    assert relay.fan_out(TWO_SUBSCRIBERS) == 0
    with db.writing() as session:
        is_event = outbox.outbox.c.queue == outbox.EVENT_QUEUE
        session.execute(outbox.outbox.update().where(is_event).values(done_at=None))
    assert relay.fan_out(TWO_SUBSCRIBERS) == 1
    assert rows() == once


def test_concurrent_relays_add_each_job_once() -> None:
    for _ in range(30):
        publish()
    barrier = threading.Barrier(4)
    counts: list[int] = []

    def expand() -> None:
        barrier.wait()
        counts.append(relay.fan_out(TWO_SUBSCRIBERS))

    threads = [threading.Thread(target=expand) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(counts) == 30
    assert [(queue, is_done) for _, queue, _, _, is_done in rows()].count(("search", False)) == 30


def test_an_event_without_subscribers_is_marked_done() -> None:
    event_id = publish()
    assert relay.fan_out({ListingsChanged: ()}) == 1
    assert rows() == [(event_id, "events", "catalog.ListingsChanged", FIELDS, True)]


def test_an_unknown_event_is_logged_and_left_and_blocks_no_other(redis: Redis) -> None:
    publish()
    with db.writing() as session:
        outbox.publish(session, PricesDropped(shop_id=SHOP_ID, listing_ids=(LISTING_ID,)))
    older: Subscriptions = {PricesDropped: (favourites.notify_price_drop,)}
    assert relay.send_due(redis, subscriptions=older) == 1
    with capture_logs() as logs:
        relay._report_unknown_events(older)
    assert [(entry["event_name"], entry["waiting"]) for entry in logs] == [("catalog.ListingsChanged", 1)]
    assert relay.send_due(redis, subscriptions=TWO_SUBSCRIBERS) == 2
    assert outbox_is_waiting("catalog.ListingsChanged") is False


def outbox_is_waiting(name: str) -> bool:
    return any(job == name and not is_done for _, _, job, _, is_done in rows())


def test_the_jobs_of_an_event_are_sent_at_once_and_run(redis: Redis) -> None:
    event_id = publish()
    assert relay.send_due(redis, subscriptions=TWO_SUBSCRIBERS) == 2
    sent = Queue("search", connection=redis, serializer=JSONSerializer).job_ids
    assert sent == [str(uuid5(event_id, "workers.search.reindex"))]
    for queue in ("search", "favourites"):
        jobs.worker(queue).work(burst=True)
    assert [is_done for *_, is_done in rows()] == [True, True, True]
