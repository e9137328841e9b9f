"""What a first visit to a page sends, pictures aside, as the browser counts it on the wire."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser

from tests.e2e.test_takeover import PATHS

MOST_BYTES = 220_000


@pytest.mark.parametrize("path", PATHS)
def test_a_first_visit_is_small_and_fetches_nothing_twice(plaza: SimpleNamespace, browser: Browser, path: str) -> None:
    asked: dict[str, tuple[str, str]] = {}
    sent: dict[str, int] = {}
    with browser.new_context(viewport={"width": 390, "height": 844}) as context:
        page = context.new_page()
        wire = context.new_cdp_session(page)
        wire.on(
            "Network.responseReceived",
            lambda got: asked.update({got["requestId"]: (got["type"], got["response"]["url"])}),
        )
        wire.on("Network.loadingFinished", lambda got: sent.update({got["requestId"]: int(got["encodedDataLength"])}))
        wire.send("Network.enable")
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")
        page.wait_for_load_state("networkidle")
    urls = [url for _, url in asked.values()]
    assert len(set(urls)) == len(urls)
    assert [url for url in urls if url.endswith(".css")] == [], "the page's styles are in it"
    counted = {url: sent.get(request, 0) for request, (kind, url) in asked.items() if kind != "Image"}
    assert {"Document", "Script", "Font"} <= {kind for kind, _ in asked.values()}
    assert sum(counted.values()) <= MOST_BYTES, sorted(counted.items(), key=lambda each: -each[1])
