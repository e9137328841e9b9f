"""The bell, as people, keyboards and several devices of one person meet it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Literal
from uuid import UUID, uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Locator, Page, expect

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules
from platform_app.domain.notifications import service
from platform_app.domain.notifications.errors import NotificationNotFound
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, invalidation
from platform_app.infra.settings import settings
from platform_app.stack import processes, valkey
from tests.conftest import TEST_PASSWORD
from tests.e2e import socket_client, users
from tests.e2e.conftest import Tier, await_ready, stop_tiers
from tests.e2e.test_cost import CONNECTING, expect_cost
from tests.favourites.helpers import rows

Open = Callable[..., Page]
BELL = "state___notifications_bell____notification_bell_state"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Nobody has tried too often."""
    users.reset_rate_limits()


@pytest.fixture
def token() -> str:
    """Somebody's session."""
    return users.make_session(f"{uuid4().hex}@example.org")


def user_of(token: str) -> UUID:
    with db.reading() as session:
        viewer = accounts.viewer(session, digest=rules.digest(token))
    assert viewer is not None
    return viewer.user_id


def notify(token: str, text: str, *, href: str = "/favourites", is_poked: bool = True) -> None:
    """Something happens to somebody; unpoked as when a poke is lost."""
    content = NotificationContent(kind=Kind.PRICE_DROP, about=text, text=text, href=href)
    with db.writing() as session:
        service.notify(session, user_id=user_of(token), content=content, now=utc_now())
        if not is_poked:
            session.info.clear()


def bell(page: Page, unread: int = 0) -> Locator:
    name = f"Notifications, {unread} unread" if unread else "Notifications"
    return page.get_by_role("banner").get_by_role("button", name=name, exact=True)


def violations(page: Page) -> list[tuple[str, str]]:
    found = Axe().run(page).response["violations"]
    return [(one["id"], one["nodes"][0]["html"][:200]) for one in found]


def test_what_is_new_shows_on_every_device_of_its_user_and_is_read_on_all(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    first = open_as(token, plaza.urls[0], width=1440)
    second = open_as(token, f"{plaza.urls[1]}/account/notifications")
    other = open_as(users.make_session(f"{uuid4().hex}@example.org"), plaza.urls[1])
    expect(second.get_by_role("heading", name="Nothing yet")).to_be_visible()
    expect(bell(first)).to_be_visible()
    notify(token, "Mug: $16.00, $4.00 less.", href="/shops/clay-and-co")
    for page in (first, second):
        expect(bell(page, 1)).to_be_visible()
        expect(page.get_by_role("banner").get_by_role("status")).to_have_text("Notifications, 1 unread")
    expect(second.get_by_role("main").get_by_text("Mug: $16.00, $4.00 less.")).to_be_visible()
    expect(bell(other)).to_be_visible()
    bell(first, 1).click()
    panel = first.get_by_role("region", name="Notifications")
    expect(panel.get_by_role("link", name="Mug: $16.00")).to_contain_text("Unread")
    notify(token, "Bowl: $9.00, $1.00 less.")
    expect(panel.get_by_role("link", name="Bowl: $9.00")).to_be_visible()
    panel.get_by_role("link", name="Mug: $16.00").click()
    expect(first).to_have_url(f"{plaza.urls[0]}/shops/clay-and-co")
    for page in (first, second):
        expect(bell(page, 1)).to_be_visible()
    bell(first, 1).click()
    panel.get_by_role("button", name="Mark all as read").click()
    for page in (first, second):
        expect(bell(page)).to_be_visible()
    expect(panel.get_by_text("Unread")).to_have_count(0)
    expect(second.get_by_role("main").get_by_text("Unread")).to_have_count(0)


def test_opening_the_panel_is_one_event_and_one_query_and_the_count_costs_neither(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    notify(token, "Mug: $16.00, $4.00 less.")
    page = open_as(token, plaza.url)
    expect(bell(page, 1)).to_be_visible()
    page.wait_for_timeout(3000)  # until everything that the start has caused is over

    def view() -> None:
        page.goto(f"{plaza.url}/")
        page.wait_for_selector("main[data-ready]")
        expect(bell(page, 1)).to_be_visible()

    def view_and_open() -> None:
        view()
        bell(page, 1).click()
        expect(page.get_by_text("Mug: $16.00, $4.00 less.")).to_be_visible()

    viewed = {**CONNECTING, "HomeState.load": 1}
    expect_cost(plaza.url, view, viewed)
    expect_cost(plaza.url, view_and_open, {**viewed, "NotificationBellState.open": 1, "queries": 1})


def test_the_bell_is_rung_and_left_by_keyboard(plaza: SimpleNamespace, open_as: Open, token: str) -> None:
    notify(token, "Mug: $16.00, $4.00 less.")
    page = open_as(token, plaza.url)
    bell(page, 1).focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Notifications")
    expect(panel.get_by_role("link", name="Mug: $16.00")).to_be_visible()
    for name in ("Mark all as read", "Price drop on one of your favourites", "See all notifications"):
        page.keyboard.press("Tab")
        expect(panel.locator(":focus")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(bell(page, 1)).to_be_focused()


def test_what_comes_pushes_nothing_out_that_more_was_asked_for(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    for number in range(23):
        notify(token, str(number))
    page = open_as(token, f"{plaza.url}/account/notifications")
    items = page.get_by_role("main").get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(items).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(items).to_have_count(23)
    notify(token, "one more")
    expect(items).to_have_count(24)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_bell_and_page_are_accessible_and_fit(
    plaza: SimpleNamespace, open_as: Open, token: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = open_as(token, f"{plaza.url}/account/notifications", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_class(re.compile(rf"\b{scheme}\b"))
    assert violations(page) == []
    for number in range(25):
        notify(token, f"{number} " + "Averylongword" * (number % 4))
    unread = page.get_by_role("banner").get_by_role("button", name=re.compile("25 unread"), include_hidden=True)
    expect(unread).to_have_count(1)
    expect(page.get_by_role("main").get_by_role("list", name="Notifications").get_by_role("listitem")).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_role("main").get_by_role("list", name="Notifications").get_by_role("listitem")).to_have_count(25)
    if width > 320:
        unread.click()
        expect(page.get_by_role("region", name="Notifications").get_by_role("listitem")).to_have_count(20)
    else:  # where there is no room for a bell, the menu leads there
        page.get_by_role("button", name="Someone, account").click()
        expect(page.get_by_role("link", name="Notifications").last).to_be_visible()
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert users.small_targets(page) == []


def test_whoever_is_not_signed_in_is_led_there_by_the_bell(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url)
    page.get_by_role("link", name="Notifications").click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/account/notifications")


def test_a_notification_whose_poke_was_lost_shows_at_the_next_look(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    page = open_as(token, plaza.url)
    expect(bell(page)).to_be_visible()
    notify(token, "Mug: $16.00, $4.00 less.", is_poked=False)
    expect(bell(page, 1)).to_be_visible()


@pytest.mark.parametrize("notification_id", ["", "x", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}])
def test_a_made_up_notification_is_refused_calmly(
    plaza: SimpleNamespace, stack: SimpleNamespace, token: str, notification_id: object
) -> None:
    log = stack.folder / "e2e" / f"web-{plaza.url.rpartition(':')[2]}.log"
    written = log.stat().st_size
    with socket_client.open_socket(plaza.url, str(uuid4()), cookie=f"{users.COOKIE}={token}") as client:
        client.hydrate("/")
        client.send(f"{BELL}.mark_read", {"notification_id": notification_id})
        client.await_text(NotificationNotFound.message.replace(" ", ""))
    logged = log.read_text()[written:]
    assert '"code":"notification_not_found"' in logged.replace(" ", "")
    assert ("Traceback" in logged, "event failed" in logged) == (False, False)


def test_events_of_the_bell_are_nobodys_without_a_cookie_and_change_nothing_of_others(
    plaza: SimpleNamespace, token: str
) -> None:
    notify(token, "Secret wish")
    ((notification_id,),) = rows(
        "SELECT id FROM notification WHERE text = 'Secret wish' AND user_id = :me", me=user_of(token)
    )
    for cookie in ("", f"{users.COOKIE}={users.make_session(f'{uuid4().hex}@example.org')}"):
        with socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie) as other:
            other.hydrate("/")
            for handler in ("open", "mark_all_read", "refresh", "_show_latest", "_set_unread", "set_latest"):
                other.send(f"{BELL}.{handler}", {"user": str(user_of(token))})
            other.send(f"{BELL}.mark_read", {"notification_id": str(notification_id)})
            assert "Secretwish" not in other.settle()
    assert rows("SELECT read_at FROM notification WHERE id = :id", id=notification_id) == [(None,)]


@pytest.fixture
def own_valkey(built: None, stack: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """Two web processes whose pokes go by a Valkey of their own, which a test may kill."""
    port, folder = processes.free_port(), stack.folder / f"own_valkey-{uuid4().hex[:8]}"
    folder.mkdir()
    previous_url = os.environ["PLAZA_WORK_REDIS_URL"]

    def run() -> subprocess.Popen[bytes]:
        return valkey.start(folder, port=port, password=TEST_PASSWORD, log=folder / "valkey.log")

    servers = SimpleNamespace(run=run, valkey=run(), urls=[])
    _use_work_redis(valkey.url(port, TEST_PASSWORD))
    ports = [processes.free_port() for _ in range(2)]
    servers.urls = [f"http://127.0.0.1:{each}" for each in ports]
    webs = [
        Tier("platform_app", "web", "--all-in-one", "--port", str(each), url=url, log=folder / f"web-{each}.log")
        for each, url in zip(ports, servers.urls, strict=True)
    ]
    try:
        for url in servers.urls:
            await_ready(url)
        yield servers
    finally:
        stop_tiers(webs)
        processes.stop(servers.valkey)
        _use_work_redis(previous_url)


def _use_work_redis(url: str) -> None:
    os.environ["PLAZA_WORK_REDIS_URL"] = url
    settings.cache_clear()
    invalidation.work_redis.cache_clear()


def test_what_is_told_while_valkey_is_away_shows_on_every_process_once_it_is_back(
    own_valkey: SimpleNamespace, token: str
) -> None:
    with ExitStack() as stack:
        tabs = [
            stack.enter_context(socket_client.open_socket(url, str(uuid4()), cookie=f"{users.COOKIE}={token}"))
            for url in own_valkey.urls
        ]
        for tab in tabs:
            tab.hydrate("/")
        notify(token, "While it is there")
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"1"')
        own_valkey.valkey.kill()
        own_valkey.valkey.wait()
        notify(token, "While it is away")
        own_valkey.valkey = own_valkey.run()
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"2"')
        notify(token, "Once it is back")
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"3"')
