"""Reporting listings, and closing reports."""

from datetime import timedelta
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import text

from platform_app.domain.accounts.service import profile
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.reports import queries, rules, service
from platform_app.domain.reports.errors import AlreadyReported, InvalidReport, ReportNotFound
from platform_app.domain.reports.rules import Reason
from platform_app.domain.reports.schemas import ReceivedReport, Report
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import new_id
from platform_app.infra import db
from platform_app.infra.db import ReadSession, WriteSession
from tests.factories import NOW, PASSWORD, make_listing, make_shop, make_user
from tests.reports.factories import KEY, make_report


def open_reports(session: ReadSession) -> tuple[ReceivedReport, ...]:
    return queries.open_reports(session, limit=rules.MAX_LISTED)


def test_the_operator_reads_who_reports_what_oldest_first(session: WriteSession) -> None:
    listing, ada = make_listing(session, indexed=False), make_user(session).user
    first = make_report(session, listing=listing, user_id=ada.id, reason="other", text=" A fake.\r\nSee the logo. ")
    second = make_report(session, listing=listing, reason="prohibited")
    assert first == Report(
        id=first.id, listing_title="Stoneware mug", reason=Reason.OTHER, text="A fake.\nSee the logo.", created_at=NOW
    )
    path = "/shops/clay-and-co/stoneware-mug"
    assert open_reports(session) == (
        ReceivedReport(**first.model_dump(), path=path, email="ada@example.com"),
        ReceivedReport(**second.model_dump(), path=path, email=""),
    )
    assert queries.open_reports(session, limit=1) == open_reports(session)[:1]


def test_a_person_has_one_open_report_of_a_listing(session: WriteSession) -> None:
    shop = make_shop(session)
    mug = make_listing(session, shop=shop, indexed=False)
    bowl = make_listing(session, shop=shop, indexed=False, key="bowl", title="Bowl")
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    people: list[dict[str, Any]] = [
        {"user_id": ada},
        {"user_id": bob},
        {"network": "192.0.2.7"},
        {"network": "192.0.2.8"},
    ]
    for person in people:
        make_report(session, listing=mug, **person)
        with pytest.raises(AlreadyReported):
            make_report(session, listing=mug, reason="offensive", **person)
        make_report(session, listing=bowl, **person)
    assert [each.reason for each in open_reports(session)] == [Reason.SCAM] * 8


def test_of_a_visitors_reports_on_two_days_nobody_can_tell_that_they_are_of_one_person(session: WriteSession) -> None:
    listing = make_listing(session, indexed=False)
    make_report(session, listing=listing)
    make_report(session, listing=listing, now=NOW + timedelta(days=1))
    stored = session.execute(text("SELECT reporter FROM listing_report")).scalars().all()
    assert len(set(stored)) == 2
    assert all(len(each) == 24 and "192" not in each for each in stored)
    other_key = rules.reporter(None, network="192.0.2.7", day=NOW.date(), key=KEY * 2)
    assert other_key not in stored


def test_a_closed_report_is_not_listed_and_the_listing_can_be_reported_again(session: WriteSession) -> None:
    listing, ada = make_listing(session, indexed=False), make_user(session).user.id
    first = make_report(session, listing=listing, user_id=ada)
    service.close(session, report_id=first.id, now=NOW)
    assert open_reports(session) == ()
    second = make_report(session, listing=listing, user_id=ada)
    assert [each.id for each in open_reports(session)] == [second.id]
    assert [(each.id, each.closed_at) for each in queries.of_user(session, user_id=ada)] == [
        (second.id, None), (first.id, NOW),
    ]  # fmt: skip
    for unknown in (first.id, new_id()):
        with pytest.raises(ReportNotFound):
            service.close(session, report_id=unknown, now=NOW + timedelta(days=1))
    assert queries.of_user(session, user_id=ada)[1].closed_at == NOW


@pytest.mark.parametrize(
    ("reason", "written", "fields"),
    [
        ("", "", {"reason": "Choose a reason."}),
        ("SCAM", "", {"reason": "Choose a reason."}),
        ("other", " \n ", {"text": "Tell us what is wrong."}),
        ("scam", "x" * 2001, {"text": "Use at most 2,000 characters; this has 2,001."}),
        ("scam", "a\x00b", {"text": "This contains a character that can't be displayed."}),
        ("", "\ud800", {"reason": "Choose a reason.", "text": "This contains a character that can't be displayed."}),
    ],
)
def test_an_invalid_report_names_each_problem_and_stores_nothing(
    session: WriteSession, reason: str, written: str, fields: dict[str, str]
) -> None:
    listing = make_listing(session, indexed=False)
    with pytest.raises(InvalidReport) as refusal:
        make_report(session, listing=listing, reason=reason, text=written)
    assert (refusal.value.fields, open_reports(session)) == (fields, ())


@pytest.mark.parametrize("status", ["draft", "archived"])
def test_only_a_published_listing_can_be_reported(session: WriteSession, status: str) -> None:
    listing = make_listing(session, indexed=False, status=status)
    for wrong in ({}, {"shop_slug": "nobody"}, {"slug": "nothing"}, {"shop_slug": "a\x00", "slug": ""}):
        with pytest.raises(ListingNotFound):
            make_report(session, listing=listing.model_copy(update=wrong))
    assert open_reports(session) == ()


def test_the_report_of_a_user_is_exported_and_deleted_with_the_account(session: WriteSession) -> None:
    listing, ada = make_listing(session, indexed=False), make_user(session).user.id
    made = make_report(session, listing=listing, user_id=ada, text="A fake.")
    visitors = make_report(session, listing=listing)
    assert queries.export_data(session, user_id=ada) == [made.model_dump(mode="json")]
    profile.delete_account(session, user_id=ada, password=PASSWORD)
    session.expire_all()
    assert [each.id for each in open_reports(session)] == [visitors.id]


def test_a_user_whose_account_is_gone_reports_nothing(session: WriteSession) -> None:
    listing = make_listing(session, indexed=False)
    with pytest.raises(Unauthenticated), session.begin_nested():
        make_report(session, listing=listing, user_id=new_id())
    assert open_reports(session) == ()


@pytest.mark.usefixtures("clean")
def test_of_two_reports_at_once_one_is_stored() -> None:
    with db.writing() as session:
        listing: Listing = make_listing(session, indexed=False)
    start, refused = Barrier(2), []

    def send() -> None:
        start.wait()
        try:
            with db.writing() as session:
                make_report(session, listing=listing)
        except AlreadyReported as error:
            refused.append(error)

    threads = [Thread(target=send) for _ in range(2)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    with db.reading() as session:
        assert (len(refused), len(open_reports(session))) == (1, 1)
