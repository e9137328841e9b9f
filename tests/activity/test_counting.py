"""Views and favourites become stats: each counts once, however often and by however many workers a day is counted."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from platform_app.domain.activity import service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.favourites import service as favourites
from platform_app.infra import db, invalidation, outbox, relay
from tests.accounts.helpers import create_user
from tests.activity.helpers import TODAY, count, daily_stats, queue_count, store_views, view, view_store
from tests.conftest import assert_queries
from tests.factories import NOW
from tests.favourites.helpers import create_mug, rows
from workers import schedule
from workers.subscriptions import SUBSCRIPTIONS

MUG, BOWL = (str(TODAY), "Stoneware mug"), (str(TODAY), "Bowl")


@pytest.fixture(autouse=True)
def real_transactions(clean: None) -> None:
    """Jobs see only committed rows."""


def test_a_visitor_counts_once_per_listing_and_day() -> None:
    mug, bowl, other = create_mug(), create_mug(key="bowl", title="Bowl"), TODAY - timedelta(days=1)
    store_views([*view(mug, "ada", "bob", "ada"), *view(bowl, "ada"), *view(mug, "ada", day=other)])
    store_views(view(mug, "bob", "ada"))
    count()
    count(other)
    assert daily_stats() == {MUG: (2, 0), BOWL: (1, 0), (str(other), "Stoneware mug"): (1, 0)}


def test_counting_again_adds_new_views_only() -> None:
    mug = create_mug()
    store_views(view(mug, "ada", "bob"))
    for _ in range(2):
        count()
        assert daily_stats() == {MUG: (2, 0)}
    store_views(view(mug, "ada", "cleo"))
    count()
    assert daily_stats() == {MUG: (3, 0)}


def test_a_job_that_runs_twice_changes_nothing_the_second_time() -> None:
    mug = create_mug()
    store_views(view(mug, "ada", "bob"))
    queue_count()
    redis = invalidation.work_redis()
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    (job,) = Queue("activity", connection=redis, serializer=JSONSerializer).get_jobs()
    for _ in range(2):
        Job.fetch(job.id, connection=redis, serializer=JSONSerializer).perform()
    assert daily_stats() == {MUG: (2, 0)}
    assert rows("SELECT done_at IS NOT NULL FROM outbox WHERE job = 'workers.activity.roll_up'") == [(True,)]


def test_stats_stay_when_their_views_are_deleted() -> None:
    mug = create_mug()
    store_views(view(mug, "ada", "bob"))
    count()
    for one in view(mug, "ada"):
        view_store().delete_partition("views", one.partition)
    store_views(view(mug, "cleo"))
    count()
    assert daily_stats() == {MUG: (2, 0)}


def test_concurrent_counts_of_a_day_lose_no_view() -> None:
    """Two workers count one day hundreds of times at once, in separate transactions and in any order."""
    mugs = [create_mug(key=f"mug-{n}", title=f"Mug {n}", indexed=False) for n in range(5)]

    def record(views: int) -> None:
        counts = [
            DailyCounts(shop_id=mug.shop_id, listing_id=mug.id, day=TODAY, views=views, favourites=100 - views)
            for mug in (mugs if views % 2 else reversed(mugs))
        ]
        with db.writing() as session:
            service.record(session, counts=counts)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(record, [*range(100), *reversed(range(100))]))
    assert set(daily_stats().values()) == {(99, 100)}


def test_views_of_a_deleted_shop_do_not_block_the_count_of_others() -> None:
    mug = create_mug()
    stray = mug.model_copy(update={"shop_id": UUID(int=16 * 7), "id": UUID(int=1)})
    store_views([*view(stray, "ada"), *view(mug, "ada")])
    count()
    assert daily_stats() == {MUG: (1, 0)}


def test_a_favourite_counts_on_the_day_it_was_added_once_per_user() -> None:
    mug, ada, bob = create_mug(), create_user(), create_user(email="bob@example.com")
    late, early = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 23, tzinfo=UTC)
    for user, at in ((ada, late), (bob, early)):
        with db.writing() as session:
            favourites.add(session, user_id=user.id, listing_id=mug.id, now=at)
    count()
    count(TODAY + timedelta(days=1))
    assert daily_stats() == {MUG: (0, 2)}
    with db.writing() as session:
        favourites.remove(session, user_id=ada.id, listing_id=mug.id)
        favourites.add(session, user_id=ada.id, listing_id=mug.id, now=NOW)
    store_views(view(mug, "cleo"))
    count()
    assert daily_stats() == {MUG: (1, 2)}


def test_the_clock_queues_one_job_while_a_day_waits_to_be_counted() -> None:
    for _ in range(3):
        schedule.enqueue_view_counts()
    queued = rows("SELECT arguments ->> 'day' FROM outbox WHERE job = 'workers.activity.roll_up' ORDER BY 1")
    assert 1 <= len(queued) == len(set(queued)) <= 2
    with db.writing() as session:
        for (job_id,) in rows("SELECT id FROM outbox WHERE job = 'workers.activity.roll_up'"):
            outbox.complete(session, job_id=UUID(str(job_id)))
    schedule.enqueue_view_counts()
    again = rows("SELECT count(*) FROM outbox WHERE job = 'workers.activity.roll_up' AND done_at IS NULL")
    assert again == [(len(queued),)]


def test_the_stats_of_a_shop_are_stored_in_one_statement() -> None:
    mugs = [create_mug(key=f"mug-{n}", title=f"Mug {n}", indexed=False) for n in range(30)]
    counted = [DailyCounts(shop_id=mug.shop_id, listing_id=mug.id, day=TODAY, views=3) for mug in mugs]
    with db.writing() as session, assert_queries(db.engine(), 1):
        service.record(session, counts=counted)
