"""The mail of a sign-up or of a forgotten password, requested once more."""

import pytest
from fastapi.testclient import TestClient

from platform_app.infra import db
from platform_app.rest.accounts import mailbox_limits
from tests.accounts.helpers import ADA, create_user, is_signed_in, link, run_jobs
from tests.conftest import assert_queries

AGAIN = {"email": "ada@example.com", "kind": "sign-up"}


def test_the_browser_that_signed_up_gets_a_new_link_and_the_old_one_ends(browser: TestClient) -> None:
    browser.post("/auth/sign-up", json=ADA)
    (first,) = run_jobs()
    again = browser.post("/auth/send-again", json=AGAIN)
    assert (again.status_code, again.json()) == (202, None)
    _, second = run_jobs()
    assert (second.to, second.subject) == ("ada@example.com", "Confirm your e-mail address")
    assert browser.post("/auth/verify", json={"token": link(first)[1]}).json()["code"] == "invalid_link"
    assert browser.post("/auth/verify", json={"token": link(second)[1]}).status_code == 200
    assert is_signed_in(browser)


def test_another_browser_gets_the_same_answer_and_no_mail_is_sent(pair: tuple[TestClient, TestClient]) -> None:
    mine, other = pair
    mine.post("/auth/sign-up", json=ADA)
    (first,) = run_jobs()
    for email in ("ada@example.com", "nobody@example.com"):
        again = other.post("/auth/send-again", json={**AGAIN, "email": email})
        assert (again.status_code, again.json()) == (202, None)
    assert run_jobs() == [first]
    assert mine.post("/auth/verify", json={"token": link(first)[1]}).status_code == 200


@pytest.mark.parametrize(
    ("kind", "subject"), [("sign-up", "You already have a Plaza account"), ("reset", "Choose a new password")]
)
def test_the_answer_and_its_statements_are_the_same_with_and_without_an_account(
    browser: TestClient, kind: str, subject: str
) -> None:
    create_user()
    for email in ("ada@example.com", "bob@example.com"):
        with assert_queries(db.engine(), 4):
            again = browser.post("/auth/send-again", json={"email": email, "kind": kind})
        assert (again.status_code, again.json()) == (202, None)
    assert [(letter.to, letter.subject) for letter in run_jobs()] == [("ada@example.com", subject)]


def test_mails_that_are_sent_again_count_against_the_limit_of_the_mailbox(browser: TestClient) -> None:
    amount = mailbox_limits.MAILS_FROM_NETWORK.amount
    answers = [browser.post("/auth/send-again", json=AGAIN).status_code for _ in range(amount + 1)]
    assert answers == [202] * amount + [429]


@pytest.mark.parametrize(
    ("body", "field"),
    [({"email": "nonsense"}, "email"), ({"email": "x" * 400}, "email"), ({**AGAIN, "kind": "other"}, "kind")],
)
def test_anything_but_an_address_and_a_known_kind_is_refused(
    browser: TestClient, body: dict[str, str], field: str
) -> None:
    refused = browser.post("/auth/send-again", json=body)
    assert (refused.status_code, set(refused.json()["fields"])) == (422, {field})
    assert run_jobs() == []
