"""Reports over REST."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.reports import queries
from platform_app.domain.reports.schemas import ReceivedReport
from platform_app.infra import db, limits
from platform_app.infra.limits import WRITES
from platform_app.rest.reports import REPORTS_PER_NETWORK, REPORTS_PER_USER
from tests.accounts.helpers import browsers, signed_in
from tests.conftest import assert_queries
from tests.factories import make_listing

ALL = "/api/v1/reports"
MUG = {"shop": "clay-and-co", "listing": "stoneware-mug", "reason": "counterfeit", "text": "A copy."}


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """A browser without a session, and a listing."""
    with db.writing() as session:
        make_listing(session, indexed=False)
    with browsers() as (one,):
        yield one


def stored() -> list[tuple[str, str, str]]:
    with db.reading() as session:
        found: tuple[ReceivedReport, ...] = queries.open_reports(session, limit=10)
        return [(each.reason.value, each.text, each.email) for each in found]


def test_a_visitor_reports_a_listing_once(browser: TestClient) -> None:
    answer = browser.post(ALL, json=MUG)
    assert answer.status_code == 201
    body = answer.json()
    assert body.keys() == {"id", "listing_title", "reason", "text", "created_at", "closed_at"}
    assert (body["listing_title"], body["reason"], body["text"], body["closed_at"]) == (
        "Stoneware mug", "counterfeit", "A copy.", None,
    )  # fmt: skip
    again = browser.post(ALL, json=MUG)
    assert (again.status_code, again.json()["code"]) == (409, "already_reported")
    assert again.json()["detail"] == "We already have your report of this listing."
    assert stored() == [("counterfeit", "A copy.", "")]


def test_a_users_report_is_in_their_export(browser: TestClient) -> None:
    signed_in(browser)
    answer = browser.post(ALL, json=MUG)
    assert (answer.status_code, answer.headers["cache-control"]) == (201, "no-store")
    assert browser.get("/api/v1/account/export").json()["reports"] == [answer.json()]
    assert stored() == [("counterfeit", "A copy.", "ada@example.com")]


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"listing": "nothing"}, 404, "listing_not_found"),
        ({"shop": "nobody"}, 404, "listing_not_found"),
        ({"shop": "x" * 5000}, 404, "listing_not_found"),
        ({"reason": "boring"}, 422, "invalid_report"),
        ({"reason": "other", "text": ""}, 422, "invalid_report"),
        ({"text": "\u0000"}, 422, "invalid_report"),
        ({"text": ["a"]}, 422, "invalid"),
    ],
)
def test_what_makes_no_sense_is_refused(browser: TestClient, change: dict[str, object], status: int, code: str) -> None:
    answer = browser.post(ALL, json={**MUG, **change})
    assert (answer.status_code, answer.json()["code"], stored()) == (status, code, [])


def test_problems_are_reported_beside_their_fields(browser: TestClient) -> None:
    assert browser.post(ALL, json={**MUG, "reason": ""}).json()["fields"] == {"reason": "Choose a reason."}


def test_a_page_of_another_site_cannot_report(browser: TestClient) -> None:
    answer = browser.post(ALL, json=MUG, headers={"origin": "https://evil.example"})
    assert (answer.status_code, answer.json()["code"], stored()) == (403, "foreign_origin", [])


def test_the_reports_of_a_network_are_limited_before_any_statement(browser: TestClient) -> None:
    for _ in range(REPORTS_PER_NETWORK.amount):
        assert browser.post(ALL, json={**MUG, "reason": ""}).status_code == 422
    with assert_queries(db.engine(), 0):
        answer = browser.post(ALL, json=MUG)
    assert (answer.status_code, answer.json()["code"]) == (429, "rate_limited")
    assert int(answer.headers["retry-after"]) > 0
    signed_in(browser)
    assert browser.post(ALL, json=MUG).status_code == 201


@pytest.mark.parametrize("limit", [WRITES, REPORTS_PER_USER])
def test_the_reports_of_a_user_are_limited(browser: TestClient, limit: limits.Limit) -> None:
    user = signed_in(browser)
    for _ in range(limit.amount):
        assert limits.hit((limit, str(user.id))) == 0
    answer = browser.post(ALL, json=MUG)
    assert (answer.status_code, answer.json()["code"], stored()) == (429, "rate_limited", [])
