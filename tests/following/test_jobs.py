"""Telling followers what is new: real jobs, notifications and mail."""

from collections.abc import Sequence
from datetime import datetime, timedelta
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
from platform_app.domain.following import rules, service
from platform_app.domain.following.schemas import NewListingsDigest, ShopCount
from platform_app.domain.notifications import service as mail_preferences
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.mail import OutgoingMail
from platform_app.mail import following as mails
from tests.factories import make_draft, make_shop, make_user
from workers.subscriptions import SUBSCRIPTIONS

BEFORE = timedelta(days=-1)
DAY = timedelta(days=1)


@pytest.fixture
def ada(clean: None) -> UUID:
    """A user who follows Clay & Co since yesterday."""
    return follower("ada@example.com")


def follower(email: str, *, shop: str = "clay-and-co", since: timedelta = BEFORE) -> UUID:
    with db.writing() as session:
        make_shop(session)
        user_id = make_user(session, email=email).user.id
        service.follow(session, user_id=user_id, shop=shop, now=utc_now() + since)
        return user_id


def publish(*keys: str, shop: str = "clay-and-co", status: Status = Status.PUBLISHED) -> None:
    """What a seller does: save listings with these keys."""
    with db.writing() as session:
        found = make_shop(session, slug=shop)
        drafts = [make_draft(key=key, title=key, status=status) for key in keys]
        catalog.save_many(session, shop=found, inputs=drafts, reason=Reason.EDIT, now=utc_now())


def run_jobs() -> None:
    """Do what the clock and the workers do until no job is due."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("following", "mail"):
            jobs.worker(queue).work(burst=True)


def make_due(job: str) -> None:
    """Let the time pass until these waiting jobs are due."""
    with db.writing() as session:
        waiting = "UPDATE outbox SET due_at = now() WHERE job = :job AND done_at IS NULL"
        session.execute(text(waiting), {"job": f"workers.following.{job}"})


def run_announcement() -> None:
    run_jobs()
    make_due("announce")
    run_jobs()


def run_mail() -> list[OutgoingMail]:
    make_due("send_mail")
    run_jobs()
    with db.reading() as session:
        return list(reversed(mail.stored_mails(session)))


def rows(statement: str) -> Sequence[Any]:
    with db.reading() as session:
        return [tuple(row) for row in session.execute(text(statement))]


def notifications() -> Sequence[tuple[object, ...]]:
    return rows("SELECT text, href FROM notification ORDER BY id")


def waiting() -> list[object]:
    return [job for (job,) in rows("SELECT job FROM outbox WHERE queue = 'following' AND done_at IS NULL ORDER BY job")]


def test_what_is_published_in_one_go_brings_each_follower_one_notification_and_one_mail(ada: UUID) -> None:
    follower("bob@example.com")
    with db.writing() as session:
        make_user(session, email="cleo@example.com")
    publish("mug", "bowl")
    publish("vase")
    publish("sketch", status=Status.DRAFT)
    run_jobs()
    assert (notifications(), waiting()) == ([], ["workers.following.announce"])
    run_announcement()
    news = ("Clay & Co has 3 new listings.", "/shops/clay-and-co")
    assert notifications() == [news, news]
    assert rows("SELECT DISTINCT kind FROM notification") == [("new_listings",)]
    letters = run_mail()
    assert sorted(letter.to for letter in letters) == ["ada@example.com", "bob@example.com"]
    letter = letters[0]
    assert letter.subject == "New in the shops you follow"
    assert "Clay & Co: 3 new listings." in letter.text
    assert "See the shops you follow: http://127.0.0.1:8000/following" in letter.text
    assert "Turn off these mails: http://127.0.0.1:8000/account#mail-new_listings" in letter.text
    assert (waiting(), run_mail()) == ([], letters)


def test_every_job_that_runs_twice_notifies_and_mails_once(ada: UUID) -> None:
    publish("mug")
    redis = invalidation.work_redis()
    for job_name in ("", "announce", "", "send_mail"):
        if job_name:
            make_due(job_name)
        relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
        for job in Queue("following", connection=redis, serializer=JSONSerializer).get_jobs():
            for _ in range(2):
                Job.fetch(job.id, connection=redis, serializer=JSONSerializer).perform()
            job.delete()
    assert notifications() == [("Clay & Co has 1 new listing.", "/shops/clay-and-co")]
    assert rows("SELECT recipient FROM mail") == [("ada@example.com",)]
    assert rows("SELECT unmailed FROM follow") == [(0,)]


def test_what_comes_later_the_same_day_is_announced_a_day_after_the_last_time(ada: UUID) -> None:
    publish("mug")
    run_announcement()
    publish("bowl")
    publish("vase")
    run_jobs()
    assert len(notifications()) == 1
    later = rows(
        "SELECT due_at > now() + interval '23 hours' FROM outbox WHERE job LIKE '%announce' AND done_at IS NULL"
    )
    assert later == [(True,)]
    announce_at(utc_now() + DAY)
    run_jobs()
    assert [each for each, _ in notifications()] == ["Clay & Co has 1 new listing.", "Clay & Co has 2 new listings."]


def test_two_announcements_of_one_day_would_still_notify_once(ada: UUID) -> None:
    publish("mug")
    run_announcement()
    publish("bowl")
    run_announcement()  # at once, although it is due tomorrow
    assert notifications() == [("Clay & Co has 1 new listing.", "/shops/clay-and-co")]


def test_a_listing_is_new_once_whatever_becomes_of_it(ada: UUID) -> None:
    publish("mug", status=Status.DRAFT)
    run_jobs()
    assert waiting() == []
    publish("mug")
    run_announcement()
    for status in (Status.DRAFT, Status.PUBLISHED, Status.ARCHIVED, Status.PUBLISHED):
        publish("mug", status=status)
    run_jobs()
    assert (len(notifications()), waiting()) == (1, ["workers.following.send_mail"])


def test_what_is_withdrawn_or_deleted_before_the_announcement_is_not_counted(ada: UUID) -> None:
    publish("mug", "bowl", "vase")
    run_jobs()
    publish("mug", status=Status.ARCHIVED)
    with db.writing() as session:
        catalog.remove_many(session, shop=make_shop(session), keys=["bowl"])
    run_announcement()
    assert notifications() == [("Clay & Co has 1 new listing.", "/shops/clay-and-co")]


def test_nothing_is_announced_when_all_of_it_is_withdrawn_and_the_day_is_not_used_up(ada: UUID) -> None:
    publish("mug")
    run_jobs()
    publish("mug", status=Status.ARCHIVED)
    run_announcement()
    assert (notifications(), waiting()) == ([], [])
    publish("bowl")
    run_announcement()
    assert notifications() == [("Clay & Co has 1 new listing.", "/shops/clay-and-co")]


def test_only_what_was_published_since_one_follows_is_news(ada: UUID) -> None:
    publish("mug")
    run_jobs()
    bob = follower("bob@example.com", since=timedelta())
    publish("bowl")
    run_announcement()
    assert dict(rows("SELECT user_id, text FROM notification")) == {
        ada: "Clay & Co has 2 new listings.",
        bob: "Clay & Co has 1 new listing.",
    }


def test_a_shop_that_nobody_follows_any_more_records_and_announces_nothing(ada: UUID) -> None:
    publish("mug")
    with db.writing() as session:
        service.unfollow(session, user_id=ada, shop="clay-and-co")
    run_jobs()
    assert (rows("SELECT * FROM new_listing"), rows("SELECT * FROM announcement"), waiting()) == ([], [], [])


def test_followers_are_notified_in_batches(ada: UUID, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "FOLLOWERS_PER_JOB", 2)
    users = {ada, *(follower(f"{name}@example.com") for name in ("bob", "cleo", "dan"))}
    publish("mug")
    run_announcement()
    notified = [user for (user,) in rows("SELECT user_id FROM notification")]
    assert (len(notified), set(notified)) == (4, users)


def test_the_news_of_all_shops_of_a_day_is_in_one_mail(ada: UUID) -> None:
    with db.writing() as session:
        make_shop(session, slug="wood", name="Wood")
        service.follow(session, user_id=ada, shop="wood", now=utc_now() + BEFORE)
    publish("mug", "bowl")
    publish("spoon", shop="wood")
    run_announcement()
    (letter,) = run_mail()
    assert "Clay & Co: 2 new listings." in letter.text
    assert "Wood: 1 new listing." in letter.text
    announce_next(shop="wood", key="fork")
    later = rows(
        "SELECT due_at > now() + interval '23 hours' FROM outbox WHERE job LIKE '%send_mail' AND done_at IS NULL"
    )
    assert later == [(True,)]
    with db.writing() as session:
        digest = service.claim_mail(session, user_id=ada, now=utc_now() + DAY)
    assert digest == NewListingsDigest(recipient="ada@example.com", items=(ShopCount(shop_name="Wood", count=1),))
    with db.writing() as session:
        assert service.claim_mail(session, user_id=ada, now=utc_now() + 2 * DAY) is None


def test_whoever_wants_no_mail_gets_only_the_notification_and_no_old_news_later(ada: UUID) -> None:
    set_wanted(ada, False)
    publish("mug")
    run_announcement()
    assert (len(notifications()), waiting(), rows("SELECT unmailed FROM follow")) == (1, [], [(0,)])
    set_wanted(ada, True)
    assert run_mail() == []


def test_a_mail_that_waits_is_not_sent_once_it_is_switched_off_unfollowed_or_its_reader_banned(ada: UUID) -> None:
    bob, cleo, dan = (follower(f"{name}@example.com") for name in ("bob", "cleo", "dan"))
    publish("mug")
    run_announcement()
    set_wanted(ada, False)
    with db.writing() as session:
        service.unfollow(session, user_id=bob, shop="clay-and-co")
        profile.ban(session, email="cleo@example.com", now=utc_now())
        session.execute(text("DELETE FROM user_account WHERE id = :id"), {"id": dan})
    assert run_mail() == []
    assert cleo not in {user for (user,) in rows("SELECT user_id FROM follow WHERE unmailed > 0")}


def test_a_mail_about_many_shops_names_some_of_them() -> None:
    items = tuple(ShopCount(shop_name=f"Shop {number}", count=1) for number in range(22))
    letter = mails.new_listings(NewListingsDigest(recipient="ada@example.com", items=items))
    assert "Shop 19: 1 new listing." in letter.text
    assert "Shop 20" not in letter.text
    assert "And 2 more shops." in letter.text


def announce_at(now: datetime) -> None:
    """What the waiting announcement does when its time has come."""
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET done_at = now() WHERE job LIKE '%announce' AND done_at IS NULL"))
        service.announce(session, shop_id=make_shop(session).id, now=now)


def announce_next(*, shop: str, key: str) -> None:
    """Publish a listing in a shop, and announce it tomorrow."""
    publish(key, shop=shop)
    run_jobs()
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET done_at = now() WHERE job LIKE '%announce' AND done_at IS NULL"))
        service.announce(session, shop_id=make_shop(session, slug=shop).id, now=utc_now() + DAY)
    run_jobs()


def set_wanted(user_id: UUID, is_wanted: bool) -> None:
    with db.writing() as session:
        mail_preferences.set_mail_preferences(session, user_id=user_id, is_wanted={"new_listings": is_wanted})
