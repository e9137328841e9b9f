"""Values that no database stores, in every field of every route: refused as input, never an error of ours."""

import asyncio
import base64
import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from platform_app.domain.shared import json_values, paging
from platform_app.domain.shared.model_base import utc_now
from platform_app.html import crawlers
from platform_app.infra import db
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest import dependencies
from platform_app.rest.middleware import RequestMiddleware
from tests.accounts.helpers import browsers
from tests.isolation import test_routes as isolation
from tests.isolation import victim as worlds
from tests.isolation.victim import Victim

HALF_A_PAIR, HUGE = "\ud800", 2**63
# In a URL a lone surrogate arrives as bytes that are no UTF-8.
IN_URLS = ("%ED%A0%80", "%00", "a%00b", "%FF", str(HUGE), str(-HUGE - 1), "9" * 200)
IN_BODIES = (
    '"\\ud800"',
    '"x\\udfff"',
    str(HUGE),
    str(-HUGE - 1),
    "1e400",
    "NaN",
    '{"a": ["\\ud800"]}',
    '{"\\ud800": 1}',
)


@pytest.fixture
def owning(clean: None) -> Iterator[tuple[TestClient, Victim]]:
    """A browser in which the owner of everything is signed in."""
    with browsers() as (one,):
        yield one, worlds.create()


@pytest.fixture(scope="module")
def app() -> FastAPI:
    whole = rest.build()
    whole.include_router(crawlers.router)
    return whole


def test_no_value_in_a_url_is_an_error_of_ours(app: FastAPI, owning: tuple[TestClient, Victim]) -> None:
    browser, victim = owning
    broken = []
    for name, method, route in isolation.routes(app):
        sign_in(browser, victim)
        whole = isolation.url_for(victim, route)
        names = [each.alias for each in (*route.dependant.query_params, *route.dependant.path_params)]
        for bad in IN_URLS:
            urls = [f"{whole.partition('?')[0]}?{'&'.join(f'{name}={bad}' for name in names)}"]
            for each in route.dependant.path_params:
                own = str(isolation.known_value(victim, each.alias))
                urls.append(f"{bad}".join(whole.rsplit(quote(own), 1)))
            for url in urls:
                isolation.reset_limits()
                answer = browser.request(method, url, json={} if method != "GET" else None)
                if answer.status_code >= 500:
                    broken.append(f"{name} with {url[:90]}: {answer.status_code}")
    assert broken == []


def test_no_value_in_a_body_is_an_error_of_ours_or_stored(app: FastAPI, owning: tuple[TestClient, Victim]) -> None:
    browser, victim = owning
    wrong, tried = [], 0
    for name, method, route in isolation.routes(app):
        sign_in(browser, victim)
        body = isolation.body_for(victim, route)
        for field in body or ():
            for bad in IN_BODIES:
                isolation.reset_limits()
                fields = [f"{json.dumps(key)}: {bad if key == field else json.dumps(body[key])}" for key in body or ()]
                answer = browser.request(
                    method,
                    isolation.url_for(victim, route),
                    content="{" + ", ".join(fields) + "}",
                    headers={"content-type": "application/json"},
                )
                tried += 1
                problem = answer.json()
                if (answer.status_code, problem["code"], [*problem.get("fields", {})]) != (
                    422,
                    "unstorable_body",
                    [field],
                ):
                    wrong.append(f"{name} {field}={bad}: {answer.status_code} {answer.text[:80]}")
    assert wrong == []
    assert tried > 200


def sign_in(browser: TestClient, victim: Victim) -> None:
    """Open a session, whatever the routes before have done to the last one."""
    browser.cookies.clear()
    with db.writing() as session:
        user = worlds.lock_user(session, user_id=worlds.UUID(victim.ids["user_id"]))
        signed_in = worlds.accounts.create_session(session, user=user, now=utc_now(), user_agent="", ip="127.0.0.1")
    browser.cookies.set(settings().session_cookie, signed_in.token)


@pytest.mark.parametrize("position", ["\ud800", HUGE, -HUGE - 1])
def test_a_cursor_with_such_a_position_is_no_cursor(position: str | int) -> None:
    own = paging.encode("scope", position if isinstance(position, int) else "x")
    body = base64.urlsafe_b64decode(own + "=" * (-len(own) % 4)).replace(b'"x"', b'"\\ud800"')
    with pytest.raises(paging.InvalidCursor):
        paging.decode("scope", base64.urlsafe_b64encode(body).rstrip(b"=").decode(), type(position))


@given(st.recursive(st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False) | st.text(), lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner)))  # fmt: skip
def test_what_can_be_stored_passes_however_it_is_nested(value: object) -> None:
    assert json_values.find_problem(value) == ""
    for bad in ("\ud800", {"\udfff": 1}, HUGE, float("nan"), float("inf")):
        assert json_values.find_problem([value, {"deep": [value, bad]}]) != ""


def test_a_body_that_is_nested_too_deeply_for_python_is_read_too() -> None:
    value: object = "\ud800"
    for _ in range(5000):
        value = [value]
    assert json_values.find_problem(value) == json_values.TEXT_PROBLEM


def test_a_body_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dependencies, "BODY_TIMEOUT_SECONDS", 0.2)
    answer: list[Message] = []

    async def receive() -> Message:
        await asyncio.Event().wait()
        return {}

    async def send(message: Message) -> None:
        answer.append(message)

    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    scope = {"type": "http", "method": "POST", "path": "/auth/forgot", "query_string": b"", "headers": headers}
    asyncio.run(RequestMiddleware(rest.build())(scope, receive, send))
    assert answer[0]["status"] == 408
    assert (b"connection", b"close") in answer[0]["headers"]
