"""The bytes of a first visit without pictures, as the browser counts them."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser

from tests.e2e.test_hydration import PATHS

MAX_BYTES = 220_000


@pytest.mark.parametrize("path", PATHS)
def test_a_first_visit_is_small_and_fetches_nothing_twice(plaza: SimpleNamespace, browser: Browser, path: str) -> None:
    responses: dict[str, tuple[str, str]] = {}
    sizes: dict[str, int] = {}
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.on(
            "Network.responseReceived",
            lambda got: responses.update({got["requestId"]: (got["type"], got["response"]["url"])}),
        )
        session.on(
            "Network.loadingFinished", lambda got: sizes.update({got["requestId"]: int(got["encodedDataLength"])})
        )
        session.send("Network.enable")
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")
        page.wait_for_load_state("networkidle")
    urls = [url for _, url in responses.values()]
    assert len(set(urls)) == len(urls)
    assert [url for url in urls if url.endswith(".css")] == [], "the page's styles are in it"
    counted = {url: sizes.get(request, 0) for request, (kind, url) in responses.items() if kind != "Image"}
    assert {"Document", "Script", "Font"} <= {kind for kind, _ in responses.values()}
    assert sum(counted.values()) <= MAX_BYTES, sorted(counted.items(), key=lambda each: -each[1])
