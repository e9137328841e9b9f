"""Several web processes are one Plaza."""

from collections.abc import Callable
from types import SimpleNamespace

from playwright.sync_api import Page, expect

from platform_app.domain.catalog import service
from platform_app.domain.catalog.schemas import VariantDraft
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.factories import NOW, make_draft

Open = Callable[..., Page]


def save(title: str, price: int) -> None:
    draft = make_draft(
        key="late", title=title, category="home-living", variants=(VariantDraft(price=price, quantity=3),)
    )
    with db.writing() as session:
        shop = shops.at(session, slug="clay-and-co")
        service.save_many(session, shop=shop, drafts=[draft], reason=Reason.EDIT, now=NOW)


def test_what_is_imported_shows_on_open_pages_of_every_process(plaza: SimpleNamespace, open_page: Open) -> None:
    pages = [open_page(f"{url}/search?q=latecomer") for url in plaza.urls]
    save("Latecomer bowl", 4200)
    for page in pages:
        expect(page.get_by_role("link", name="Latecomer bowl")).to_be_visible()
    listings = [open_page(f"{url}/shops/clay-and-co/latecomer-bowl") for url in plaza.urls]
    save("Latecomer bowl", 4300)
    for page in listings:
        expect(page.get_by_role("main").get_by_text("$43.00").first).to_be_visible()


def test_killing_a_web_process_costs_a_visitor_no_more_than_a_reconnect(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    page = open_page(f"{plaza.urls[1]}/search?q=mug", width=1440, may_say="net::ERR_CONNECTION")
    plaza.webs[1].kill()
    plaza.webs[1].start()
    plaza.await_ready(plaza.urls[1])
    page.get_by_role("link", name="In stock").first.click()
    expect(page.get_by_text("20 listings", exact=True)).to_be_visible(timeout=20_000)
