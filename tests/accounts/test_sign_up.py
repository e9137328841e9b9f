"""Sign-up: verified by mail, alike for known and unknown emails, and of no use for the email of another person."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.accounts import queries, rules
from platform_app.domain.accounts.errors import InvalidLink, UserNotFound
from platform_app.domain.accounts.rules import passwords
from platform_app.domain.accounts.service import sign_up
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db
from tests.accounts.helpers import ADA, is_signed_in, link, register, run_jobs, sign_in
from tests.conftest import STRONG_HASHER
from tests.factories import PASSWORD


def count(table: str) -> int:
    with db.reading() as session:
        return int(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one())


def record_hash_calls(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The calls of the password hasher from now on: `hash` or `verify` for each."""
    seen: list[str] = []
    hasher = passwords._hasher()
    original_hash, original_verify = hasher.hash, hasher.verify

    def hash_password(password: str) -> str:
        seen.append("hash")
        return original_hash(password)

    def verify_password(password: str, stored_hash: str) -> bool:
        seen.append("verify")
        return original_verify(password, stored_hash)

    passwords._dummy_hash()
    monkeypatch.setattr(hasher, "hash", hash_password)
    monkeypatch.setattr(hasher, "verify", verify_password)
    return seen


def test_a_password_is_stored_with_a_slow_hash_and_a_faster_hash_is_replaced(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    quick = passwords.hash_password(PASSWORD)
    monkeypatch.setattr(passwords, "_hasher", STRONG_HASHER)
    for stored_hash in (passwords.hash_password(PASSWORD), passwords.rehash_if_needed(PASSWORD, quick)):
        assert stored_hash is not None
        assert stored_hash.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
        assert (
            passwords.verify_password(PASSWORD, stored_hash),
            passwords.rehash_if_needed(PASSWORD, stored_hash),
        ) == (True, None)


def test_a_sign_up_becomes_a_user_when_its_link_is_opened_in_the_same_browser(browser: TestClient) -> None:
    requested = browser.post("/auth/sign-up", json=ADA)
    assert (requested.status_code, requested.json()) == (
        202,
        {"next": "/check-mail#email=ada%40example.com&kind=sign-up"},
    )
    assert (count("user_account"), count("sign_up"), is_signed_in(browser)) == (0, 1, False)
    (letter,) = run_jobs()
    page, token = link(letter)
    assert (letter.to, letter.subject, page) == ("ada@example.com", "Confirm your e-mail address", "/verify")
    done = browser.post("/auth/verify", json={"token": token})
    assert (done.status_code, done.json(), done.headers["cache-control"]) == (
        200,
        {"next": "/account?verified=1"},
        "no-store",
    )
    assert (count("user_account"), count("sign_up WHERE used_at IS NULL")) == (1, 0)
    assert count("sign_up WHERE name = '' AND password_hash = ''") == 1
    account = browser.get("/api/v1/account").json()
    assert (account["name"], account["email"], account["role"], account["has_totp"]) == (
        "Ada",
        "ada@example.com",
        "member",
        False,
    )


def test_a_verification_link_works_once_and_says_so_when_it_is_opened_again(browser: TestClient) -> None:
    register(browser)
    browser.post("/auth/sign-out")
    again = browser.post("/auth/verify", json={"token": link(run_jobs()[-1])[1]})
    assert (again.status_code, again.json()) == (200, {"next": "/sign-in?confirmed=1"})
    assert (count("user_account"), is_signed_in(browser)) == (1, False)


def test_a_sign_up_returns_to_the_page_that_needed_an_account(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json={**ADA, "next": "/shops/clay-and-co/mug"})
    done = browser.post("/auth/verify", json={"token": link(run_jobs()[0])[1]})
    assert done.json() == {"next": "/shops/clay-and-co/mug"}


@pytest.mark.parametrize("path", ["//evil.example", "https://evil.example/", "/\\evil.example", "/" + "x" * 3000])
def test_a_sign_up_returns_to_no_other_site(browser: TestClient, path: str) -> None:
    browser.post("/auth/sign-up", json={**ADA, "next": path})
    done = browser.post("/auth/verify", json={"token": link(run_jobs()[0])[1]})
    assert done.json() == {"next": "/account?verified=1"}


def test_a_verification_link_makes_one_user_when_two_use_it_concurrently(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json=ADA)
    token = link(run_jobs()[0])[1]
    barrier = Barrier(2)

    def use(_: int) -> bool:
        barrier.wait()
        with db.writing() as session:
            verified = sign_up.verify(session, token=token, browser_digest=None, now=utc_now(), user_agent="", ip="")
        return verified.user is not None

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, range(2))) == [False, True]
    assert count("user_account") == 1


def test_an_expired_link_makes_no_user(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json=ADA)
    token = link(run_jobs()[0])[1]
    with db.writing() as session, pytest.raises(InvalidLink):
        sign_up.verify(
            session, token=token, browser_digest=None, now=utc_now() + timedelta(hours=24), user_agent="", ip=""
        )
    assert count("user_account") == 0


def test_a_known_email_gets_the_same_response_and_a_different_mail(
    pair: tuple[TestClient, TestClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada, stranger = pair
    register(ada)
    seen = record_hash_calls(monkeypatch)
    known = stranger.post("/auth/sign-up", json={**ADA, "name": "Mallory", "email": "ADA@Example.com"})
    on_known = seen.copy()
    seen.clear()
    stranger.cookies.clear()
    unknown = stranger.post("/auth/sign-up", json={**ADA, "email": "bob@example.com"})
    assert (known.status_code, on_known) == (unknown.status_code, seen)
    # What was typed comes back, and nothing else.
    assert known.json() == {"next": "/check-mail#email=ADA%40example.com&kind=sign-up"}
    assert unknown.json() == {"next": "/check-mail#email=bob%40example.com&kind=sign-up"}
    assert seen == ["hash"]
    assert sorted(known.headers) == sorted(unknown.headers)
    letters = {letter.to.lower(): letter.subject for letter in run_jobs()[1:]}
    assert letters == {
        "ada@example.com": "You already have a Plaza account",
        "bob@example.com": "Confirm your e-mail address",
    }
    assert browser_name(ada) == "Ada"


def browser_name(browser: TestClient) -> str:
    name: str = browser.get("/api/v1/account").json()["name"]
    return name


def test_signing_up_with_the_email_of_another_person_gives_no_access(pair: tuple[TestClient, TestClient]) -> None:
    mallory, ada = pair
    squatted = "mallory-chose-this-one"
    mallory.post("/auth/sign-up", json={**ADA, "password": squatted})
    done = ada.post("/auth/verify", json={"token": link(run_jobs()[0])[1]})
    page, _, token = done.json()["next"].partition("#token=")
    assert (done.status_code, page, is_signed_in(ada)) == (200, "/reset", False)
    assert sign_in(mallory, password=squatted).json()["code"] == "wrong_credentials"
    chosen = ada.post("/auth/reset", json={"token": token, "password": PASSWORD})
    assert chosen.json() == {"next": "/sign-in?reset=1"}
    assert (sign_in(ada).status_code, is_signed_in(ada)) == (200, True)
    assert (sign_in(mallory, password=squatted).status_code, is_signed_in(mallory)) == (401, False)


def test_a_pending_sign_up_does_not_block_the_owner_of_the_email(pair: tuple[TestClient, TestClient]) -> None:
    mallory, ada = pair
    mallory.post("/auth/sign-up", json={**ADA, "password": "mallory-chose-this-one"})
    first = link(run_jobs()[0])[1]
    register(ada)
    assert mallory.post("/auth/verify", json={"token": first}).json()["code"] == "invalid_link"
    assert (count("user_account"), count("sign_up WHERE used_at IS NULL"), is_signed_in(ada)) == (1, 0, True)


def test_a_mail_contains_nothing_that_a_stranger_typed(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json={**ADA, "name": "Win at evil.example"})
    (letter,) = run_jobs()
    url = "http://127.0.0.1:8000/verify#token=" + link(letter)[1]
    assert (letter.text.count(url), letter.html.count(f'href="{url}"')) == (1, 2)
    assert ("evil" in letter.text + letter.html + letter.subject, '<html lang="en"' in letter.html) == (False, True)


def test_the_token_of_a_link_is_stored_in_the_mail_outbox_only(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json=ADA)
    token = link(run_jobs()[0])[1]
    with db.reading() as session:
        tables = session.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        holding = [
            table
            for table in tables
            if session.execute(
                text(f"SELECT 1 FROM {table} AS t WHERE t::text LIKE :token"), {"token": f"%{token}%"}
            ).all()
        ]
    assert holding == ["mail_outbox"]


def test_a_job_that_runs_twice_sends_one_mail(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json=ADA)
    run_jobs()
    with db.writing() as session:
        session.execute(text("UPDATE outbox SET sent_at = NULL"))
    assert len(run_jobs()) == 1
    assert count("mail") == 1


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"name": ""}, {"name": "Enter your name."}),
        ({"name": "x" * 10_000}, {"name": "Use at most 80 characters."}),
        ({"name": "A\x00da"}, ["name"]),
        ({"name": "Ada \u202egnissecorp"}, ["name"]),
        ({"email": "ada"}, {"email": "Enter an e-mail address such as ada@example.com."}),
        ({"email": "a" * 10_000 + "@example.com"}, ["email"]),
        ({"email": "ada\x00@example.com"}, ["email"]),
        ({"email": "ada@example.com\r\nBcc: all@example.com"}, ["email"]),
        ({"email": "مثال@example.com"}, ["email"]),
        ({"password": "short"}, {"password": "Use at least 8 characters."}),
        ({"password": "x" * 10_000}, {"password": "Use at most 128 characters."}),
        (
            {"password": "password1"},
            {"password": "This password is on lists of stolen passwords. Choose a different one."},
        ),
        ({"password": "ada@example.com"}, ["password"]),
        ({"name": " ", "email": "", "password": ""}, ["name", "email", "password"]),
        ({"name": ["Ada"]}, ["name"]),
        ({"name": None}, ["name"]),
    ],
)
def test_invalid_values_are_reported_by_field_and_change_nothing(
    browser: TestClient, wrong: dict[str, object], fields: dict[str, str] | list[str]
) -> None:
    refused = browser.post("/auth/sign-up", json={**ADA, **wrong})
    assert (refused.status_code, refused.headers["content-type"]) == (422, "application/problem+json")
    reported = refused.json()["fields"]
    assert (reported if isinstance(fields, dict) else sorted(reported)) == (
        fields if isinstance(fields, dict) else sorted(fields)
    )
    assert (count("sign_up"), count("outbox")) == (0, 0)


@pytest.mark.parametrize("name", ["Zoë 🧶", "عائشة", "李小龍", "O'Brien-<b>", "👩‍👩‍👧"])
def test_names_in_any_script_are_stored_unchanged(browser: TestClient, name: str) -> None:
    register(browser, name=name)
    assert browser_name(browser) == name


def test_an_operator_creates_a_user_who_sets_a_password_by_link(session: db.WriteSession) -> None:
    created = sign_up.create_user(session, email="Root@Example.com", role=rules.Role.ADMIN, now=utc_now())
    assert (created.email, created.name, created.role) == ("Root@example.com", "Root", rules.Role.ADMIN)
    assert queries.user_by_email(session, email="root@example.COM") == created
    with pytest.raises(UserNotFound):
        queries.user_by_email(session, email="nobody@example.com")
