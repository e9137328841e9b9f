"""The form kit's script on a minimal page: what it sends, and what it shows for each response."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from pages.components import form, unsent

URL = "http://plaza.test/sell/clay-and-co/settings"
SAVE = "**/api/settings"
PAGE = f"""<!doctype html><title>Settings</title><script>{unsent.SCRIPT}{form._SUBMIT_SCRIPT}
let state = {json.dumps(form.INITIAL_STATE)};
const states = [], answers = [];
const set = (value) => {{ states.push(value); state = value; }};
const send = (event, options) => plazaSubmit(event, state, set, {{onSuccess: (answer) => answers.push(answer), ...options}});
</script>
<form action="/api/settings" data-method="PATCH" data-instance="first" onsubmit="send(event, {{extraFields: {{version: 3}}}})">
<input name="name" value="Clay"><input name="city"><input type="checkbox" name="is_open" checked>
<input type="checkbox" name="is_new"><button>Save</button></form>"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/*", lambda route: route.fulfill(body=PAGE, content_type="text/html"))
    opened.goto(URL)
    yield opened
    context.close()


def answer_with(page: Page, status: int, body: object, **headers: str) -> None:
    text = body if isinstance(body, str) else json.dumps(body)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    page.route(SAVE, lambda route: route.fulfill(status=status, body=text, headers=named))


def submit(page: Page) -> dict[str, Any]:
    """Submit the form; returns its state after the response."""
    page.get_by_role("button").click()
    page.wait_for_function("states.length > 1")
    found: dict[str, Any] = page.evaluate("state")
    return found


def test_a_form_sends_its_fields_as_json_and_is_cleared(page: Page) -> None:
    answer_with(page, 200, {"id": 7})
    page.locator("[name=city]").fill("Porto")
    with page.expect_request(SAVE) as sent:
        after = submit(page)
    assert sent.value.method == "PATCH"
    assert sent.value.headers["content-type"] == "application/json"
    assert sent.value.post_data_json == {
        "name": "Clay",
        "city": "Porto",
        "is_open": True,
        "is_new": False,
        "version": 3,
    }
    assert (after["submitted"], after["submitting"], after["fields"]) == (True, False, {})
    assert page.evaluate("answers") == [{"id": 7}]
    assert page.locator("[name=city]").input_value() == ""


def test_errors_are_shown_beside_their_fields_and_the_first_field_gets_focus(page: Page) -> None:
    fields = {"city": "Name a city.", "name": "This name is taken."}
    answer_with(page, 422, {"code": "invalid", "detail": "Look at the fields.", "fields": fields})
    after = submit(page)
    assert (after["fields"], after["detail"], after["submitted"]) == (fields, "", False)
    assert after["instance"] == "first"
    expect(page.locator("[name=name]")).to_be_focused()


def test_an_error_of_the_whole_form_is_shown_above_it(page: Page) -> None:
    answer_with(page, 409, {"code": "conflict", "detail": "Somebody else has saved it meanwhile."})
    assert submit(page)["detail"] == "Somebody else has saved it meanwhile."


def test_a_request_for_a_code_shows_no_error(page: Page) -> None:
    answer_with(page, 401, {"code": "code_needed", "detail": "Enter the code."})
    after = submit(page)
    assert (after["requires"], after["detail"]) == ("code", "")


def test_a_second_press_before_the_response_sends_nothing(page: Page) -> None:
    waiting: list[Route] = []
    page.route(SAVE, lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright takes functions, not methods
    button = page.get_by_role("button")
    with page.expect_request(SAVE):
        button.click()
    button.click()
    button.click()
    page.wait_for_function("states.length === 1 && states[0].submitting")
    assert len(waiting) == 1
    waiting[0].fulfill(json={})
    page.wait_for_function("states.length === 2")


@pytest.mark.parametrize(
    ("answer", "detail"),
    [
        (lambda route: route.abort(), "We can't reach Plaza. Check your connection and try again."),
        (
            lambda route: route.fulfill(status=502, body="<h1>Bad Gateway</h1>"),
            "Something went wrong on our side. Please try again.",
        ),
        (
            lambda route: route.fulfill(status=500, json={"detail": "TypeError"}),
            "Something went wrong on our side. Please try again.",
        ),
        (
            lambda route: route.fulfill(status=429, json={"code": "rate_limited"}, headers={"Retry-After": "120"}),
            "Too many attempts. Wait 2 minutes, then try again.",
        ),
        (
            lambda route: route.fulfill(status=429, json={"code": "rate_limited"}, headers={"Retry-After": "30"}),
            "Too many attempts. Wait 30 seconds, then try again.",
        ),
    ],
    ids=["no connection", "no JSON", "no code", "minutes", "seconds"],
)
def test_a_failed_request_shows_its_reason_and_keeps_the_fields(
    page: Page, answer: Callable[[Route], None], detail: str
) -> None:
    page.route(SAVE, answer)
    page.locator("[name=city]").fill("Porto")
    assert submit(page)["detail"] == detail
    assert page.locator("[name=city]").input_value() == "Porto"


def test_an_expired_session_leads_to_sign_in_with_the_way_back(page: Page) -> None:
    answer_with(page, 401, {"code": "unauthenticated", "detail": "Sign in."})
    page.get_by_role("button").click()
    page.wait_for_url("**/sign-in?next=%2Fsell%2Fclay-and-co%2Fsettings")


def test_a_response_with_a_next_page_opens_it(page: Page) -> None:
    answer_with(page, 200, {"next": "/sell/clay-and-co"})
    page.get_by_role("button").click()
    page.wait_for_url("http://plaza.test/sell/clay-and-co")
