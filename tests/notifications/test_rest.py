"""Notifications over REST."""

from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.notifications import service
from platform_app.infra import db
from tests.accounts.helpers import signed_in
from tests.factories import NOW, UNKNOWN_ID
from tests.notifications.test_notify import make_content

ALL = "/api/v1/notifications"


def test_notifications_are_listed_newest_first_by_page_and_marked_read(browser: TestClient) -> None:
    user = signed_in(browser)
    with db.writing() as session:
        for number in range(3):
            service.notify(session, user_id=user.id, content=make_content(str(number), text=str(number)), now=NOW)
    first = browser.get(ALL, params={"limit": 2}).json()
    assert [(each["text"], each["title"], each["kind"], each["read_at"]) for each in first["items"]] == [
        (text, "Your import has finished", "import_finished", None) for text in ("2", "1")
    ]
    rest = browser.get(ALL, params={"cursor": first["next_cursor"]}).json()
    assert ([each["text"] for each in rest["items"]], rest["next_cursor"]) == (["0"], None)
    one = {"notification_ids": [first["items"][0]["id"], str(uuid4())]}
    assert browser.post(f"{ALL}/read", json=one).json() == {"unread": 2}
    assert browser.post(f"{ALL}/read", json={}).json() == {"unread": 0}
    assert [each["read_at"] is None for each in browser.get(ALL).json()["items"]] == [False] * 3
    exported = browser.get("/api/v1/account/export").json()
    assert [each["text"] for each in exported["notifications"]["notifications"]] == ["0", "1", "2"]
    assert [each["device"] for each in exported["devices"]] == ["An unknown browser"]


@pytest.mark.parametrize(
    ("values", "code"),
    [({"notification_ids": ["x"]}, 422), ({"notification_ids": [UNKNOWN_ID] * 101}, 422), ({"other": 1}, 200)],
)
def test_invalid_parameters_are_refused(browser: TestClient, values: dict[str, object], code: int) -> None:
    signed_in(browser)
    assert browser.post(f"{ALL}/read", json=values).status_code == code


def test_notifications_need_a_session_and_a_page_of_our_own(browser: TestClient) -> None:
    assert (browser.get(ALL).status_code, browser.post(f"{ALL}/read", json={}).status_code) == (401, 401)
    user = signed_in(browser)
    with db.writing() as session:
        service.notify(session, user_id=user.id, content=make_content(), now=NOW)
    foreign = browser.post(f"{ALL}/read", json={}, headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"]) == (403, "foreign_origin")
    assert browser.get(ALL).json()["items"][0]["read_at"] is None
    assert browser.get(ALL, params={"cursor": "x"}).status_code == 422
