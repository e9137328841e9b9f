"""Several web processes act as one Plaza."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.imports.rules.states import RunState
from tests.e2e import users
from tests.imports import helpers
from tests.media import sample_files

Open = Callable[..., Page]


def import_listing(title: str, price: str) -> None:
    """Import a file of one listing, with the worker."""
    helpers.start(f"key,title,price,category\nlate,{title},{price},Home & living\n".encode())


def test_an_imported_price_shows_on_open_pages_of_every_process(plaza: SimpleNamespace, open_page: Open) -> None:
    pages = [open_page(f"{url}/search?q=latecomer") for url in plaza.urls]
    import_listing("Latecomer bowl", "42.00")
    for page in pages:
        expect(page.get_by_role("link", name="Latecomer bowl")).to_be_visible()
    listings = [open_page(f"{url}/shops/clay-and-co/latecomer-bowl") for url in plaza.urls]
    import_listing("Latecomer bowl", "43.00")
    for page in listings:
        expect(page.get_by_role("main").get_by_text("$43.00").first).to_be_visible()


@pytest.mark.parametrize("index", [0, 1])
def test_killing_a_web_process_costs_a_visitor_a_reconnect_only(
    plaza: SimpleNamespace, open_page: Open, index: int
) -> None:
    page = open_page(f"{plaza.urls[index]}/search?q=mug", width=1440, allowed_messages="WebSocket connection to")
    plaza.webs[index].kill()
    plaza.webs[index].start()
    plaza.await_ready(plaza.urls[index])
    page.get_by_role("checkbox", name="In stock").first.check()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible()


def test_killing_a_web_process_during_an_upload_and_an_import_loses_nothing(
    plaza: SimpleNamespace, open_as: Open, tmp_path: Path
) -> None:
    cookie = users.make_owner_session("olga@example.org")
    page = open_as(
        cookie, f"{plaza.url}/sell/clay-and-co/listings", allowed_messages=("net::ERR_", "WebSocket connection to")
    )
    page.get_by_role("button", name="Add a listing").click()
    page.get_by_label("Title").fill("Sent through an outage")
    expect(page.get_by_text("Draft saved")).to_be_visible()
    photos = [tmp_path / f"{number}.jpg" for number in range(4)]
    for number, photo in enumerate(photos):
        photo.write_bytes(sample_files.photo(1600, 1200, seed=number))
    page.locator("#pictures-choose").set_input_files(photos)
    expect(page.get_by_role("list", name="Uploads")).to_be_visible()
    rows = [f"goods-{number},Goods {number},{number % 90 + 1}.00,Home & living\n" for number in range(3000)]
    run = helpers.start("".join(["key,title,price,category\n", *rows]).encode())
    plaza.webs[0].kill()
    page.wait_for_timeout(1500)  # long enough for the open requests to fail
    plaza.webs[0].start()
    plaza.await_ready(plaza.url)
    pictures = page.get_by_role("list", name="Pictures in order").locator("img")
    expect(pictures).to_have_count(4)
    expect(page.get_by_label("Title")).to_have_value("Sent through an outage")
    for _ in range(3000):
        if helpers.state(run).state is RunState.FINISHED:
            break
        page.wait_for_timeout(100)
    assert (helpers.state(run).state, helpers.state(run).created) == (RunState.FINISHED, 3000)
    page.reload()
    expect(pictures).to_have_count(4)
    expect(page.get_by_label("Title")).to_have_value("Sent through an outage")
