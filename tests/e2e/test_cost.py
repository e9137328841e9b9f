"""What a page view costs: one event, and no query if the page is cached."""

import re
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Sequence
from types import SimpleNamespace

import pytest
from playwright.sync_api import Page, expect

Open = Callable[..., Page]
PATHS = {
    "/": "HomeState.load",
    "/search?q=mug": "SearchState.load",
    "/c/home-living": "CategoryState.load",
    "/shops/clay-and-co": "ShopState.load",
    "/shops/clay-and-co/ocean-linen-shirt": "ListingState.load",
}
CONNECTING = {"State.hydrate_and_load": 1}  # the browser's event; the page's own handler runs after it
_EVENT = re.compile(r'plaza_event_seconds_count\{handler="([^"]+)",outcome="ok"\} ([0-9.]+)')
_QUERIES = re.compile(r"^plaza_queries_total ([0-9.]+)$", re.MULTILINE)


def read_counts(url: str) -> Counter[str]:
    """Events by handler, and queries, that this process has counted so far."""
    with urllib.request.urlopen(f"{url}/metrics") as answer:
        metrics_text = answer.read().decode()
    found = _QUERIES.search(metrics_text)
    counts = Counter({handler: round(float(count)) for handler, count in _EVENT.findall(metrics_text)})
    counts["queries"] = round(float(found.group(1))) if found else 0
    return counts


def settled_counts(url: str) -> Counter[str]:
    """The counts once they have not changed for a second, so that no earlier event counts later."""
    now = read_counts(url)
    for _ in range(60):
        time.sleep(1)  # the second without changes
        before, now = now, read_counts(url)
        if before == now:
            return now
    raise AssertionError("it never rests")


def expect_cost(url: str, do: Callable[[], object], cost: dict[str, int]) -> None:
    """Check that an action costs these events every time, and at best of three these queries.

    A process checks all sessions every half minute, which may fall into one of the three.
    """
    found: dict[str, int] = {}
    for _ in range(3):
        before = settled_counts(url)
        do()
        found = dict(read_counts(url) - before)
        assert {**found, "queries": 0} == {**cost, "queries": 0}
        if found == cost:
            return
    assert found == cost


@pytest.mark.parametrize(("path", "load"), PATHS.items())
def test_a_cached_page_costs_one_event_and_no_query(
    plaza: SimpleNamespace, open_page: Open, path: str, load: str
) -> None:
    open_page(plaza.url + path)
    expect_cost(plaza.url, lambda: open_page(plaza.url + path), {**CONNECTING, load: 1})


@pytest.mark.parametrize(
    ("searches", "queries"),
    [
        (("number+mug", "mug+number", "number+number+mug"), 2),
        # Without results the alternatives are read, and the zero-result query is stored.
        (("linen+number", "number+linen", "linen+linen+number"), 10),
    ],
)
def test_a_new_search_costs_two_queries_or_ten_without_results(
    plaza: SimpleNamespace, open_page: Open, searches: Sequence[str], queries: int
) -> None:
    open_page(f"{plaza.url}/search?q=mug")
    unmade = iter(searches)
    expect_cost(
        plaza.url,
        lambda: open_page(f"{plaza.url}/search?q={next(unmade)}"),
        {**CONNECTING, "SearchState.load": 1, "queries": queries},
    )


def test_navigation_costs_one_event(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/search?q=mug")
    before = read_counts(plaza.url)
    page.get_by_role("link", name="Mug number 20").click()
    expect(page.get_by_role("heading", name="Mug number 20")).to_be_visible()
    while not (seen := {name for name in read_counts(plaza.url) - before if name != "queries"}):
        page.wait_for_timeout(50)  # an event is counted a moment after its answer
    assert seen == {"ListingState.load"}
