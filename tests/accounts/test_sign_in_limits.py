"""How often somebody may try to sign in: by mailbox, network and device, and whose IP is believed."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from starlette.requests import Request

from platform_app.domain.accounts import queries
from platform_app.infra import db, invalidation, limits
from platform_app.infra.limits import Limit
from platform_app.infra.settings import settings
from platform_app.rest.accounts import mailbox_limits
from platform_app.rest.dependencies import client_network
from tests.accounts.helpers import ADA, create_user, session_count, sign_in, signed_in


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
