"""What security leaves behind: a line of the log for each event, with who and from where, and never an address."""

import logging
import re
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs
from typer.testing import CliRunner

from platform_app.cli import shops, users
from platform_app.infra import db, log
from platform_app.rest import app as rest
from platform_app.rest import security_events
from platform_app.rest.accounts.mailbox_keys import email_limit_key
from tests.accounts.helpers import ADA, browsers, create_user, sign_in, signed_in
from tests.factories import PASSWORD, make_owner, make_shop
from tests.imports.helpers import take_jobs
from tests.isolation import test_routes as isolation

# Writes that change nothing about who may do what.
OF_THE_ACCOUNT_BUT_HARMLESS = {
    "PATCH /api/v1/account",  # the name
    "POST /api/v1/account/addresses",
    "PATCH /api/v1/account/addresses/{address_id}",
    "DELETE /api/v1/account/addresses/{address_id}",
}


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    with browsers() as (one,):
        yield one


def events(lines: list[dict[str, str]]) -> list[tuple[str, str, str, str]]:
    return [
        (each["event.action"], each["event.category"], each["event.outcome"], each.get("event.reason", ""))
        for each in lines
        if each["event"] == "security event"
    ]


def test_good_and_bad_sign_ins_are_logged_without_an_address(browser: TestClient) -> None:
    user = create_user()
    with capture_logs() as lines:
        sign_in(browser, password="wrong")
        sign_in(browser)
        browser.get("/api/v1/account/export")
        browser.post("/auth/sign-out")
    assert events(lines) == [
        ("sign-in", "authentication", "failure", "wrong_credentials"),
        ("sign-in", "authentication", "success", ""),
        ("account-export", "database", "success", ""),
        ("sign-out", "authentication", "success", ""),
    ]
    assert [each.get("user.hash") for each in lines] == [email_limit_key(ADA["email"])] * 2 + [None] * 2
    assert (lines[2]["user.id"], {each["source.ip"] for each in lines}) == (str(user.id), {"testclient"})
    assert ADA["email"] not in str(lines)
    assert PASSWORD not in str(lines)


def test_two_factor_limits_shops_and_exports_are_logged(browser: TestClient) -> None:
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session))
    signed_in(browser, email="bob@example.com")
    with capture_logs() as lines:
        browser.post("/auth/totp/begin", json={"password": PASSWORD})
        browser.post("/auth/totp/confirm", json={"code": "000000"})
        browser.patch("/api/v1/shops/clay-and-co", json={"name": "Mine"})
        browser.get("/api/v1/shops/clay-and-co/export.csv")
        answers = [browser.patch("/api/v1/account", json={"name": "Bob"}).status_code for _ in range(121)]
    assert owner.user.email != "bob@example.com"
    assert 429 in answers
    found = events(lines)
    assert found[:2] == [("two-factor-setup", "iam", "success", ""), ("two-factor-on", "iam", "failure", "wrong_code")]
    assert [each[:3] for each in found[2:4]] == [
        ("shop-change", "iam", "failure"),
        ("listings-export", "database", "failure"),
    ]
    assert set(found[4:]) == {("limit", "intrusion_detection", "failure", "rate_limited")}
    assert lines[2]["shop"] == "clay-and-co"


def test_a_missing_permission_is_logged_on_any_route(browser: TestClient) -> None:
    signed_in(browser)
    with capture_logs() as lines:
        browser.patch("/api/v1/account", json={"name": "Eve"}, headers={"origin": "https://evil.example"})
    assert events(lines) == [("authorisation", "intrusion_detection", "failure", "foreign_origin")]


def test_another_site_starts_no_export(browser: TestClient) -> None:
    signed_in(browser)
    url = "/api/v1/account/export"
    assert [
        browser.get(url, headers={"sec-fetch-site": site}).status_code for site in ("cross-site", "same-origin", "none")
    ] == [403, 200, 200]
    assert browser.get(url).status_code == 200


def test_what_an_operator_does_to_a_shop_is_logged(clean: None) -> None:
    user = create_user()
    with db.writing() as session:
        shop = make_shop(session)
    for command in (["add-owner", shop.slug, user.email], ["quota", shop.slug, "--rows-per-day", "5000"]):
        assert CliRunner().invoke(shops.app, ["shop", *command]).exit_code == 0
    with capture_logs() as lines:
        for job in take_jobs("shops"):
            job.perform()
    assert events(lines) == [("owner-addition", "iam", "success", ""), ("quota-change", "iam", "success", "")]
    assert [each.get("user.id") for each in lines] == [str(user.id), None]
    assert {each["shop"] for each in lines} == {str(shop.id)}
    assert all("@" in each["by"] for each in lines)


def test_what_an_operator_does_to_a_user_is_logged(clean: None) -> None:
    user = create_user()
    runner = CliRunner()
    for command in (["promote", user.email, "--role", "admin"], ["ban", user.email], ["unban", user.email]):
        assert runner.invoke(users.app, ["user", *command]).exit_code == 0
    with capture_logs() as lines:
        for job in take_jobs("accounts"):
            job.perform()
    assert events(lines) == [
        ("role-change-admin", "iam", "success", ""),
        ("ban", "iam", "success", ""),
        ("unban", "iam", "success", ""),
    ]
    assert {each["user.id"] for each in lines} == {str(user.id)}
    assert all("@" in each["by"] for each in lines)


def test_every_change_of_an_account_or_a_shops_staff_is_audited() -> None:
    routes = {name for name, _, _ in isolation.routes(rest.build())}
    assert set(security_events.AUDITED) <= routes
    sensitive = {
        name
        for name in routes
        if re.match(r"(POST|PUT|PATCH|DELETE) (/auth/\w|/api/v1/account|.*/(members|invitations))", name)
    }
    assert sensitive - set(security_events.AUDITED) == OF_THE_ACCOUNT_BUT_HARMLESS


def test_a_flood_of_one_event_does_not_hide_another() -> None:
    limiter = log._RateLimitFilter()

    def passes(action: str, outcome: str) -> bool:
        fields = {"event": "security event", "event.action": action, "event.outcome": outcome}
        return limiter.filter(logging.LogRecord("x", logging.INFO, "same.py", 1, fields, None, None))

    assert sum(passes("sign-in", "failure") for _ in range(1000)) < 200
    assert passes("sign-in", "success")
    assert passes("email-change", "success")
