"""The Content-Security-Policy of pages in a browser, through the edge: it allows our scripts and blocks all others."""

from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page

from platform_app.rest import csp

PAGES = (
    "/",
    "/search?q=mug",
    "/search?q=zzzqqq",
    "/c/clothing",
    "/shops/clay-and-co",
    "/shops/clay-and-co/ocean-linen-shirt",
    "/nowhere/at/all",
    "/sign-in",
    "/sign-up",
    "/forgot",
)
RECORD_VIOLATIONS = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => violations.push(
    [event.violatedDirective, event.blockedURI, event.sample].join(" ")));
"""


@pytest.fixture
def page(market: SimpleNamespace, browser: Browser) -> Page:
    context = browser.new_context(ignore_https_errors=True, viewport={"width": 1440, "height": 900})
    context.add_init_script(RECORD_VIOLATIONS)
    return context.new_page()


def test_no_page_violates_its_policy(market: SimpleNamespace, page: Page) -> None:
    console_messages: list[str] = []
    page.on(
        "console",
        lambda message: console_messages.append(message.text) if message.type in ("error", "warning") else None,
    )
    for path in PAGES * 2:  # the second time from the browser's cache
        page.goto(market.url + path)
        page.wait_for_selector("main[data-ready]")
        assert (path, page.evaluate("violations")) == (path, [])
    assert [text for text in console_messages if "status of 404" not in text] == []


def test_navigation_and_the_theme_menu_violate_no_policy(market: SimpleNamespace, page: Page) -> None:
    page.goto(market.url)
    page.wait_for_selector("main[data-ready]")
    page.get_by_role("button", name="Theme").click()
    page.get_by_role("combobox", name="Search Plaza").fill("linen")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="Ocean linen shirt").first.click()
    page.wait_for_url("**/ocean-linen-shirt")
    page.get_by_role("heading", level=1, name="Ocean linen shirt").wait_for()
    page.get_by_role("main").locator("label", has_text="Ink").click()
    page.get_by_role("main").get_by_text("$65.00").first.wait_for()
    assert page.evaluate("violations") == []


def test_an_injected_script_does_not_run(market: SimpleNamespace, page: Page) -> None:
    page.goto(market.url)
    page.wait_for_selector("main[data-ready]")
    page.evaluate(
        """() => {
          document.body.append(Object.assign(document.createElement("script"), { textContent: "window.stolen = 1" }));
          const host = document.createElement("div");
          host.innerHTML = `<img src="/favicon.svg" onload="window.stolen = 2">`;
          document.body.append(host);
          document.body.append(Object.assign(document.createElement("script"), { src: "https://evil.example/x.js" }));
        }"""
    )
    page.wait_for_function("violations.length >= 3")
    assert page.evaluate("window.stolen") is None
    assert page.evaluate("fetch('https://evil.example/').then(() => 'sent', () => 'kept back')") == "kept back"


def test_the_policy_covers_the_scripts_of_the_build_only() -> None:
    shell = '<head><script>ours()</script><script src="/a.js"></script><style>b{}</style></head>'
    page_policy = csp.page_policy(shell, "later()")
    assert page_policy.count("'sha256-") == 4  # two scripts, a style and the empty one
    assert page_policy != csp.page_policy(shell.replace("ours", "theirs"), "later()")
    scripts = next(part for part in page_policy.split("; ") if part.startswith("script-src "))
    assert ("unsafe" in scripts, "*" in scripts) == (False, False)
