"""Telling those who wait: real jobs, notifications and mail, each of them once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import text

from platform_app.domain.accounts.service import profile
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.notifications import service as mail_preferences
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import settings
from platform_app.domain.stock.rules import Reason
from platform_app.domain.stock_alerts import rules, service
from platform_app.domain.stock_alerts.schemas import BackInStock
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.mail import OutgoingMail
from platform_app.mail import stock_alerts as mails
from tests.factories import make_draft, make_listing, make_owner, make_shop, make_user
from workers.subscriptions import SUBSCRIPTIONS

BACK = ("Shirt (Blue / M) is back in stock.", "/shops/clay-and-co/shirt?variant=Blue%2FM")


@pytest.fixture
def shirt(clean: None) -> Listing:
    """A shirt in two sizes, both sold out."""
    with db.writing() as session:
        return make_listing(session, key="shirt", title="Shirt", options=("Colour", "Size"), variants=variants())


def variants(medium: int = 0, large: int = 0) -> tuple[VariantInput, ...]:
    return (
        VariantInput(choice=("Blue", "M"), price=2000, quantity=medium),
        VariantInput(choice=("Blue", "L"), price=2000, quantity=large),
    )


def stock(medium: int = 0, large: int = 0, *, status: Status = Status.PUBLISHED) -> None:
    """What a seller does: save the shirt with this stock."""
    with db.writing() as session:
        draft = make_draft(
            key="shirt", title="Shirt", status=status, options=("Colour", "Size"), variants=variants(medium, large)
        )
        catalog.save_many(session, shop=make_shop(session), inputs=[draft], reason=Reason.EDIT, now=utc_now())


def ask(email: str, shirt: Listing, *indexes: int) -> UUID:
    """A user who waits for these variants of the shirt."""
    with db.writing() as session:
        user_id = make_user(session, email=email).user.id
    wait_for(user_id, shirt, *indexes)
    return user_id


def wait_for(user_id: UUID, shirt: Listing, *indexes: int) -> None:
    with db.writing() as session:
        for index in indexes or (0,):
            variant_id = shirt.variants[index].id
            service.add(session, user_id=user_id, listing_id=shirt.id, variant_id=variant_id, now=utc_now())


def run_jobs() -> list[OutgoingMail]:
    """Do what the clock and the workers do until no job is due; the mails that were sent so far."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("stock_alerts", "mail"):
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return list(reversed(mail.stored_mails(session)))


def rows(statement: str) -> Sequence[Any]:
    with db.reading() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def notifications() -> Sequence[tuple[object, ...]]:
    return rows("SELECT text, href FROM notification ORDER BY id")


def still_waiting() -> int:
    return int(rows("SELECT count(*) FROM stock_alert")[0][0])


def test_whoever_waits_is_notified_and_mailed_once_when_stock_comes_back(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    ask("bob@example.com", shirt, 1)
    stock(medium=5)
    (letter,) = run_jobs()
    assert (notifications(), still_waiting()) == ([BACK], 1)
    assert rows("SELECT DISTINCT kind FROM notification") == [("back_in_stock",)]
    assert (letter.to, letter.subject) == ("ada@example.com", "Back in stock")
    assert "Shirt (Blue / M)" in letter.text
    assert "See it on Plaza: http://127.0.0.1:8000/shops/clay-and-co/shirt?variant=Blue%2FM" in letter.text
    assert "Turn off these mails: http://127.0.0.1:8000/account#mail-back_in_stock" in letter.text
    stock(medium=0)
    stock(medium=5)
    assert (len(run_jobs()), notifications()) == (1, [BACK])


def test_stock_that_goes_and_comes_before_the_job_runs_is_one_notification(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    for medium in (5, 0, 5):
        stock(medium)
    assert (len(run_jobs()), notifications(), still_waiting()) == (1, [BACK], 0)


def test_stock_that_is_gone_when_the_job_runs_notifies_nobody_and_is_waited_for_on(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    stock(medium=5)
    stock(medium=0)
    assert (run_jobs(), notifications(), still_waiting()) == ([], [], 1)
    stock(medium=1)
    assert (len(run_jobs()), notifications()) == (1, [BACK])


def test_every_job_that_runs_twice_notifies_and_mails_once(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    stock(medium=5)
    redis = invalidation.work_redis()
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    (job,) = Queue("stock_alerts", connection=redis, serializer=JSONSerializer).get_jobs()
    for _ in range(2):
        Job.fetch(job.id, connection=redis, serializer=JSONSerializer).perform()
    job.delete()
    assert (notifications(), rows("SELECT recipient FROM mail")) == ([BACK], [("ada@example.com",)])


def test_several_variants_of_one_user_are_one_mail(shirt: Listing) -> None:
    ask("ada@example.com", shirt, 0, 1)
    stock(medium=5, large=5)
    (letter,) = run_jobs()
    assert [name for name in ("Shirt (Blue / M)", "Shirt (Blue / L)") if name in letter.text] == [
        "Shirt (Blue / M)",
        "Shirt (Blue / L)",
    ]
    assert len(notifications()) == 2


def test_whoever_asks_again_is_told_again(shirt: Listing) -> None:
    ada = ask("ada@example.com", shirt)
    stock(medium=5)
    run_jobs()
    stock(medium=0)
    wait_for(ada, shirt)
    stock(medium=2)
    assert (len(run_jobs()), notifications()) == (2, [BACK, BACK])


def test_many_who_wait_are_notified_in_batches(shirt: Listing, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "ALERTS_PER_JOB", 2)
    users = {ask(f"u{number}@example.com", shirt, 0, 1) for number in range(3)}
    stock(medium=5, large=5)
    run_jobs()
    notified = [user for (user,) in rows("SELECT user_id FROM notification")]
    assert (len(notified), set(notified), still_waiting()) == (6, users, 0)


def test_a_listing_that_is_for_sale_again_has_its_stock_back(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    stock(status=Status.ARCHIVED)
    stock(medium=5, status=Status.ARCHIVED)
    assert run_jobs() == []
    stock(medium=5)
    assert (len(run_jobs()), notifications()) == (1, [BACK])


def test_stock_that_comes_during_a_holiday_is_told_when_it_is_over(shirt: Listing) -> None:
    ask("ada@example.com", shirt)
    today = utc_now().date()
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session), email="owner@example.com").user.id
        until = (today + timedelta(days=9)).isoformat()
        settings.start_holiday(session, user_id=owner, shop="clay-and-co", until=until, note="", today=today)
    stock(medium=5)
    assert (run_jobs(), notifications(), still_waiting()) == ([], [], 1)
    with db.writing() as session:
        settings.end_holidays(session, today=today + timedelta(days=9))
    assert (len(run_jobs()), notifications(), still_waiting()) == (1, [BACK], 0)


def test_whoever_wants_no_mail_gets_only_the_notification_and_the_banned_and_gone_get_nothing(shirt: Listing) -> None:
    ada, _, cleo = (ask(f"{name}@example.com", shirt) for name in ("ada", "bob", "cleo"))
    with db.writing() as session:
        mail_preferences.set_mail_preferences(session, user_id=ada, is_wanted={"back_in_stock": False})
        profile.ban(session, email="bob@example.com", now=utc_now())
        session.execute(text("DELETE FROM user_account WHERE id = :id"), {"id": cleo})
    stock(medium=5)
    letters = [letter for letter in run_jobs() if letter.subject == "Back in stock"]
    assert (letters, rows("SELECT user_id FROM notification WHERE kind = 'back_in_stock'")) == ([], [(ada,)])
    assert still_waiting() == 0


def test_a_mail_about_many_items_names_some_of_them() -> None:
    names = tuple(f"Item {number}" for number in range(12))
    letter = mails.back_in_stock(BackInStock(recipient="ada@example.com", names=names, href="/shops/clay/item"))
    assert "Item 9" in letter.text
    assert "Item 10" not in letter.text
    assert "And 2 more." in letter.text
