"""A user's own account: what the user can change, what needs the password, and what stays out of reach of others."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.accounts import queries, rules
from platform_app.domain.accounts.errors import InvalidLink, TooManyAddresses
from platform_app.domain.accounts.schemas import AddressInput
from platform_app.domain.accounts.service import addresses, sign_up
from platform_app.domain.accounts.service import passwords as credentials
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, invalidation
from tests.accounts.helpers import create_user, is_signed_in, link, run_jobs, sign_in, signed_in
from tests.factories import PASSWORD, UNKNOWN_ID

NEW = "a-new-lantern-walnut"
HOME = {"name": "Ada", "line1": "1 Mill Lane", "city": "York", "country": "GB", "postcode": "YO1 7PX"}
BOOK = "/api/v1/account/addresses"


def test_a_password_change_ends_other_sessions_and_replaces_the_cookie(
    pair: tuple[TestClient, TestClient],
) -> None:
    here, there = pair
    signed_in(here)
    sign_in(there)
    before = here.cookies["plaza_session"]
    changed = here.post("/auth/password", json={"current": PASSWORD, "password": NEW})
    assert (changed.status_code, changed.json()) == (200, {"next": "/account/security?changed=1"})
    assert (is_signed_in(here), is_signed_in(there), here.cookies["plaza_session"] == before) == (True, False, False)
    there.cookies.set("plaza_session", before)
    assert not is_signed_in(there)
    assert [letter.subject for letter in run_jobs()] == ["Your password was changed"]
    assert (sign_in(there).status_code, sign_in(there, password=NEW).status_code) == (401, 200)


@pytest.mark.parametrize(
    ("values", "fields"),
    [
        ({"current": "not-it", "password": NEW}, {"current": "That isn't your current password."}),
        (
            {"current": PASSWORD, "password": PASSWORD},
            {"password": "This is already your password. Choose a different one."},
        ),
        ({"current": PASSWORD, "password": "short"}, {"password": "Use at least 8 characters."}),
    ],
)
def test_a_refused_password_change_changes_nothing(
    pair: tuple[TestClient, TestClient], values: dict[str, str], fields: dict[str, str]
) -> None:
    here, there = pair
    signed_in(here)
    sign_in(there)
    refused = here.post("/auth/password", json=values)
    assert (refused.status_code, refused.json()["fields"]) == (422, fields)
    assert (is_signed_in(here), is_signed_in(there), run_jobs()) == (True, True, [])


def test_a_reset_link_sets_the_password_once_and_ends_all_sessions(browser: TestClient) -> None:
    signed_in(browser)
    browser.post("/auth/forgot", json={"email": "ADA@example.com"})
    page, token = link(run_jobs()[-1])
    weak = browser.post("/auth/reset", json={"token": token, "password": "ada@example.com"})
    assert (page, weak.status_code, list(weak.json()["fields"])) == ("/reset", 422, ["password"])
    assert is_signed_in(browser)
    done = browser.post("/auth/reset", json={"token": token, "password": NEW})
    assert (done.status_code, done.json(), is_signed_in(browser)) == (200, {"next": "/sign-in?reset=1"}, False)
    again = browser.post("/auth/reset", json={"token": token, "password": PASSWORD})
    assert (again.status_code, again.json()["code"]) == (422, "invalid_link")
    assert (sign_in(browser).status_code, sign_in(browser, password=NEW).status_code) == (401, 200)


def test_a_reset_link_works_once_when_two_use_it_concurrently(clean: None) -> None:
    user = create_user()
    with db.writing() as session:
        token = sign_up.issue_reset_token(session, user_id=user.id, now=utc_now())
    barrier = Barrier(2)

    def use(password: str) -> bool:
        barrier.wait()
        try:
            with db.writing() as session:
                credentials.reset_password(session, token=token, new=password, now=utc_now())
        except InvalidLink:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(use, [NEW, f"{NEW}-too"])) == [False, True]


def test_a_link_works_for_its_own_purpose_only(browser: TestClient) -> None:
    user = create_user()
    with db.writing() as session:
        token = sign_up.issue_reset_token(session, user_id=user.id, now=utc_now())
    assert browser.post("/auth/verify", json={"token": token}).json()["code"] == "invalid_link"
    signed_in(browser, email="eve@example.com")
    assert browser.post("/auth/confirm-email", json={"token": token}).json()["code"] == "invalid_link"
    for bad in ("", "x" * 43, "\x00", "é" * 5000):
        assert browser.post("/auth/reset", json={"token": bad, "password": NEW}).json()["code"] == "invalid_link"
    assert browser.post("/auth/reset", json={"token": token, "password": NEW}).status_code == 200


def test_an_email_change_needs_the_mailed_link_and_notifies_the_old_address(browser: TestClient) -> None:
    signed_in(browser)
    browser.post("/auth/forgot", json={"email": "ada@example.com"})
    reset = link(run_jobs()[-1])[1]
    wrong = browser.post("/auth/email", json={"email": "lovelace@example.org", "password": "not-it"})
    assert (wrong.status_code, wrong.json()["fields"]) == (422, {"password": "That isn't your current password."})
    requested = browser.post("/auth/email", json={"email": "lovelace@example.org", "password": PASSWORD})
    assert (requested.status_code, requested.json()) == (
        202,
        {"next": "/check-mail#email=lovelace%40example.org&kind=email"},
    )
    letter = run_jobs()[-1]
    assert (letter.to, browser.get("/api/v1/account").json()["email"]) == ("lovelace@example.org", "ada@example.com")
    done = browser.post("/auth/confirm-email", json={"token": link(letter)[1]})
    assert done.json() == {"next": "/account?email=1"}
    notice = run_jobs()[-1]
    assert (notice.to, notice.subject) == ("ada@example.com", "Your e-mail address was changed")
    assert browser.post("/auth/reset", json={"token": reset, "password": NEW}).json()["code"] == "invalid_link"
    assert [sign_in(browser).status_code, sign_in(browser, email="lovelace@example.org").status_code] == [401, 200]


def test_one_click_of_somebody_else_gives_their_address_to_no_account(pair: tuple[TestClient, TestClient]) -> None:
    attacker, victim = pair
    signed_in(attacker, email="mallory@example.com")
    attacker.post("/auth/email", json={"email": "ada@example.com", "password": PASSWORD})
    token = link(run_jobs()[-1])[1]
    clicked = victim.post("/auth/confirm-email", json={"token": token})
    assert (clicked.status_code, clicked.json()["code"]) == (403, "sign_in_to_confirm")
    signed_in(victim, email="vera@example.com")
    clicked = victim.post("/auth/confirm-email", json={"token": token})
    assert (clicked.status_code, clicked.json()["code"]) == (403, "sign_in_to_confirm")
    emails = [each.get("/api/v1/account").json()["email"] for each in pair]
    assert emails == ["mallory@example.com", "vera@example.com"]
    assert attacker.post("/auth/confirm-email", json={"token": token}).json() == {"next": "/account?email=1"}


def test_an_email_of_another_user_is_refused_without_revealing_it(browser: TestClient) -> None:
    create_user(email="bob@example.com")
    signed_in(browser)
    answers = [
        browser.post("/auth/email", json={"email": email, "password": PASSWORD})
        for email in ("Bob@example.com", "free@example.com")
    ]
    assert [(one.status_code, one.json()) for one in answers] == [
        (202, {"next": "/check-mail#email=Bob%40example.com&kind=email"}),
        (202, {"next": "/check-mail#email=free%40example.com&kind=email"}),
    ]
    letters = {letter.to: letter.subject for letter in run_jobs()}
    assert letters["Bob@example.com"] == "You already have a Plaza account"
    free = next(link(letter)[1] for letter in run_jobs() if letter.to == "free@example.com")
    create_user(email="free@example.com")
    taken = browser.post("/auth/confirm-email", json={"token": free})
    assert (taken.status_code, taken.json()["code"]) == (409, "email_taken")
    assert browser.get("/api/v1/account").json()["email"] == "ada@example.com"


def test_a_user_lists_and_ends_their_sessions(pair: tuple[TestClient, TestClient]) -> None:
    here, there = pair
    here.headers["user-agent"], there.headers["user-agent"] = "Firefox", "Safari " * 90
    signed_in(here)
    sign_in(there)
    listed = here.get("/api/v1/account/sessions").json()
    assert (listed["total"], listed["next_cursor"]) == (2, None)
    found = {one["user_agent"][:6]: one for one in listed["items"]}
    assert (found["Firefo"]["is_current"], found["Safari"]["is_current"]) == (True, False)
    other = next(one for one in listed["items"] if not one["is_current"])
    assert (len(other["user_agent"]), other["address"]) == (200, "testclient")
    assert here.delete(f"/api/v1/account/sessions/{other['id']}").status_code == 204
    assert (is_signed_in(here), is_signed_in(there)) == (True, False)
    sign_in(there)
    assert here.delete("/api/v1/account/sessions").json() == {"next": "/sign-in"}
    assert (is_signed_in(here), is_signed_in(there)) == (False, False)


def test_data_of_another_user_is_not_found_and_stays_unchanged(pair: tuple[TestClient, TestClient]) -> None:
    ada, bob = pair
    signed_in(ada)
    signed_in(bob, email="bob@example.com")
    theirs = bob.post(BOOK, json=HOME).json()
    (session_id,) = (one["id"] for one in bob.get("/api/v1/account/sessions").json()["items"])
    for refused in (
        ada.patch(f"{BOOK}/{theirs['id']}", json={"city": "Hull"}),
        ada.delete(f"{BOOK}/{theirs['id']}"),
        ada.delete(f"{BOOK}/{uuid4()}"),
        ada.delete(f"/api/v1/account/sessions/{session_id}"),
    ):
        assert refused.status_code == 404
    assert ada.delete(f"{BOOK}/not-an-id").status_code == 422
    assert (bob.get(BOOK).json()["items"], is_signed_in(bob)) == ([theirs], True)
    assert ada.get(BOOK).json() == {"items": [], "next_cursor": None, "total": 0}


def test_the_address_book_always_has_one_default_address(browser: TestClient) -> None:
    signed_in(browser)
    first, second, third = (browser.post(BOOK, json={**HOME, "line1": f"{n} Mill Lane"}).json() for n in range(3))
    assert [one["is_default"] for one in (first, second, third)] == [True, False, False]
    moved = browser.patch(f"{BOOK}/{second['id']}", json={"is_default": True, "city": "Hull"}).json()
    assert (moved["is_default"], moved["city"], moved["line1"]) == (True, "Hull", "1 Mill Lane")
    assert [one["id"] for one in browser.get(BOOK).json()["items"]] == [second["id"], third["id"], first["id"]]
    assert browser.delete(f"{BOOK}/{second['id']}").status_code == 204
    left = browser.get(BOOK).json()["items"]
    assert [(one["id"], one["is_default"]) for one in left] == [(third["id"], True), (first["id"], False)]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        ({"country": "UK"}, ["country"]),
        ({"country": "\x00"}, ["country"]),
        ({"line1": "", "city": " "}, ["city", "line1"]),
        ({"postcode": "1" * 21}, ["postcode"]),
        ({"phone": "call me"}, ["phone"]),
        ({"name": "A\x00"}, ["name"]),
        ({"line2": "x" * 10_000, "region": "x" * 81}, ["line2", "region"]),
    ],
)
def test_an_invalid_postal_address_is_refused(browser: TestClient, wrong: dict[str, str], fields: list[str]) -> None:
    signed_in(browser)
    stored = browser.post(BOOK, json=HOME).json()
    for refused in (browser.post(BOOK, json={**HOME, **wrong}), browser.patch(f"{BOOK}/{stored['id']}", json=wrong)):
        assert (refused.status_code, sorted(refused.json()["fields"])) == (422, fields)
    assert browser.get(BOOK).json()["items"] == [stored]


def test_an_address_book_holds_twenty_addresses_even_under_concurrent_writes(clean: None) -> None:
    user = create_user()
    barrier = Barrier(4)

    def fill(_: int) -> int:
        added = 0
        barrier.wait()
        for _ in range(8):
            try:
                with db.writing() as session:
                    addresses.add(
                        session, user_id=user.id, address=AddressInput(**HOME), is_default=True, now=utc_now()
                    )
                added += 1
            except TooManyAddresses:
                continue
        return added

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(fill, range(4))) == rules.MAX_ADDRESSES
    with db.reading() as session:
        book = queries.addresses(session, user_id=user.id)
    assert (len(book), sum(one.is_default for one in book)) == (20, 1)


def test_a_new_name_shows_everywhere_at_once(browser: TestClient) -> None:
    user = signed_in(browser)
    digest = rules.digest(browser.cookies["plaza_session"])
    before = invalidation.work_redis().get(f"{invalidation.GENERATION_PREFIX}session:{digest}")
    assert browser.patch("/api/v1/account", json={"name": " Ada  Lovelace "}).json()["name"] == "Ada Lovelace"
    assert invalidation.work_redis().get(f"{invalidation.GENERATION_PREFIX}session:{digest}") != before
    assert int(invalidation.work_redis().get(f"{invalidation.GENERATION_PREFIX}user:{user.id}") or 0) >= 1
    refused = browser.patch("/api/v1/account", json={"name": "x" * 81})
    assert (refused.status_code, browser.get("/api/v1/account").json()["name"]) == (422, "Ada Lovelace")


def test_writes_are_limited_per_user(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    signed_in(browser)
    answers = [browser.patch("/api/v1/account", json={"name": f"Ada {number}"}) for number in range(121)]
    assert [one.status_code for one in answers] == [200] * 120 + [429]
    assert browser.get("/api/v1/account").json()["name"] == "Ada 119"


def test_the_export_contains_all_stored_data_and_no_secret(browser: TestClient) -> None:
    signed_in(browser)
    browser.post(BOOK, json=HOME)
    answer = browser.get("/api/v1/account/export")
    assert answer.headers["content-disposition"] == 'attachment; filename="plaza-account.json"'
    exported = answer.json()
    assert (exported["user"]["email"], exported["addresses"][0]["city"], len(exported["sessions"])) == (
        "ada@example.com",
        "York",
        1,
    )
    assert [word for word in ("argon2", "digest", "password") if word in json.dumps(exported)] == []


def test_deleting_an_account_needs_the_password_and_leaves_no_rows(pair: tuple[TestClient, TestClient]) -> None:
    here, there = pair
    signed_in(here)
    sign_in(there)
    here.post(BOOK, json=HOME)
    refused = here.request("DELETE", "/api/v1/account", json={"password": "not-it"})
    assert (refused.status_code, is_signed_in(here)) == (422, True)
    done = here.request("DELETE", "/api/v1/account", json={"password": PASSWORD})
    assert (done.json(), is_signed_in(here), is_signed_in(there)) == ({"next": "/"}, False, False)
    assert sign_in(here).json()["code"] == "wrong_credentials"
    with db.reading() as session:
        for table in ("user_account", "user_session", "address", "user_token", "recovery_code", "sign_up"):
            assert session.connection().exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/account"),
        ("PATCH", "/api/v1/account"),
        ("DELETE", "/api/v1/account"),
        ("GET", "/api/v1/account/export"),
        ("GET", "/api/v1/account/sessions"),
        ("DELETE", "/api/v1/account/sessions"),
        ("DELETE", f"/api/v1/account/sessions/{UNKNOWN_ID}"),
        ("GET", BOOK),
        ("POST", BOOK),
        ("PATCH", f"{BOOK}/{UNKNOWN_ID}"),
        ("DELETE", f"{BOOK}/{UNKNOWN_ID}"),
        ("POST", "/auth/password"),
        ("POST", "/auth/email"),
    ],
)
def test_every_account_route_needs_a_session(browser: TestClient, method: str, path: str) -> None:
    refused = browser.request(method, path, json={})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")
    assert refused.headers["cache-control"] == "no-store"
