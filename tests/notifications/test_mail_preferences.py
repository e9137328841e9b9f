"""Turning kinds of mail on and off, and what becomes of the preferences of the release before."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from threading import Barrier
from uuid import UUID

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain import nouns
from platform_app.domain.accounts.service import profile
from platform_app.domain.accounts.tags import user_tag
from platform_app.domain.favourites.rules import PRICE_DROP_MAIL
from platform_app.domain.following.rules import NEW_LISTINGS_MAIL
from platform_app.domain.notifications import queries, rules, service
from platform_app.domain.notifications.errors import UnknownMailKind
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.kinds import MailKind
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import create_user, signed_in
from tests.factories import NOW, PASSWORD, make_user
from workers import schedule

URL = "/api/v1/notifications/mail"
SURVEY_MAIL = MailKind("surveys", label="Ask me", description="Rarely.", is_wanted_by_default=False)


def stored(session: WriteSession) -> Sequence[tuple[object, ...]]:
    rows = session.execute(text("SELECT user_id, kind, is_wanted, sent_at, due_at FROM mail_preference ORDER BY kind"))
    return [tuple(row) for row in rows]


def test_each_kind_is_turned_off_and_on_by_itself_and_for_oneself(session: WriteSession) -> None:
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    everything = dict.fromkeys(rules.mail_kinds(), True)
    assert queries.mail_preferences(session, user_id=ada) == everything
    for is_wanted in (False, True):
        changed = {**everything, "price_drops": is_wanted}
        assert service.set_mail_preferences(session, user_id=ada, is_wanted={"price_drops": is_wanted}) == changed
        assert queries.mail_preferences(session, user_id=ada) == changed
        assert queries.wants_mail(session, user_id=ada, kind=PRICE_DROP_MAIL) is is_wanted
        assert queries.wants_mail(session, user_id=ada, kind=NEW_LISTINGS_MAIL) is True
        assert queries.mail_preferences(session, user_id=bob) == everything
    assert user_tag(ada) in session.info[db.INVALIDATED_TAGS]


def test_an_unknown_kind_is_refused_with_the_known_ones_and_nothing_is_changed(session: WriteSession) -> None:
    ada = make_user(session).user.id
    with pytest.raises(UnknownMailKind) as refusal:
        service.set_mail_preferences(session, user_id=ada, is_wanted={"price_drops": False, "weather": True})
    assert str(refusal.value) == f"Unknown kind of mail. Choose from {', '.join(sorted(rules.mail_kinds()))}."
    assert {"new_listings", "price_drops"} <= rules.mail_kinds().keys()
    assert stored(session) == []


def test_a_kind_may_be_off_until_it_is_chosen(session: WriteSession, monkeypatch: pytest.MonkeyPatch) -> None:
    kinds = {**nouns.declared(MailKind), "surveys": SURVEY_MAIL}
    monkeypatch.setattr(rules, "mail_kinds", lambda: kinds)
    ada = make_user(session).user.id
    assert queries.wants_mail(session, user_id=ada, kind=SURVEY_MAIL) is False
    row = service.lock_mail_preference(session, user_id=ada, kind=SURVEY_MAIL)
    assert SURVEY_MAIL.is_wanted(row.is_wanted) is False
    service.set_mail_preferences(session, user_id=ada, is_wanted={"surveys": True})
    assert queries.wants_mail(session, user_id=ada, kind=SURVEY_MAIL) is True


def test_the_database_accepts_every_declared_kind(session: WriteSession) -> None:
    ada = make_user(session).user.id
    for kind in rules.mail_kinds().values():
        service.lock_mail_preference(session, user_id=ada, kind=kind)
    assert stored(session) == [(ada, name, None, None, None) for name in sorted(rules.mail_kinds())]


def test_jobs_at_the_same_time_decide_one_after_the_other(clean: None) -> None:
    user_id, barrier = create_user().id, Barrier(4)

    def send(_: int) -> bool:
        barrier.wait()
        with db.writing() as session:
            preference = service.lock_mail_preference(session, user_id=user_id, kind=PRICE_DROP_MAIL)
            is_first = preference.sent_at is None
            preference.sent_at = NOW
            session.add(preference)
            return is_first

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(send, range(4))) == [False, False, False, True]


def test_a_deleted_account_has_no_preferences(clean: None) -> None:
    user_id = create_user().id
    with db.writing() as session:
        service.set_mail_preferences(session, user_id=user_id, is_wanted={"price_drops": False})
        assert queries.export_data(session, user_id=user_id) == {
            "notifications": [],
            "mail_preferences": [{"kind": "price_drops", "is_wanted": False, "sent_at": None, "due_at": None}],
        }
    with db.writing() as session:
        profile.delete_account(session, user_id=user_id, password=PASSWORD)
        assert stored(session) == []
    with pytest.raises(Unauthenticated), db.writing() as session:
        service.set_mail_preferences(session, user_id=user_id, is_wanted={"price_drops": False})


def test_preferences_over_rest(browser: TestClient) -> None:
    for method in ("GET", "PATCH"):
        answer = browser.request(method, URL, json={} if method == "PATCH" else None)
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    signed_in(browser)
    everything = dict.fromkeys(rules.mail_kinds(), True)
    assert browser.get(URL).json() == browser.patch(URL, json={}).json() == everything
    changed = {**everything, "new_listings": False}
    assert browser.patch(URL, json={"new_listings": False}).json() == changed
    for body, code in (
        ({"weather": True}, "unknown_mail_kind"),
        ({"new_listings": "loud"}, "invalid"),
        ([], "invalid"),
    ):
        refused = browser.patch(URL, json=body)
        assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert browser.get(URL).json() == changed


def set_former(session: WriteSession, table: str, user_id: UUID, *, is_wanted: bool) -> None:
    """Store a choice as the release before does."""
    statement = f"INSERT INTO {table} (user_id, is_wanted) VALUES (:user_id, :is_wanted)"
    session.execute(text(statement), {"user_id": user_id, "is_wanted": is_wanted})


def test_what_was_turned_off_in_a_process_of_the_release_before_is_off(session: WriteSession) -> None:
    ada, bob, cleo = (make_user(session, email=f"{name}@example.com").user.id for name in ("ada", "bob", "cleo"))
    for user_id in (ada, bob):
        set_former(session, "favourite_mail", user_id, is_wanted=False)
    set_former(session, "following_mail", ada, is_wanted=True)
    set_former(session, "following_mail", cleo, is_wanted=False)
    service.set_mail_preferences(session, user_id=bob, is_wanted={"price_drops": True})  # the last choice counts
    service.lock_mail_preference(session, user_id=cleo, kind=NEW_LISTINGS_MAIL)  # no choice
    session.info[db.INVALIDATED_TAGS].clear()
    for _ in range(2):
        service.take_over_opt_outs(session)
    off = {(row[0], row[1]) for row in stored(session) if row[2] is False}
    assert off == {(ada, "price_drops"), (cleo, "new_listings")}
    assert queries.wants_mail(session, user_id=bob, kind=PRICE_DROP_MAIL) is True
    assert session.info[db.INVALIDATED_TAGS] == {user_tag(ada), user_tag(cleo)}
    assert schedule.take_over_opt_outs in schedule.SCHEDULE


def test_the_migration_copies_choices_and_times(session: WriteSession) -> None:
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    former = """
        INSERT INTO favourite_mail (user_id, is_wanted, told_at) VALUES (:ada, false, :now), (:bob, true, NULL);
        INSERT INTO following_mail (user_id, is_wanted, sent_at, due_at) VALUES (:ada, true, NULL, :now);
        DROP TABLE mail_preference"""
    for statement in former.split(";"):
        session.execute(text(statement), {"ada": ada, "bob": bob, "now": NOW})
    migration = import_module("platform_app.migrations.versions.2026_11_30_1602-notifications-mail_preferences")
    with Operations.context(MigrationContext.configure(session.connection())):
        migration.upgrade()
    assert set(stored(session)) == {
        (ada, "price_drops", False, NOW, None),
        (bob, "price_drops", None, None, None),
        (ada, "new_listings", None, None, NOW),
    }
