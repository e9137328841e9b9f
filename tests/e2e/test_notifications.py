"""The notification bell, by keyboard and on several devices of one user."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from types import SimpleNamespace
from typing import Literal
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Locator, Page, expect

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules
from platform_app.domain.favourites.rules import PRICE_DROP
from platform_app.domain.notifications import service
from platform_app.domain.notifications.errors import NotificationNotFound
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, invalidation
from platform_app.infra.settings import settings
from platform_app.stack import processes, valkey
from tests.conftest import TEST_PASSWORD
from tests.e2e import accessibility, users
from tests.e2e.conftest import Tier, await_ready, stop_tiers
from tests.e2e.test_cost import CONNECTING, expect_cost
from tests.favourites.helpers import rows
from tools.bench import socket_client

Open = Callable[..., Page]
BELL = "state___notifications_bell____notification_bell_state"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


@pytest.fixture
def token() -> str:
    """The session token of a new user."""
    return users.make_session(f"{uuid4().hex}@example.org")


def user_of(token: str) -> UUID:
    with db.reading() as session:
        viewer = accounts.viewer(session, digest=rules.digest(token))
    assert viewer is not None
    return viewer.user_id


def notify(token: str, text: str, *, href: str = "/favourites", is_published: bool = True) -> None:
    """Notify the user of this session; without the invalidation, as if it were lost, unless `is_published`."""
    content = NotificationContent(kind=PRICE_DROP, about=text, text=text, href=href)
    with db.writing() as session:
        service.notify(session, user_id=user_of(token), content=content, now=utc_now())
        if not is_published:
            session.info.clear()


def bell(page: Page, unread: int = 0) -> Locator:
    name = f"Notifications, {unread} unread" if unread else "Notifications"
    return page.get_by_role("banner").get_by_role("button", name=name, exact=True)


def test_a_new_notification_shows_on_every_device_and_reading_it_updates_all(
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


def test_opening_the_panel_costs_one_event_and_one_query_and_the_count_costs_none(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    notify(token, "Mug: $16.00, $4.00 less.")
    page = open_as(token, plaza.url)
    expect(bell(page, 1)).to_be_visible()
    page.wait_for_timeout(3000)  # until all events of the first page view are counted

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


def test_the_bell_opens_and_closes_by_keyboard(plaza: SimpleNamespace, open_as: Open, token: str) -> None:
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


def test_a_new_notification_keeps_the_earlier_pages_that_were_loaded(
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
def test_the_bell_and_its_page_are_accessible_and_fit(
    plaza: SimpleNamespace, open_as: Open, token: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = open_as(token, f"{plaza.url}/account/notifications", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_class(re.compile(rf"\b{scheme}\b"))
    assert accessibility.violations(page) == []
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
    else:  # where there is no room for the bell, the menu has the link
        page.get_by_role("button", name="Someone, account").click()
        expect(page.get_by_role("link", name="Notifications").last).to_be_visible()
    assert accessibility.violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert users.small_targets(page) == []


def test_the_bell_leads_visitors_to_the_sign_in_page(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url)
    page.get_by_role("link", name="Notifications").click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/account/notifications")


def test_a_notification_with_a_lost_invalidation_shows_at_the_next_check(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    page = open_as(token, plaza.url)
    expect(bell(page)).to_be_visible()
    notify(token, "Mug: $16.00, $4.00 less.", is_published=False)
    expect(bell(page, 1)).to_be_visible()


@pytest.mark.parametrize("notification_id", ["", "x", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}])
def test_an_invalid_notification_id_is_refused_without_an_error(
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


def test_bell_events_of_others_read_and_change_no_notification(plaza: SimpleNamespace, token: str) -> None:
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
    """Two web processes with a separate Valkey for invalidations, which a test may kill."""
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


def test_notifications_during_a_valkey_outage_show_on_every_process_afterwards(
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
