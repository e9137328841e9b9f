"""The first paint and the app look the same: nothing moves when the scripts run."""

from collections.abc import Callable
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from tests.e2e import accessibility

PATHS = (
    "/",
    "/search?q=mug",
    "/c/home-living",
    "/c/clothing?in_stock=1",
    "/shops/clay-and-co",
    "/shops/clay-and-co/ocean-linen-shirt",
)
MEASURED = ("header", "h1", "img", "article")
# The position of each element in whole pixels, after the fonts have loaded.
MEASURE = """async (seen) => {
  await document.fonts.ready;
  const root = document.querySelector('main[data-ready]') ? ':not(#first-paint *)' : '#first-paint *';
  return seen.map((name) => {
    const found = [...document.querySelectorAll(name)].find((each) => each.matches(root));
    if (!found) return [name];
    const {x, y, width, height} = found.getBoundingClientRect();
    return [name, ...[x, y, width, height].map(Math.round)];
  });
}"""


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_no_element_moves_when_the_app_takes_over(
    plaza: SimpleNamespace, open_page: Callable[..., Page], path: str, width: int
) -> None:
    served = open_page(plaza.url + path, width=width, javascript=False).evaluate(MEASURE, MEASURED)
    page = open_page(plaza.url + path, width=width)
    page.wait_for_function("!document.getElementById('first-paint')")
    assert page.evaluate(MEASURE, MEASURED) == served
    assert [len(box) for box in served] == [5, 5, 5, 5]


# Per frame, from the loaded document on: whether a first paint was served, and the number of visible headers.
WATCH = """
  window.headers = [];
  new MutationObserver((changes, observer) => {
    window.served = document.querySelectorAll('#first-paint header').length;
    if (window.served) observer.disconnect();
  }).observe(document, {childList: true, subtree: true});
  const look = () => {
    const seen = [...document.querySelectorAll('header')].filter((each) => each.checkVisibility());
    if (document.readyState !== 'loading') window.headers.push(seen.length);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
"""


@pytest.mark.parametrize("path", PATHS)
def test_exactly_one_page_is_visible_in_every_frame(
    plaza: SimpleNamespace, open_page: Callable[..., Page], path: str
) -> None:
    page = open_page(plaza.url + "/sign-in")
    page.add_init_script(WATCH)
    page.goto(plaza.url + path)
    page.wait_for_selector("#first-paint", state="detached")
    assert page.evaluate("window.served") == 1
    assert set(page.evaluate("new Promise((done) => setTimeout(() => done(window.headers), 500))")) == {1}
    assert page.evaluate("document.querySelectorAll('main[data-ready]').length") == 1


@pytest.mark.parametrize("width", [390, 1440])
@pytest.mark.parametrize("path", PATHS)
def test_the_first_paint_is_accessible_and_fits(
    plaza: SimpleNamespace, browser: Browser, path: str, width: int
) -> None:
    with browser.new_context(viewport={"width": width, "height": 844}) as context:
        page = context.new_page()
        page.route("**/assets/*.js", lambda route: route.abort())  # axe itself needs scripts to run
        page.goto(plaza.url + path)
        page.wait_for_selector("#first-paint h1")
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert accessibility.violations(page) == []
