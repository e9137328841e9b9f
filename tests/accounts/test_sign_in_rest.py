"""Sign-in and sign-out over REST: cookies, refusals, rate limits, and requests from pages of other sites."""

import logging
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text
from starlette.requests import Request

from platform_app.domain.accounts import queries, rules, service
from platform_app.domain.accounts.errors import WrongCredentials
from platform_app.domain.accounts.service import passwords, profile
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import best_effort, db, invalidation, limits
from platform_app.infra.limits import Limit
from platform_app.infra.settings import settings
from platform_app.rest.accounts import auth_common, mailbox_limits
from platform_app.rest.dependencies import client_network
from tests.accounts.helpers import ADA, create_user, is_signed_in, run_jobs, sign_in, signed_in
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


def session_count() -> int:
    with db.reading() as session:
        user = queries.user_by_email(session, email="ada@example.com")
        return len(queries.sessions(session, user_id=user.id))


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


@pytest.fixture
def forwarded(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The app behind a proxy, so that a test can come from any IP."""
    monkeypatch.setenv("PLAZA_TRUSTED_PROXY_HOPS", "1")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.usefixtures("forwarded")
def test_wrong_passwords_from_elsewhere_lock_nobody_out(pair: tuple[TestClient, TestClient]) -> None:
    owner, attacker = pair
    owner.headers["x-forwarded-for"] = "198.51.100.7"
    signed_in(owner)
    owner.post("/auth/sign-out")
    for network in range(3):
        attacker.headers["x-forwarded-for"] = f"2001:db8:0:{network}::{network}"
        assert [sign_in(attacker, password="wrong").status_code for _ in range(6)] == [401] * 5 + [429]
    assert sign_in(owner).status_code == 200
    owner.headers["x-forwarded-for"] = "203.0.113.80"  # a new network of the owner
    assert sign_in(owner).status_code == 200


@pytest.mark.usefixtures("forwarded")
def test_a_known_device_signs_in_and_resets_while_a_mailbox_is_under_attack(
    pair: tuple[TestClient, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner, attacker = pair
    monkeypatch.setattr(mailbox_limits, "SIGN_INS_FROM_ALL", Limit("few-sign-ins", amount=6, seconds=60))
    monkeypatch.setattr(mailbox_limits, "MAILS_FROM_ALL", Limit("few-mails", amount=6, seconds=60))
    owner.headers |= {"x-forwarded-for": "198.51.100.7", "user-agent": "Firefox/140.0 Linux"}
    signed_in(owner)
    for network in range(10):
        attacker.headers["x-forwarded-for"] = f"203.0.113.{network}"
        last = (sign_in(attacker, password="wrong"), attacker.post("/auth/forgot", json={"email": "ada@example.com"}))
    assert [each.status_code for each in last] == [429, 429]
    assert sign_in(owner).status_code == 200
    assert owner.post("/auth/forgot", json={"email": "ada@example.com"}).status_code == 202
    owner.headers["user-agent"] = "another browser"
    assert sign_in(owner).status_code == 429


def test_sign_ins_to_one_account_from_one_network_are_limited(browser: TestClient) -> None:
    create_user()
    answers = [sign_in(browser, email=" ADA@example.com", password="wrong") for _ in range(6)]
    assert [one.status_code for one in answers] == [401] * 5 + [429]
    assert answers[-1].json()["code"] == "rate_limited"
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert (sign_in(browser).status_code, session_count()) == (429, 0)
    assert sign_in(browser, email="bob@example.com").status_code == 401


def test_sign_ins_from_one_ip_are_limited_across_accounts(browser: TestClient) -> None:
    create_user()
    answers = [sign_in(browser, email=f"user-{number}@example.com") for number in range(11)]
    assert [one.status_code for one in answers] == [401] * 10 + [429]
    assert (sign_in(browser).status_code, session_count()) == (429, 0)


def test_limits_hold_in_each_process_while_redis_is_down(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    create_user()
    monkeypatch.setenv("PLAZA_WORK_REDIS_URL", "redis://127.0.0.1:1/0")
    settings.cache_clear()
    limits._redis_limiter.cache_clear()
    try:
        answers = [sign_in(browser, password="wrong").status_code for _ in range(6)]
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        limits._redis_limiter.cache_clear()
        limits._state["away_until"] = 0.0
    assert answers == [401] * 5 + [429]
    assert invalidation.work_redis().keys("plaza:limits*") == []


def test_mails_to_one_email_are_limited(browser: TestClient) -> None:
    answers = [browser.post("/auth/forgot", json={"email": "ada@example.com"}) for _ in range(6)]
    assert [one.status_code for one in answers] == [202] * 5 + [429]
    assert browser.post("/auth/sign-up", json=ADA).status_code == 429
    assert browser.post("/auth/sign-up", json={**ADA, "email": "bob@example.com"}).status_code == 202


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


@pytest.mark.parametrize(
    ("hops", "passed", "client_ip"),
    [
        ("0", "1.1.1.1", "testclient"),
        ("1", "1.1.1.1", "1.1.1.1"),
        ("1", "9.9.9.9, 1.1.1.1", "1.1.1.1"),
        ("2", "9.9.9.9, 1.1.1.1, 10.0.0.1", "1.1.1.1"),
        ("2", "1.1.1.1", "testclient"),
    ],
)
def test_only_trusted_proxies_set_the_client_ip(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch, hops: str, passed: str, client_ip: str
) -> None:
    monkeypatch.setenv("PLAZA_TRUSTED_PROXY_HOPS", hops)
    settings.cache_clear()
    user = create_user()
    try:
        browser.headers["x-forwarded-for"] = passed
        sign_in(browser)
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    with db.reading() as session:
        (only,) = queries.sessions(session, user_id=user.id)
    assert only.address == client_ip


def test_a_limit_counts_over_a_sliding_window(clean: None) -> None:
    limit = Limit("test", amount=2, seconds=60)
    assert [limits.hit((limit, "a")), limits.hit((limit, "a")), limits.seconds_until_allowed(limit, "b")] == [0, 0, 0]
    assert 1 <= limits.hit((limit, "a")) <= 60
    assert 1 <= limits.seconds_until_allowed(limit, "a") <= 60
    assert limits.hit((limit, "b")) == 0


@pytest.mark.parametrize(
    ("peer", "caller"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_ipv6_network_counts_as_one_client(peer: str, caller: str) -> None:
    assert client_network(Request({"type": "http", "client": (peer, 1), "headers": []})) == caller


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
