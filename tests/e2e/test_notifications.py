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
from platform_app.domain.notifications.rules import Kind
from platform_app.domain.notifications.schemas import News
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, pokes
from platform_app.infra.settings import settings
from platform_app.stack import processes, valkey
from tests.conftest import PASSWORD
from tests.e2e import people, wire
from tests.e2e.conftest import Tier, await_ready, end
from tests.e2e.test_cost import CONNECTING, expect_cost
from tests.favourites.running import rows

Open = Callable[..., Page]
BELL = "state___bell____bell_state"


@pytest.fixture(autouse=True)
def first_tries(plaza: SimpleNamespace) -> None:
    """Nobody has tried too often."""
    people.forget_tries()


@pytest.fixture
def token() -> str:
    """Somebody's session."""
    return people.make(f"{uuid4().hex}@example.org")


def user_of(token: str) -> UUID:
    with db.reading() as session:
        viewer = accounts.viewer(session, digest=rules.digest(token))
    assert viewer is not None
    return viewer.user_id


def tell(token: str, text: str, *, href: str = "/favourites", is_poked: bool = True) -> None:
    """Something happens to somebody; unpoked as when a poke is lost."""
    news = News(kind=Kind.PRICE_DROP, about=text, text=text, href=href)
    with db.writing() as session:
        service.tell(session, user_id=user_of(token), news=news, now=utc_now())
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
    here = open_as(token, plaza.urls[0], width=1440)
    there = open_as(token, f"{plaza.urls[1]}/account/notifications")
    other = open_as(people.make(f"{uuid4().hex}@example.org"), plaza.urls[1])
    expect(there.get_by_role("heading", name="Nothing yet")).to_be_visible()
    expect(bell(here)).to_be_visible()
    tell(token, "Mug: $16.00, $4.00 less.", href="/shops/clay-and-co")
    for page in (here, there):
        expect(bell(page, 1)).to_be_visible()
        expect(page.get_by_role("banner").get_by_role("status")).to_have_text("Notifications, 1 unread")
    expect(there.get_by_role("main").get_by_text("Mug: $16.00, $4.00 less.")).to_be_visible()
    expect(bell(other)).to_be_visible()
    bell(here, 1).click()
    panel = here.get_by_role("region", name="Notifications")
    expect(panel.get_by_role("link", name="Mug: $16.00")).to_contain_text("Unread")
    tell(token, "Bowl: $9.00, $1.00 less.")
    expect(panel.get_by_role("link", name="Bowl: $9.00")).to_be_visible()
    panel.get_by_role("link", name="Mug: $16.00").click()
    expect(here).to_have_url(f"{plaza.urls[0]}/shops/clay-and-co")
    for page in (here, there):
        expect(bell(page, 1)).to_be_visible()
    bell(here, 1).click()
    panel.get_by_role("button", name="Mark all as read").click()
    for page in (here, there):
        expect(bell(page)).to_be_visible()
    expect(panel.get_by_text("Unread")).to_have_count(0)
    expect(there.get_by_role("main").get_by_text("Unread")).to_have_count(0)


def test_opening_the_panel_is_one_event_and_one_query_and_the_count_costs_neither(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    tell(token, "Mug: $16.00, $4.00 less.")
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
    expect_cost(plaza.url, view_and_open, {**viewed, "BellState.open": 1, "queries": 1})


def test_the_bell_is_rung_and_left_by_keyboard(plaza: SimpleNamespace, open_as: Open, token: str) -> None:
    tell(token, "Mug: $16.00, $4.00 less.")
    page = open_as(token, plaza.url)
    bell(page, 1).focus()
    page.keyboard.press("Enter")
    panel = page.get_by_role("region", name="Notifications")
    expect(panel.get_by_role("link", name="Mug: $16.00")).to_be_visible()
    for name in ("Mark all as read", "Something you like costs less", "See all notifications"):
        page.keyboard.press("Tab")
        expect(panel.locator(":focus")).to_contain_text(name)
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    expect(bell(page, 1)).to_be_focused()


def test_what_comes_pushes_nothing_out_that_more_was_asked_for(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    for place in range(23):
        tell(token, str(place))
    page = open_as(token, f"{plaza.url}/account/notifications")
    told = page.get_by_role("main").get_by_role("list", name="Notifications").get_by_role("listitem")
    expect(told).to_have_count(20)
    page.get_by_role("button", name="Show more").click()
    expect(told).to_have_count(23)
    tell(token, "one more")
    expect(told).to_have_count(24)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1440])
def test_bell_and_page_are_accessible_and_fit(
    plaza: SimpleNamespace, open_as: Open, token: str, width: int, scheme: Literal["light", "dark"]
) -> None:
    page = open_as(token, f"{plaza.url}/account/notifications", width=width)
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    expect(page.locator("html")).to_have_class(re.compile(rf"\b{scheme}\b"))
    assert violations(page) == []
    for place in range(25):
        tell(token, f"{place} " + "Averylongword" * (place % 4))
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
    assert people.small_targets(page) == []


def test_whoever_is_not_signed_in_is_led_there_by_the_bell(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(plaza.url)
    page.get_by_role("link", name="Notifications").click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/account/notifications")


def test_a_notification_whose_poke_was_lost_shows_at_the_next_look(
    plaza: SimpleNamespace, open_as: Open, token: str
) -> None:
    page = open_as(token, plaza.url)
    expect(bell(page)).to_be_visible()
    tell(token, "Mug: $16.00, $4.00 less.", is_poked=False)
    expect(bell(page, 1)).to_be_visible()


@pytest.mark.parametrize("notification_id", ["", "x", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}])
def test_a_made_up_notification_is_refused_calmly(
    plaza: SimpleNamespace, stack: SimpleNamespace, token: str, notification_id: object
) -> None:
    log = stack.folder / "e2e" / f"web-{plaza.url.rpartition(':')[2]}.log"
    written = log.stat().st_size
    with wire.opened(plaza.url, str(uuid4()), cookie=f"{people.COOKIE}={token}") as mine:
        mine.hydrate("/")
        mine.send(f"{BELL}.read", {"notification_id": notification_id})
        assert "Thisnotificationisnotthereanymore." in mine.await_text("notthereanymore")
    said = log.read_text()[written:]
    assert '"code":"notification_not_found"' in said.replace(" ", "")
    assert ("Traceback" in said, "event failed" in said) == (False, False)


def test_events_of_the_bell_are_nobodys_without_a_cookie_and_change_nothing_of_others(
    plaza: SimpleNamespace, token: str
) -> None:
    tell(token, "Secret wish")
    ((told,),) = rows("SELECT id FROM notification WHERE text = 'Secret wish' AND user_id = :me", me=user_of(token))
    for cookie in ("", f"{people.COOKIE}={people.make(f'{uuid4().hex}@example.org')}"):
        with wire.opened(plaza.url, str(uuid4()), cookie=cookie) as other:
            other.hydrate("/")
            for handler in ("open", "read_all", "refresh", "_show", "_turn", "set_latest"):
                other.send(f"{BELL}.{handler}", {"user": str(user_of(token))})
            other.send(f"{BELL}.read", {"notification_id": str(told)})
            assert "Secretwish" not in other.settle()
    assert rows("SELECT read_at FROM notification WHERE id = :id", id=told) == [(None,)]


@pytest.fixture
def alone(built: None, stack: SimpleNamespace) -> Iterator[SimpleNamespace]:
    """Two web processes whose pokes go by a Valkey of their own, which a test may kill."""
    port, folder = processes.free_port(), stack.folder / f"alone-{uuid4().hex[:8]}"
    folder.mkdir()
    kept = os.environ["PLAZA_WORK_REDIS_URL"]

    def run() -> subprocess.Popen[bytes]:
        return valkey.start(folder, port=port, password=PASSWORD, log=folder / "valkey.log")

    made = SimpleNamespace(run=run, valkey=run(), urls=[])
    _point_at(valkey.url(port, PASSWORD))
    ports = [processes.free_port() for _ in range(2)]
    made.urls = [f"http://127.0.0.1:{each}" for each in ports]
    webs = [
        Tier("web", "--all-in-one", "--port", str(each), url=url, log=folder / f"web-{each}.log")
        for each, url in zip(ports, made.urls, strict=True)
    ]
    try:
        for url in made.urls:
            await_ready(url)
        yield made
    finally:
        end(webs)
        processes.stop(made.valkey)
        _point_at(kept)


def _point_at(url: str) -> None:
    os.environ["PLAZA_WORK_REDIS_URL"] = url
    settings.cache_clear()
    pokes.work_redis.cache_clear()


def test_what_is_told_while_valkey_is_away_shows_on_every_process_once_it_is_back(
    alone: SimpleNamespace, token: str
) -> None:
    with ExitStack() as stack:
        tabs = [
            stack.enter_context(wire.opened(url, str(uuid4()), cookie=f"{people.COOKIE}={token}")) for url in alone.urls
        ]
        for tab in tabs:
            tab.hydrate("/")
        tell(token, "While it is there")
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"1"')
        alone.valkey.kill()
        alone.valkey.wait()
        tell(token, "While it is away")
        alone.valkey = alone.run()
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"2"')
        tell(token, "Once it is back")
        for tab in tabs:
            tab.await_text('"unread_rx_state_":"3"')
