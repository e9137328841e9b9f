"""Notifying users once per event, and marking notifications as read."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from uuid import UUID, uuid4

import pytest

from platform_app.domain.accounts.service import profile
from platform_app.domain.imports.rules.notifications import IMPORT_FINISHED, IMPORT_UNDONE
from platform_app.domain.notifications import queries, rules, service
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.notifications.tags import notifications_tag
from platform_app.domain.shared.kinds import NotificationKind
from platform_app.domain.shared.paging import InvalidCursor
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import create_user
from tests.conftest import assert_queries
from tests.factories import NOW, PASSWORD, make_user
from tests.favourites.helpers import rows
from tests.infra.database_servers import wait_until
from workers import schedule


def make_content(
    about: str = "one", *, kind: NotificationKind = IMPORT_FINISHED, text: str = "mugs.csv: 3 new."
) -> NotificationContent:
    return NotificationContent(kind=kind, about=about, text=text, href="/sell/clay-and-co/imports/1")


def texts(session: WriteSession, user_id: UUID) -> list[str]:
    return [each.text for each in queries.of_user(session, user_id=user_id).items]


def test_a_user_is_notified_once_per_event_and_kind(session: WriteSession) -> None:
    user_id = make_user(session).user.id
    for each in (
        make_content(),
        make_content(text="again"),
        make_content(kind=IMPORT_UNDONE, text="2 listings restored."),
    ):
        service.notify(session, user_id=user_id, content=each, now=NOW)
    assert texts(session, user_id) == ["2 listings restored.", "mugs.csv: 3 new."]
    assert queries.unread_count(session, user_id=user_id) == 2
    (newest, _) = queries.of_user(session, user_id=user_id).items
    assert (newest.title, newest.href) == ("Your import was undone", "/sell/clay-and-co/imports/1")
    assert (newest.created_at, newest.read_at) == (NOW, None)


def test_only_a_change_invalidates_the_users_tag(session: WriteSession) -> None:
    user_id = make_user(session).user.id
    service.notify(session, user_id=user_id, content=make_content(), now=NOW)
    service.mark_all_read(session, user_id=user_id, now=NOW)
    for again in (
        lambda: service.notify(session, user_id=user_id, content=make_content(), now=NOW),
        lambda: service.mark_all_read(session, user_id=user_id, now=NOW),
        lambda: service.mark_read(session, user_id=user_id, notification_ids=[uuid4()], now=NOW),
    ):
        assert notifications_tag(user_id) in session.info[db.INVALIDATED_TAGS]
        session.info[db.INVALIDATED_TAGS].clear()
        again()
        assert session.info[db.INVALIDATED_TAGS] == set()
        session.info[db.INVALIDATED_TAGS].add(notifications_tag(user_id))


def test_notifying_a_deleted_user_does_nothing(session: WriteSession) -> None:
    service.notify(session, user_id=uuid4(), content=make_content(), now=NOW)
    assert session.connection().exec_driver_sql("SELECT count(*) FROM notification").scalar() == 0


def test_a_user_marks_some_or_all_of_their_own_notifications_as_read(session: WriteSession) -> None:
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    for user_id in (ada, bob):
        for about in ("one", "two", "three"):
            service.notify(session, user_id=user_id, content=make_content(about), now=NOW)
    own = [each.id for each in queries.of_user(session, user_id=ada).items]
    others = [each.id for each in queries.of_user(session, user_id=bob).items]
    assert service.mark_read(session, user_id=ada, notification_ids=[own[1], *others], now=NOW) == 2
    assert service.mark_read(session, user_id=ada, notification_ids=[], now=NOW) == 2
    assert [each.read_at for each in queries.of_user(session, user_id=ada).items] == [None, NOW, None]
    later = NOW + timedelta(minutes=1)
    assert service.mark_all_read(session, user_id=ada, now=later) == 0
    assert [each.read_at for each in queries.of_user(session, user_id=ada).items] == [later, NOW, later]
    assert queries.unread_counts(session, user_ids=[ada, bob]) == {bob: 3}


def test_a_notification_that_arrives_while_all_are_marked_stays_unread(session: WriteSession) -> None:
    user_id = make_user(session).user.id
    service.notify(session, user_id=user_id, content=make_content("late"), now=NOW + timedelta(seconds=1))
    assert service.mark_all_read(session, user_id=user_id, now=NOW) == 1


def test_counting_stops_at_the_limit_and_long_texts_are_truncated(session: WriteSession) -> None:
    user_id = make_user(session).user.id
    for number in range(rules.UNREAD_LIMIT + 5):
        service.notify(session, user_id=user_id, content=make_content(str(number), text="x" * 500), now=NOW)
    assert queries.unread_count(session, user_id=user_id) == 100
    assert queries.unread_counts(session, user_ids=[user_id]) == {user_id: 100}
    assert texts(session, user_id) == ["x" * 299 + "…"] * 20


def test_notifications_are_listed_page_by_page_newest_first(session: WriteSession) -> None:
    user_id, other = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    for number in range(5):
        service.notify(session, user_id=user_id, content=make_content(str(number), text=str(number)), now=NOW)
    seen, cursor = [], None
    for size in (2, 2, 1):
        page = queries.of_user(session, user_id=user_id, cursor=cursor, limit=2)
        assert len(page.items) == size
        seen += [each.text for each in page.items]
        earlier_cursor, cursor = cursor or page.next_cursor, page.next_cursor
    assert (seen, cursor) == (["4", "3", "2", "1", "0"], None)
    for owner, given in ((other, earlier_cursor), (user_id, "x"), (user_id, "é\x00")):
        with pytest.raises(InvalidCursor):
            queries.of_user(session, user_id=owner, cursor=given, limit=2)


def test_old_read_notifications_are_swept_and_unread_ones_stay(clean: None) -> None:
    user = create_user()
    now = NOW
    with db.writing() as session:
        for about in ("old", "unread"):
            service.notify(
                session, user_id=user.id, content=make_content(about, text=about), now=now - timedelta(days=400)
            )
        (_, old) = queries.of_user(session, user_id=user.id).items
        service.mark_read(session, user_id=user.id, notification_ids=[old.id], now=now - timedelta(days=300))
        service.notify(session, user_id=user.id, content=make_content("read", text="read"), now=now)
        newest = queries.of_user(session, user_id=user.id).items[0]
        service.mark_read(session, user_id=user.id, notification_ids=[newest.id], now=now)
        service.sweep(session, now=now)
    assert sorted(rows("SELECT text FROM notification")) == [("read",), ("unread",)]
    assert schedule.sweep_notifications in schedule.SCHEDULE


def test_notifying_a_user_while_their_account_is_deleted_fails_neither(each_database: str) -> None:
    for number in range(8):
        user, barrier = create_user(email=f"ada-{number}@example.com"), Barrier(2)

        def delete(user_id: UUID = user.id, barrier: Barrier = barrier) -> None:
            barrier.wait()
            with db.writing() as session:
                profile.delete_account(session, user_id=user_id, password=PASSWORD)

        def notify(user_id: UUID = user.id, barrier: Barrier = barrier) -> None:
            barrier.wait()
            for about in range(20):
                with db.writing() as session:
                    service.notify(session, user_id=user_id, content=make_content(str(about)), now=NOW)

        with ThreadPoolExecutor(2) as pool:
            for each in [pool.submit(delete), pool.submit(notify)]:
                each.result()
    assert rows("SELECT * FROM notification") == []


def test_a_notification_of_an_account_that_is_being_deleted_leaves_the_rest_of_its_transaction(
    each_database: str,
) -> None:
    ada, bob = create_user(), create_user(email="bob@example.com")

    def notify_both() -> None:
        with db.writing() as session:
            for user in (bob, ada, bob):
                service.notify(session, user_id=user.id, content=make_content(), now=NOW)

    with ThreadPoolExecutor(1) as pool:
        with db.writing() as session:
            profile.delete_account(session, user_id=ada.id, password=PASSWORD)
            notifying = pool.submit(notify_both)
            wait_until(lambda: rows("SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))
        notifying.result(timeout=60)
    assert rows("SELECT user_id FROM notification") == [(bob.id,)]


def test_concurrent_notifications_of_one_event_make_one_row(clean: None) -> None:
    user, barrier = create_user(), Barrier(6)

    def notify(_: int) -> None:
        barrier.wait()
        with db.writing() as session:
            service.notify(session, user_id=user.id, content=make_content(), now=NOW)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(notify, range(6)))
    assert rows("SELECT user_id FROM notification") == [(user.id,)]


def test_each_hot_path_costs_one_statement(clean: None) -> None:
    user = create_user()
    with assert_queries(db.engine(), 1), db.writing() as session:
        service.notify(session, user_id=user.id, content=make_content(), now=NOW)
    with assert_queries(db.engine(), 1), db.reading() as session:
        queries.unread_count(session, user_id=user.id)
    with assert_queries(db.engine(), 1), db.reading() as session:
        queries.of_user(session, user_id=user.id)
