"""Sign-in and sign-out over REST: cookies, refusals, rate limits, and requests from pages of other sites."""

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from platform_app.domain.accounts import rules, service
from platform_app.domain.accounts.errors import WrongCredentials
from platform_app.domain.accounts.service import passwords, profile
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import best_effort, db, invalidation
from platform_app.infra.settings import settings
from platform_app.rest.accounts import auth_common
from tests.accounts.helpers import create_user, is_signed_in, run_jobs, session_count, sign_in, signed_in
from tests.accounts.test_sign_up import record_hash_calls
from tests.conftest import assert_queries
from tests.factories import PASSWORD

WRONG = {
    "type": "about:blank",
    "title": "The e-mail address or password is wrong.",
    "status": 401,
    "code": "wrong_credentials",
    "detail": "The e-mail address or password is wrong.",
}


def test_the_session_cookie_is_http_only_and_same_site(browser: TestClient) -> None:
    create_user()
    answer = sign_in(browser)
    assert (answer.json(), answer.headers["cache-control"]) == ({"next": "/"}, "no-store")
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("plaza_session=")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=lax"]
    token = browser.cookies["plaza_session"]
    assert rules.is_well_formed_token(token)
    assert token not in answer.text


def test_behind_tls_the_cookie_is_bound_to_the_host(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    create_user()
    monkeypatch.setenv("PLAZA_PUBLIC_URL", "https://plaza.example")
    settings.cache_clear()
    try:
        answer = sign_in(browser)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    name, *attributes = answer.headers["set-cookie"].split("; ")
    assert name.startswith("__Host-plaza_session=")
    assert sorted(attributes) == ["HttpOnly", "Max-Age=34560000", "Path=/", "SameSite=lax", "Secure"]


def test_unknown_and_known_emails_are_refused_alike_after_equally_many_hashes(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_user()
    seen = record_hash_calls(monkeypatch)
    known = sign_in(browser, password="not-the-password")
    on_known = seen.copy()
    seen.clear()
    unknown = sign_in(browser, email="nobody@example.com", password="not-the-password")
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (401, WRONG)
    assert sorted(known.headers) == sorted(unknown.headers)
    assert on_known == seen == ["verify"]
    assert session_count() == 0


def test_a_reset_request_reveals_nothing_and_mails_the_owner_only(browser: TestClient) -> None:
    create_user()
    answers = [browser.post("/auth/forgot", json={"email": email}) for email in ("ada@example.com", "bob@example.com")]
    assert [(one.status_code, one.json()) for one in answers] == [
        (202, {"next": "/check-mail#email=ada%40example.com&kind=reset"}),
        (202, {"next": "/check-mail#email=bob%40example.com&kind=reset"}),
    ]
    assert [(letter.to, letter.subject) for letter in run_jobs()] == [("ada@example.com", "Choose a new password")]


@pytest.mark.parametrize("password", ["\x00", "x" * 10_000, "🧶" * 40, "كلمة السر", "", "\u202e"])
def test_any_password_is_refused_without_an_error(browser: TestClient, password: str) -> None:
    create_user()
    assert sign_in(browser, password=password).json() == WRONG


@pytest.mark.parametrize("email", ["\x00", "x" * 10_000, "🧶", "مثال@example.com", "", "ada@example.com\x00", "%"])
def test_any_email_is_refused_without_an_error(browser: TestClient, email: str) -> None:
    create_user()
    assert sign_in(browser, email=email).json() == WRONG


def test_a_ban_ends_all_sessions_and_shows_only_after_the_right_password(browser: TestClient) -> None:
    signed_in(browser)
    with db.writing() as session:
        profile.ban(session, email="ada@example.com", now=utc_now())
    assert (is_signed_in(browser), session_count()) == (False, 0)
    assert sign_in(browser, password="not-the-password").json() == WRONG
    refused = sign_in(browser)
    assert (refused.status_code, refused.json()["code"], session_count()) == (403, "banned", 0)
    with db.writing() as session:
        profile.unban(session, email="ada@example.com")
    assert (sign_in(browser).status_code, session_count()) == (200, 1)


def test_a_request_from_a_page_of_another_site_changes_nothing(browser: TestClient) -> None:
    signed_in(browser)
    for headers in (
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://testserver.evil.example"},
        {"origin": "https://testserver"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ):
        refused = browser.post("/auth/sign-out", headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (403, "foreign_origin"), headers
        assert browser.delete("/api/v1/account/sessions", headers=headers).status_code == 403
        assert browser.patch("/api/v1/account", json={"name": "Eve"}, headers=headers).status_code == 403
    assert browser.get("/api/v1/account").json()["name"] == "Ada"
    for headers in ({"origin": "http://testserver"}, {"origin": settings().public_url}, {"sec-fetch-site": "none"}, {}):
        assert browser.patch("/api/v1/account", json={"name": "Ada L"}, headers=headers).status_code == 200


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain", "multipart/form-data", ""])
def test_a_form_cannot_sign_in(browser: TestClient, kind: str) -> None:
    create_user()
    body = b'{"email": "ada@example.com", "password": "walnut-harbour-lantern"}'
    refused = browser.post("/auth/sign-in", content=body, headers={"content-type": kind})
    assert (refused.status_code, refused.json()["code"], session_count()) == (422, "json_only", 0)


def test_a_body_that_is_too_large_or_is_no_object_is_refused(browser: TestClient) -> None:
    create_user()
    assert sign_in(browser, password="x" * 70_000).json()["code"] == "json_only"
    for body in (b"[]", b"3", b"{", b"\xff", b'{"email": {"$ne": ""}}', b'{"email": "\\ud800", "password": "x"}'):
        refused = browser.post("/auth/sign-in", content=body, headers={"content-type": "application/json"})
        assert refused.status_code in (400, 401, 422), body
        assert refused.headers["content-type"] == "application/problem+json"
        clear_limits()
    assert session_count() == 0


def clear_limits() -> None:
    invalidation.work_redis().flushall()


@pytest.mark.parametrize(
    ("wanted", "given_path"),
    [
        ("/account/security?x=1#y", "/account/security?x=1#y"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        ("https://evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("account", "/"),
        ("", "/"),
        (None, "/"),
        ("/" + "x" * 3000, "/"),
    ],
)
def test_signing_in_redirects_to_a_local_path_only(browser: TestClient, wanted: str | None, given_path: str) -> None:
    create_user()
    assert sign_in(browser, next=wanted).json() == {"next": given_path}


@given(st.text(alphabet=st.sampled_from("/\\.:@?# \t\r\nae%2fж\x00"), max_size=12))
def test_local_path_never_returns_a_foreign_url(wanted: str) -> None:
    path = auth_common.local_path(wanted)
    browsers_view = "".join(letter for letter in path if letter not in "\t\r\n").replace("\\", "/")
    assert browsers_view.startswith("/")
    assert not browsers_view.startswith("//")


def test_signing_out_ends_the_session_and_removes_the_cookie(browser: TestClient) -> None:
    signed_in(browser)
    token = browser.cookies["plaza_session"]
    assert is_signed_in(browser)
    answer = browser.post("/auth/sign-out")
    assert (answer.status_code, answer.json(), browser.cookies.get("plaza_session")) == (200, {"next": "/"}, None)
    browser.cookies.set("plaza_session", token)
    assert (is_signed_in(browser), session_count()) == (False, 0)
    assert browser.post("/auth/sign-out").status_code == 200


@pytest.mark.parametrize("cookie", ["", "x", "x" * 43, "x" * 5000, "é" * 43])
def test_an_invalid_cookie_is_unauthenticated(browser: TestClient, cookie: str) -> None:
    create_user()
    answer = browser.get("/api/v1/account", headers={"cookie": f"plaza_session={cookie}".encode()})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


def test_identifying_a_known_session_costs_no_query(browser: TestClient) -> None:
    signed_in(browser)
    assert is_signed_in(browser)
    with assert_queries(db.engine(), 2):
        assert is_signed_in(browser)  # the two queries are those of the account itself


def test_no_concurrent_sign_in_survives_a_password_change(clean: None) -> None:
    user = create_user()
    with db.writing() as session:
        current = service.sign_in(
            session, email=user.email, password=PASSWORD, code=None, now=utc_now(), user_agent="", ip=""
        )
    barrier = Barrier(3)

    def open_one(_: int) -> None:
        barrier.wait()
        with db.writing() as session:
            try:
                service.sign_in(
                    session, email=user.email, password=PASSWORD, code=None, now=utc_now(), user_agent="", ip=""
                )
            except WrongCredentials:
                return

    def change(_: int) -> None:
        barrier.wait()
        with db.writing() as session:
            passwords.change_password(
                session,
                user_id=user.id,
                current=PASSWORD,
                new="a-new-lantern-walnut",
                code="",
                kept_digest=rules.digest(current.token),
                now=utc_now(),
            )

    with ThreadPoolExecutor(3) as pool:
        for done in [pool.submit(open_one, 0), pool.submit(open_one, 1), pool.submit(change, 0)]:
            done.result()
    assert session_count() == 1


def test_signing_in_logs_no_secret(browser: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    create_user()
    sign_in(browser, password="not-the-password")
    sign_in(browser)
    token = browser.cookies["plaza_session"]
    assert [word for word in (token, PASSWORD, "not-the-password") if word in caplog.text] == []


def test_a_request_extends_a_session_that_was_idle_for_an_hour(browser: TestClient) -> None:
    signed_in(browser)
    with db.writing() as session:
        session.execute(
            text(
                "UPDATE user_session SET seen_at = seen_at - interval '2 hours', expires_at = now() + interval '1 day'"
            )
        )
    best_effort._recent_keys.clear()
    assert is_signed_in(browser)
    for _ in range(400):
        with db.reading() as session:
            found = session.execute(text("SELECT seen_at, expires_at FROM user_session")).one()
        if utc_now() - found.seen_at < timedelta(minutes=1):
            break
        time.sleep(0.05)
    assert found.expires_at - found.seen_at == rules.SESSION_LIFETIME


def test_a_cached_session_ends_when_it_expires(browser: TestClient) -> None:
    signed_in(browser)
    with db.writing() as session:
        session.execute(text("UPDATE user_session SET expires_at = now() + interval '5 seconds'"))
    assert is_signed_in(browser)
    for _ in range(400):
        if not is_signed_in(browser):
            break
        time.sleep(0.05)
    assert browser.get("/api/v1/account").json()["code"] == "unauthenticated"
