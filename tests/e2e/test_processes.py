"""Several web processes are one Plaza."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from tests.imports import running

Open = Callable[..., Page]


def bring(title: str, price: str) -> None:
    """Import a file of one listing, by the worker."""
    running.start(f"key,title,price,category\nlate,{title},{price},Home & living\n".encode())


def test_what_is_imported_shows_on_open_pages_of_every_process(plaza: SimpleNamespace, open_page: Open) -> None:
    pages = [open_page(f"{url}/search?q=latecomer") for url in plaza.urls]
    bring("Latecomer bowl", "42.00")
    for page in pages:
        expect(page.get_by_role("link", name="Latecomer bowl")).to_be_visible()
    listings = [open_page(f"{url}/shops/clay-and-co/latecomer-bowl") for url in plaza.urls]
    bring("Latecomer bowl", "43.00")
    for page in listings:
        expect(page.get_by_role("main").get_by_text("$43.00").first).to_be_visible()


@pytest.mark.parametrize("place", [0, 1])
def test_killing_a_web_process_costs_a_visitor_no_more_than_a_reconnect(
    plaza: SimpleNamespace, open_page: Open, place: int
) -> None:
    page = open_page(f"{plaza.urls[place]}/search?q=mug", width=1440, may_say="WebSocket connection to")
    plaza.webs[place].kill()
    plaza.webs[place].start()
    plaza.await_ready(plaza.urls[place])
    page.get_by_role("link", name="In stock").first.click()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible(timeout=20_000)
