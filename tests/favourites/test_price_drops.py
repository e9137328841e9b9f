"""Notifying followers of price drops by mail."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer

from platform_app.domain.accounts.service import profile
from platform_app.domain.catalog.rules import Status
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkRequest
from platform_app.domain.editing.service import bulk
from platform_app.domain.favourites import rules, service
from platform_app.domain.notifications import service as notifications
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db, invalidation, relay
from tests.accounts.helpers import create_user
from tests.conftest import assert_queries
from tests.favourites.helpers import create_mug, like, rows, run_jobs, set_price
from workers.subscriptions import SUBSCRIPTIONS


@pytest.fixture(autouse=True)
def real_transactions(clean: None) -> None:
    """Jobs see only committed rows."""


def waiting() -> list[tuple[object, ...]]:
    """The recorded price drops and the pending jobs of favourites."""
    pending = "(queue = 'favourites' OR job = 'catalog.PricesDropped') AND done_at IS NULL"
    return sorted(rows(f"SELECT job, arguments FROM outbox WHERE {pending} ORDER BY id"), key=str)


def test_each_follower_gets_one_mail_about_a_lower_price() -> None:
    ada, bob, mug = create_user(), create_user(email="bob@example.com"), create_mug()
    create_user(email="cleo@example.com")
    for user in (ada, bob):
        like(user.id, mug.id)
    run_jobs()
    set_price(1600, title="Renamed by its seller")
    letters = run_jobs()
    assert sorted(letter.to for letter in letters) == ["ada@example.com", "bob@example.com"]
    (letter, _) = letters
    assert letter.subject == "Price drops on your favourites"
    assert "Stoneware mug: $16.00, $4.00 less than when you liked it." in letter.text
    assert "See your favourites: http://127.0.0.1:8000/favourites" in letter.text
    assert "Turn off these mails: http://127.0.0.1:8000/account#mail-price_drops" in letter.text
    assert 'href="http://127.0.0.1:8000/account#mail-price_drops"' in letter.html
    assert "Renamed" not in letter.text + letter.html


@pytest.mark.parametrize("amount", [2000, 2500])
def test_an_equal_or_higher_price_queues_no_job(amount: int) -> None:
    user, mug = create_user(), create_mug()
    like(user.id, mug.id)
    run_jobs()
    set_price(amount, title="Another title")
    assert (waiting(), run_jobs()) == ([], [])


def test_a_job_that_runs_twice_sends_one_mail() -> None:
    user, mug = create_user(), create_mug()
    like(user.id, mug.id)
    set_price(1600)
    redis = invalidation.work_redis()
    for _ in range(2):  # one job finds the followers, and another one mails each of them
        relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
        for job in Queue("favourites", connection=redis, serializer=JSONSerializer).get_jobs():
            for _ in range(2):
                Job.fetch(job.id, connection=redis, serializer=JSONSerializer).perform()
            job.delete()
    assert rows("SELECT recipient FROM mail") == [("ada@example.com",)]
    assert [letter.to for letter in run_jobs()] == ["ada@example.com"]


def test_later_price_drops_of_a_day_are_mailed_together_the_next_day() -> None:
    user, mug = create_user(), create_mug()
    bowl, vase = create_mug(key="bowl", title="Bowl"), create_mug(key="vase", title="Vase")
    like(user.id, mug.id, bowl.id, vase.id)
    set_price(1600)
    assert len(run_jobs()) == 1
    set_price(1500)
    set_price(1000, key="bowl", title="Bowl")
    assert len(run_jobs()) == 1
    later = rows(
        "SELECT due_at > now() + interval '23 hours' FROM outbox "
        "WHERE done_at IS NULL AND job LIKE 'workers.favourites.%'"
    )
    assert later == [(True,), (True,)]
    tomorrow = utc_now() + rules.MAIL_INTERVAL
    with db.writing() as session:
        drops = service.claim_price_drops(session, user_id=user.id, now=tomorrow)
    assert drops is not None
    assert sorted((drop.title, drop.price.amount, drop.saving.amount) for drop in drops.items) == [
        ("Bowl", 1000, 1000),
        ("Stoneware mug", 1500, 500),
    ]
    with db.writing() as session:
        assert service.claim_price_drops(session, user_id=user.id, now=tomorrow + rules.MAIL_INTERVAL) is None


def test_no_mail_repeats_a_price_or_names_a_listing_that_is_no_longer_for_sale() -> None:
    user, mug = create_user(), create_mug()
    like(user.id, mug.id)
    set_price(1600)
    assert len(run_jobs()) == 1
    for amount, status in ((1900, Status.PUBLISHED), (1600, Status.PUBLISHED), (1000, Status.ARCHIVED)):
        set_price(amount, status=status)
    later = utc_now() + timedelta(days=2)
    with db.writing() as session:
        assert service.claim_price_drops(session, user_id=user.id, now=later) is None
    assert len(run_jobs()) == 1


def test_users_who_opted_out_left_or_were_banned_get_no_mail() -> None:
    ada, bob, cleo = create_user(), create_user(email="bob@example.com"), create_user(email="cleo@example.com")
    mug = create_mug()
    for user in (ada, bob, cleo):
        like(user.id, mug.id)
    with db.writing() as session:
        notifications.set_mail_preferences(session, user_id=ada.id, is_wanted={"price_drops": False})
        profile.ban(session, email="bob@example.com", now=utc_now())
    set_price(1600)
    assert [letter.to for letter in run_jobs()] == ["cleo@example.com"]
    with db.writing() as session:
        notifications.set_mail_preferences(session, user_id=ada.id, is_wanted={"price_drops": True})
        drops = service.claim_price_drops(session, user_id=ada.id, now=utc_now())
    assert drops is not None
    assert drops.recipient == "ada@example.com"


def test_a_follower_with_many_favourites_costs_a_few_statements() -> None:
    user = create_user()
    mugs = [create_mug(key=f"mug-{n}", indexed=False) for n in range(12)]
    like(user.id, *(mug.id for mug in mugs))
    with assert_queries(db.engine(), 5), db.writing() as session:
        assert service.claim_price_drops(session, user_id=user.id, now=utc_now()) is None


@given(st.integers(1, 100), st.integers(1, 100), st.none() | st.integers(1, 100))
def test_a_price_is_news_below_both_the_liked_and_the_mailed_price(
    price: int, liked_price: int, mailed_price: int | None
) -> None:
    assert rules.is_new_low(price, liked_price=liked_price, notified_price=mailed_price) == (
        price < liked_price and (mailed_price is None or price < mailed_price)
    )


def test_a_price_lowered_in_bulk_is_mailed_once_it_can_no_longer_be_undone() -> None:
    user, mug, bowl = create_user(), create_mug(), create_mug(key="bowl", title="Bowl")
    like(user.id, mug.id, bowl.id)
    run_jobs()
    with db.writing() as session:
        seller = create_user(email="seller@example.com")
        member = members.make_owner(session, slug="clay-and-co", email="seller@example.com", now=utc_now())
        request = BulkRequest(action=BulkAction.PRICE, listing_ids=(mug.id,), percent=Decimal(-10))
        bulk.apply(session, user_id=seller.id, shop=member.slug, request=request, now=utc_now())
    set_price(1000, key="bowl", title="Bowl")
    (letter,) = run_jobs()
    assert ("Bowl" in letter.text, "Stoneware mug" in letter.text) == (True, False)
    due = rows(
        "SELECT due_at > now() + interval '9 minutes' FROM outbox WHERE job LIKE '%notify_price_drop' AND done_at IS NULL"
    )
    assert due == [(True,)]
    later = utc_now() + rules.MAIL_INTERVAL
    with db.writing() as session:
        drops = service.claim_price_drops(session, user_id=user.id, now=later)
    assert drops is not None
    assert [(drop.title, drop.price.amount) for drop in drops.items] == [("Stoneware mug", 1800)]


def test_a_bulk_price_that_was_undone_is_never_mailed() -> None:
    user, mug = create_user(), create_mug()
    like(user.id, mug.id)
    run_jobs()
    with db.writing() as session:
        seller = create_user(email="seller@example.com")
        shop = members.make_owner(session, slug="clay-and-co", email="seller@example.com", now=utc_now()).slug
        request = BulkRequest(action=BulkAction.PRICE, listing_ids=(mug.id,), percent=Decimal(-10))
        done = bulk.apply(session, user_id=seller.id, shop=shop, request=request, now=utc_now())
        assert done.undo is not None
        bulk.undo(session, user_id=seller.id, shop=shop, change_id=done.undo.id, now=utc_now())
    with db.writing() as session:
        assert service.claim_price_drops(session, user_id=user.id, now=utc_now() + timedelta(days=1)) is None
    assert run_jobs() == []
