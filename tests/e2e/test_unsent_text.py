"""Text that was typed and not saved stays in its field, whatever happens to the socket, the page or the process."""

import json
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect
from reflex.state import LAST_RELOADED_KEY

from pages.components import unsent
from tests.e2e import users
from tests.e2e.conftest import TIMEOUT_SECONDS

Open = Callable[..., Page]
IS_HYDRATED = '"is_hydrated_rx_state_":true'
LOST = ("net::ERR_", "WebSocket connection to")
FORM = """<form id="profile" data-unsent="form"><input name="name" value="Ada"><input type="checkbox" name="mail">
<input type="password" name="password"></form>"""
AUTOSAVE = (
    '<div id="fields" data-unsent="autosave"><input id="title" value="Mug"><input id="price" value="20">'
    '<input type="checkbox" id="offered"><form><input id="new-value"></form></div>'
)
SCRIPT_PAGE = f"""<!doctype html><title>Typing</title><script>{unsent.SCRIPT}
const sent = [];
document.addEventListener('focusout', (event) => sent.push([event.target.value, plazaUnsent.sequence]));
const render = (html) => {{ document.body.innerHTML = html; }};
</script><body>{FORM}{AUTOSAVE}"""


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page with the script and no server."""
    context = browser.new_context()
    opened = context.new_page()
    opened.route("**/*", lambda route: route.fulfill(body=SCRIPT_PAGE, content_type="text/html"))
    opened.goto("http://plaza.test/account")
    yield opened
    context.close()


def render_again(page: Page) -> None:
    """Replace all fields by those that the server would render."""
    page.evaluate("render", FORM + AUTOSAVE)


def is_unsaved(page: Page) -> bool:
    """Whether the page says that something is not saved."""
    return bool(page.evaluate("document.documentElement.hasAttribute('data-unsent-text')"))


def test_a_form_that_is_rendered_again_keeps_what_was_typed(page: Page) -> None:
    page.locator("[name=name]").fill("Ada Lovelace")
    page.locator("[name=mail]").check()
    render_again(page)
    expect(page.locator("[name=name]")).to_have_value("Ada Lovelace")
    expect(page.locator("[name=mail]")).to_be_checked()
    expect(page.locator("#title")).to_have_value("Mug")
    assert not is_unsaved(page)


def test_a_form_that_was_sent_shows_what_the_server_renders(page: Page) -> None:
    page.locator("[name=name]").fill("Ada Lovelace")
    page.evaluate("plazaUnsent.forget(document.getElementById('profile'))")
    render_again(page)
    expect(page.locator("[name=name]")).to_have_value("Ada")


def test_text_of_a_form_is_not_shown_on_another_page(page: Page) -> None:
    page.locator("[name=name]").fill("Ada Lovelace")
    page.evaluate("history.pushState(null, '', '/sell')")
    render_again(page)
    page.evaluate("history.pushState(null, '', '/account')")
    render_again(page)
    expect(page.locator("[name=name]")).to_have_value("Ada")


def test_an_autosaved_field_sends_its_text_again_until_that_text_is_acknowledged(page: Page) -> None:
    page.locator("#title").fill("Mug, blue")
    first = page.evaluate("plazaUnsent.sequence")
    page.locator("#title").fill("Mug, blue, large")
    second = page.evaluate("plazaUnsent.sequence")
    page.evaluate("(number) => plazaUnsent.acknowledge([number])", first)
    assert is_unsaved(page)
    render_again(page)
    expect(page.locator("#title")).to_have_value("Mug, blue, large")
    assert page.evaluate("sent.at(-1)") == ["Mug, blue, large", second]
    page.evaluate("(number) => plazaUnsent.acknowledge([number])", second)
    assert not is_unsaved(page)
    render_again(page)
    expect(page.locator("#title")).to_have_value("Mug")


def test_an_autosaved_field_keeps_its_text_over_a_reload_and_a_form_does_not(page: Page) -> None:
    page.locator("#price").fill("21")
    page.locator("[name=name]").fill("secret")
    page.reload()
    render_again(page)
    expect(page.locator("#price")).to_have_value("21")
    expect(page.locator("[name=name]")).to_have_value("Ada")
    assert is_unsaved(page)
    assert "secret" not in json.dumps(page.evaluate("({...sessionStorage})"))


def test_a_form_keeps_its_text_but_no_password_when_the_page_reloads_by_itself_for_a_new_release(page: Page) -> None:
    page.locator("[name=name]").fill("Ada Lovelace")
    page.locator("[name=password]").fill("secret")
    page.evaluate(f"sessionStorage.setItem({LAST_RELOADED_KEY!r}, Date.now())")
    page.reload()
    assert "secret" not in json.dumps(page.evaluate("({...sessionStorage})"))
    render_again(page)
    expect(page.locator("[name=name]")).to_have_value("Ada Lovelace")
    expect(page.locator("[name=password]")).to_have_value("")
    assert not is_unsaved(page)
    page.evaluate("sessionStorage.clear()")
    page.reload()
    render_again(page)
    expect(page.locator("[name=name]")).to_have_value("Ada")


def test_a_field_in_which_nothing_was_typed_has_number_zero(page: Page) -> None:
    page.locator("#title").fill("Mug, blue")
    page.locator("#price").focus()
    page.locator("#price").blur()
    assert page.evaluate("sent.at(-1)") == ["20", 0]


def test_boxes_and_forms_among_autosaved_fields_are_not_unsaved_text(page: Page) -> None:
    page.locator("#offered").check()
    page.locator("#new-value").fill("XL")
    assert not is_unsaved(page)


def restart(plaza: SimpleNamespace, page: Page, *, milliseconds: int) -> None:
    """Start the killed web process again after a while; returns once the page has all its data from it."""
    answers: list[str] = []

    def listen(socket: WebSocket) -> None:
        socket.on("framereceived", lambda frame: answers.append(str(frame)) if IS_HYDRATED in str(frame) else None)

    page.on("websocket", listen)
    page.wait_for_timeout(milliseconds)
    plaza.webs[0].start()
    plaza.await_ready(plaza.url)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not answers and time.monotonic() < deadline:
        page.wait_for_timeout(100)
    assert answers != []


@pytest.mark.parametrize("milliseconds", [500, 5000])
@pytest.mark.parametrize(
    ("path", "label", "text"),
    [
        ("/account", "Name", "Ada Countess of Lovelace"),
        ("/sell/open", "Shop name", "Ada's Engines"),
        ("/sell/clay-and-co/settings", "About", "We throw pots."),
        ("/sell/clay-and-co/staff", "E-mail address", "new@example.org"),
    ],
)
def test_a_form_keeps_its_text_over_an_outage(
    plaza: SimpleNamespace, open_as: Open, path: str, label: str, text: str, milliseconds: int
) -> None:
    page = open_as(users.make_owner_session(f"{uuid4().hex}@example.org"), plaza.url + path, allowed_messages=LOST)
    field = page.get_by_role("textbox", name=label).first
    field.fill(text)
    plaza.webs[0].kill()
    restart(plaza, page, milliseconds=milliseconds)
    expect(page.locator("main[data-ready]")).to_be_visible()
    expect(field).to_have_value(text)


def editor_fields(page: Page) -> list[tuple[Locator, str]]:
    """Fields of every kind, with a text for each."""
    return [
        (page.get_by_label("Title"), "Written during an outage"),
        (page.get_by_label("Description"), "Two lines\nof text"),
        (page.locator("#cell-0-price"), "31.50"),
        (page.get_by_label("Tags"), "outage, test"),
    ]


@pytest.mark.parametrize("milliseconds", [500, 5000])
def test_the_editor_saves_what_was_typed_during_an_outage(
    plaza: SimpleNamespace, open_as: Open, milliseconds: int
) -> None:
    page = open_as(
        users.make_owner_session(f"{uuid4().hex}@example.org"),
        f"{plaza.url}/sell/clay-and-co/listings",
        allowed_messages=LOST,
    )
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Before")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    plaza.webs[0].kill()
    for field, text in editor_fields(page):
        field.fill(text)
    expect(page.get_by_text("Not saved yet")).to_be_visible()
    expect(page.get_by_text("Draft saved")).to_be_hidden()
    restart(plaza, page, milliseconds=milliseconds)
    expect(page.get_by_text("Draft saved")).to_be_visible()
    expect(page.get_by_text("Not saved yet")).to_be_hidden()
    for field, text in editor_fields(page):
        expect(field).to_have_value(text)
    page.reload()
    for field, text in editor_fields(page):
        expect(field).to_have_value(text)


def test_text_that_its_writer_drops_does_not_come_back(plaza: SimpleNamespace, open_as: Open) -> None:
    token = users.make_owner_session(f"{uuid4().hex}@example.org")
    first = open_as(token, f"{plaza.url}/sell/clay-and-co/listings")
    first.get_by_role("button", name="Add a listing").click()
    first.get_by_label("Title").fill("By the first tab")
    expect(first.get_by_text("Draft saved")).to_be_visible()
    second = first.context.new_page()
    second.goto(first.url)
    expect(second.get_by_label("Title")).to_have_value("By the first tab")
    first.get_by_label("Title").fill("By the first tab, again")
    expect(first.get_by_text("Draft saved")).to_be_visible()
    expect(second.get_by_text("This listing was changed in another tab.")).to_be_visible()
    second.get_by_label("Title").fill("By the second tab")
    expect(second.get_by_text("Not saved yet")).to_be_visible()
    second.get_by_role("button", name="Load the current version").click()
    expect(second.get_by_label("Title")).to_have_value("By the first tab, again")
    expect(second.get_by_text("Not saved yet")).to_be_hidden()
    second.reload()
    expect(second.get_by_label("Title")).to_have_value("By the first tab, again")
