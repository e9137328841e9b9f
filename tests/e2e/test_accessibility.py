"""Every page, with its dialogs open and its errors shown, breaks no rule of axe."""

from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from pages.routes import ROUTES
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from tests.e2e import accessibility, users

Open = Callable[..., Page]
SHOP = "clay-and-co"
SHIRT = f"/shops/{SHOP}/ocean-linen-shirt"


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def paths() -> list[str]:
    """A path for each route, with the ids of the market."""
    with db.reading() as session:
        shop = shops.find_by_slug(session, slug=SHOP)
        assert shop is not None
        shirt = catalog.listings_by_key(session, shop_id=shop.id, keys=["shirt"])["shirt"]
    editor, imports = f"/sell/{SHOP}/listings/{shirt.id}", f"/sell/{SHOP}/imports/{uuid4()}"
    own = {
        "/sell/[shop]/listings/[listing]": editor,
        "/sell/[shop]/listings/[listing]/preview": f"{editor}/preview",
        "/sell/[shop]/imports/[import_id]": imports,
        "404": "/nothing",
    }
    params = {"[shop]": SHOP, "[listing]": "ocean-linen-shirt", "[category]": "clothing", "[slug]": "terms"}
    found = []
    for route in ROUTES:
        path = own.get(route.path, route.path)
        for name, value in params.items():
            path = path.replace(name, value)
        found.append(path)
    return found


@pytest.mark.parametrize("width", [390, 1440])
def test_every_page_of_a_seller_breaks_no_rule(plaza: SimpleNamespace, open_as: Open, width: int) -> None:
    token = users.make_owner_session(f"axe-{width}@example.org")
    allowed = ("Failed to execute 'postMessage'", "404 (Not Found)")  # of the frames of mails
    page = open_as(token, plaza.url, width=width, allowed_messages=allowed)
    broken = {}
    for path in paths():
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")
        broken[path] = accessibility.violations(page)
    assert {path: found for path, found in broken.items() if found} == {}
    assert len(broken) == len(ROUTES)


def open_dialog(button: str, dialog: str) -> Callable[[Page], None]:
    def act(page: Page) -> None:
        page.get_by_role("button", name=button).first.click()
        expect(page.locator(dialog)).to_be_visible()

    return act


def submit(button: str, **values: str) -> Callable[[Page], None]:
    """Submit a form whose fields have these values, by name; it is refused."""

    def act(page: Page) -> None:
        for name, value in values.items():
            page.get_by_role("main").locator(f"[name={name}]").first.fill(value)
        page.get_by_role("main").get_by_role("button", name=button).first.click()
        expect(page.locator("main :is([aria-invalid=true], [role=alert]:not(:empty))").first).to_be_visible()

    return act


def enter_price(page: Page) -> None:
    page.get_by_role("button", name="Filters").click()
    page.locator("#sheet-filters-min").fill("ten")
    page.keyboard.press("Enter")
    expect(page.locator("#sheet-filters-price-error")).not_to_be_empty()


@pytest.mark.parametrize(
    ("path", "act"),
    [
        ("/search", open_dialog("Filters", "#filters")),
        ("/search", enter_price),
        ("/", open_dialog("Categories", "#categories-menu")),
        ("/", open_dialog("Notifications", "#bell-panel")),
        ("/", open_dialog("Ada Lovell, account", "#account-menu")),
        ("/sign-in", submit("Sign in", email="x", password="y")),
        ("/sign-up", submit("Create account", email="x")),
        ("/forgot", submit("Send", email="x")),
        ("/account", submit("Save", name="")),
        ("/sell/open", submit("Open the shop", name="")),
        (f"/sell/{SHOP}/settings", submit("Save", name="")),
        (f"/sell/{SHOP}/staff", submit("Invite", email="x")),
    ],
)
def test_open_dialogs_and_shown_errors_break_no_rule(
    plaza: SimpleNamespace, open_page: Open, path: str, act: Callable[[Page], None]
) -> None:
    token = (
        "" if path in ("/sign-in", "/sign-up", "/forgot") else users.make_owner_session(f"{uuid4().hex}@example.org")
    )
    page = open_page(plaza.url + path, token=token, allowed_messages=("422", "401"))
    act(page)
    assert accessibility.violations(page) == []
