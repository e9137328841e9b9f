"""The page that reports a listing."""

import asyncio

import pytest
from reflex.istate.data import RouterData
from reflex.state import State

from platform_app.infra import cache, db
from state.core import live_updates
from state.reports import ReportListingState
from tests.factories import make_listing

MUG = "/shops/clay-and-co/stoneware-mug"


@pytest.fixture(autouse=True)
def listings(clean: None) -> None:
    """A listing for sale, and a draft."""
    with db.writing() as session:
        make_listing(session, indexed=False)
        make_listing(session, indexed=False, key="vase", title="Secret vase", status="draft")


def loaded_page(path: str) -> ReportListingState:
    """The page at this path, in a new tab."""

    async def load() -> ReportListingState:
        cache._redis.cache_clear()
        cache.set_listening(True)
        try:
            tab = State(_reflex_internal_init=True)
            data = {"token": "", "sid": "", "pathname": path, "asPath": path, "query": {}, "headers": {}}
            tab.router = RouterData.from_router_data(data)
            page = await tab.get_state(ReportListingState)
            await ReportListingState.load.fn(page)
            return page
        finally:
            cache.set_listening(False)
            await cache._redis().aclose()
            cache._redis.cache_clear()
            live_updates.unsubscribe("")

    return asyncio.run(load())


def test_the_form_is_about_the_listing_of_the_url() -> None:
    page = loaded_page(f"{MUG}/report")
    assert (page.status, page.listing_title, page.shop_name) == ("ready", "Stoneware mug", "Clay & Co")
    assert (page.shop_slug, page.listing_slug, page.listing_href) == ("clay-and-co", "stoneware-mug", MUG)


@pytest.mark.parametrize("path", ["/shops/clay-and-co/secret-vase/report", "/shops/nobody/mug/report", "/%00", "/"])
def test_a_listing_that_visitors_cannot_see_is_not_found(path: str) -> None:
    page = loaded_page(path)
    assert (page.status, page.listing_title) == ("missing", "")
