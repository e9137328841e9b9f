"""Accounts in a browser, by pointer and keyboard."""

import json
import re
from collections.abc import Callable
from types import SimpleNamespace

import pyotp
import pytest
from playwright.sync_api import Page, expect

from platform_app.domain.accounts import queries as accounts
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.factories import PASSWORD

Open = Callable[..., Page]
SIGNED_OUT_PATHS = (
    "/sign-in",
    "/sign-up",
    "/forgot",
    "/reset",
    "/check-mail",
    "/verify",
    "/confirm-email",
    "/dev/mail",
)
ACCOUNT_PATHS = ("/account", "/account/security", "/account/addresses", "/account/data", "/favourites")
REFUSED_MESSAGE = "the server responded with a status of"  # the console's message for a refused form


@pytest.fixture(autouse=True)
def no_rate_limits(plaza: SimpleNamespace) -> None:
    """Reset the rate limits."""
    users.reset_rate_limits()


def test_a_user_signs_up_verifies_and_signs_in_again(plaza: SimpleNamespace, open_page: Open) -> None:
    page = open_page(f"{plaza.url}/sign-up", allowed_messages=(REFUSED_MESSAGE, "WebSocket"))
    page.get_by_label("Name").fill("Ada Lovell")
    page.get_by_label("E-mail address").fill("ada@example.org")
    page.get_by_label("Password", exact=True).fill("password1")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    expect(page.get_by_label("Password", exact=True)).to_have_accessible_description(
        re.compile("lists of stolen passwords")
    )
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    users.follow_link(page, plaza.url, to="ada@example.org", label="Confirm this address")
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Profile")
    expect(page.get_by_role("main").get_by_text("ada@example.org")).to_be_visible()
    page.get_by_role("button", name="Ada Lovell, account").click()
    page.get_by_role("button", name="Sign out").click()
    expect(page).to_have_url(f"{plaza.url}/")
    page.wait_for_selector("main[data-ready]")
    page.get_by_role("link", name="Sign in").click()
    users.sign_in(page, "ada@example.org")
    expect(page.get_by_role("button", name="Ada Lovell, account")).to_be_visible()
    expect(page).to_have_url(f"{plaza.url}/")


def test_a_like_that_needed_an_account_is_kept_through_sign_up(plaza: SimpleNamespace, open_page: Open) -> None:
    shirt = "/shops/clay-and-co/ocean-linen-shirt"
    page = open_page(f"{plaza.url}{shirt}", allowed_messages="WebSocket")
    page.get_by_role("button", name="Like Ocean linen shirt", exact=True).click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next={shirt}&like=1")
    expect(page.get_by_text("Sign in to keep what you like.")).to_be_visible()
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Name").fill("Lola")
    page.get_by_label("E-mail address").fill("lola@example.org")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    users.follow_link(page, plaza.url, to="lola@example.org", label="Confirm this address")
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page).to_have_url(f"{plaza.url}{shirt}")
    heart = page.get_by_role("button", name="Like Ocean linen shirt", exact=True)
    expect(heart).to_have_attribute("aria-pressed", "true")
    page.reload()
    expect(heart).to_have_attribute("aria-pressed", "true")


def test_a_wrong_password_is_reported_and_corrected_by_keyboard(plaza: SimpleNamespace, open_page: Open) -> None:
    users.make_session("bea@example.org")
    page = open_page(f"{plaza.url}/account/addresses", allowed_messages=REFUSED_MESSAGE)
    expect(page).to_have_url(f"{plaza.url}/sign-in?next=/account/addresses")
    page.get_by_label("E-mail address").focus()
    page.keyboard.type("bea@example.org")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Forgot password?")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("not her password")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="The e-mail address or password is wrong.")).to_be_visible()
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Addresses")
    expect(page).to_have_url(f"{plaza.url}/account/addresses")


def test_two_factor_sign_in_is_set_up_and_passed_with_a_recovery_code(plaza: SimpleNamespace, open_page: Open) -> None:
    users.make_session("cleo@example.org")
    page = open_page(f"{plaza.url}/sign-in?next=/account/security", allowed_messages=REFUSED_MESSAGE)
    users.sign_in(page, "cleo@example.org")
    page.get_by_text("Set up two-factor sign-in").click()
    section = page.get_by_role("region", name="Two-factor sign-in")
    section.get_by_label("Your password").fill(PASSWORD)
    section.get_by_role("button", name="Set it up").click()
    picture = section.get_by_role("img", name="QR code")
    expect(picture).to_be_visible()
    expect(picture).to_have_js_property("complete", True)
    assert picture.evaluate("image => image.naturalWidth > 0")
    secret = section.locator("code").inner_text().replace(" ", "")
    section.get_by_label("Code").fill("000000")
    section.get_by_role("button", name="Turn it on").click()
    expect(section.get_by_label("Code")).to_be_focused()
    section.get_by_label("Code").fill(pyotp.TOTP(secret).now())
    section.get_by_role("button", name="Turn it on").click()
    codes = section.get_by_role("list", name="Recovery codes").get_by_role("listitem")
    expect(codes).to_have_count(10)
    recovery = codes.first.inner_text()
    section.get_by_role("button", name="I've saved them").click()
    expect(section.get_by_text("10 recovery codes are left")).to_be_visible()

    other = open_page(f"{plaza.url}/sign-in?next=/account/security", allowed_messages=REFUSED_MESSAGE)
    users.sign_in(other, "cleo@example.org")
    expect(other.get_by_label("Code")).to_be_focused()
    other.keyboard.type(recovery)
    other.keyboard.press("Enter")
    expect(other.get_by_text("9 recovery codes are left")).to_be_visible()
    assert secret not in users.stored_states()
    assert recovery not in users.stored_states()


def test_signing_out_everywhere_signs_out_the_other_browser(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    pages = [
        open_as(
            users.make_session("dora@example.org"), f"{plaza.urls[0]}/account/security", allowed_messages="WebSocket"
        )
    ]
    pages.append(open_page(f"{plaza.urls[1]}/sign-in?next=/account/security", allowed_messages="WebSocket"))
    users.sign_in(pages[1], "dora@example.org")
    expect(pages[1].get_by_role("list", name="Sessions").get_by_role("listitem")).to_have_count(2)
    expect(pages[0].get_by_role("list", name="Sessions").get_by_role("listitem")).to_have_count(2)
    pages[0].get_by_role("button", name="Sign out everywhere").click()
    expect(pages[0].get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(pages[1]).to_have_url(f"{plaza.urls[1]}/sign-in?next=/account/security")
    expect(pages[1].get_by_role("link", name="Sign in").first).to_be_visible()


def test_ending_one_session_signs_it_out_and_keeps_its_page_usable(
    plaza: SimpleNamespace, open_page: Open, open_as: Open
) -> None:
    browsing = open_as(
        users.make_session("eve@example.org"), f"{plaza.urls[1]}/search?q=mug", allowed_messages="WebSocket"
    )
    expect(browsing.get_by_role("button", name="account")).to_be_visible()
    page = open_page(f"{plaza.url}/sign-in?next=/account/security")
    users.sign_in(page, "eve@example.org")
    page.get_by_role("list", name="Sessions").get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("list", name="Sessions").get_by_role("listitem")).to_have_count(1)
    expect(browsing.get_by_role("link", name="Sign in").first).to_be_visible()
    expect(browsing.get_by_text("30 listings", exact=True)).to_be_visible()


def test_a_user_adds_edits_and_deletes_postal_addresses(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(
        users.make_session("fay@example.org"), f"{plaza.url}/account/addresses", allowed_messages=REFUSED_MESSAGE
    )
    page.get_by_role("button", name="Add an address").click()
    page.get_by_label("Full name").fill("Fay Brook")
    page.get_by_label("Street and number").fill("12 Mill Lane")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_label("Country")).to_be_focused()
    page.get_by_label("Country").select_option("PT")
    page.get_by_label("Postal code").fill("4000")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_label("Postal code")).to_be_focused()
    expect(page.get_by_label("Postal code")).to_have_accessible_description("Enter a postal code such as 2725-079.")
    page.get_by_label("Postal code").fill("4000-001")
    page.get_by_label("City").fill("Porto")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("12 Mill Lane").first).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_label("Country")).to_have_value("PT")
    page.get_by_label("Street and number").fill("14 Mill Lane")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("14 Mill Lane").first).to_be_visible()
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Yes, remove it").click()
    expect(page.get_by_text("No addresses yet")).to_be_visible()


def test_the_fields_of_an_address_follow_its_country(plaza: SimpleNamespace, open_as: Open) -> None:
    page = open_as(
        users.make_session("ines@example.org"), f"{plaza.url}/account/addresses", allowed_messages=REFUSED_MESSAGE
    )
    page.set_viewport_size({"width": 390, "height": 844})
    page.get_by_role("button", name="Add an address").click()
    fields = page.locator("#address").get_by_role("textbox")
    expect(fields).to_have_count(7)
    page.get_by_label("Full name").fill("Ines Reis")
    page.get_by_label("Street and number").fill("1 Main St")
    page.get_by_label("State or region").fill("california")
    country = page.get_by_label("Country")
    country.focus()
    country.press("Q")  # by keyboard alone
    expect(country).to_have_value("QA")
    country.select_option("US")
    state = page.get_by_role("combobox", name="State")
    expect(state).to_have_value("CA")
    expect(page.get_by_role("status").filter(has_text="an address in United States")).to_have_count(1)
    expect(country).to_be_focused()
    page.get_by_label("ZIP code").fill("90210")
    country.select_option("AE")
    expect(page.get_by_role("combobox", name="Emirate")).to_be_visible()
    expect(page.get_by_label("ZIP code")).to_have_count(0)
    country.select_option("DE")
    expect(page.get_by_label("Postal code")).to_have_value("90210")
    expect(page.get_by_role("combobox", name="Emirate")).to_have_count(0)
    country.select_option("US")
    expect(state).to_have_value("CA")
    page.get_by_label("City").fill("Beverly Hills")
    page.get_by_label("ZIP code").fill("9021")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_label("ZIP code")).to_be_focused()
    expect(page.get_by_label("ZIP code")).to_have_accessible_description("Enter a ZIP code such as 95014.")
    page.get_by_label("ZIP code").fill("90210")
    page.get_by_role("button", name="Save address").click()
    expect(page.get_by_text("Beverly Hills, CA 90210")).to_be_visible()
    page.get_by_role("button", name="Edit").click()
    expect(state).to_have_value("CA")
    page.get_by_label("City").fill("Nowhere")
    page.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Add an address").click()
    expect(page.get_by_label("City")).to_have_value("")


def test_a_forgotten_password_is_replaced_by_link(plaza: SimpleNamespace, open_page: Open) -> None:
    users.make_session("gail@example.org")
    page = open_page(f"{plaza.url}/forgot")
    page.get_by_label("E-mail address").fill("gail@example.org")
    users.submit_with_enter(page, sends="Send the link")
    expect(page.get_by_role("heading", level=1)).to_have_text("Check your mail")
    users.follow_link(page, plaza.url, to="gail@example.org", label=re.compile("password", re.IGNORECASE))
    page.get_by_label("Password", exact=True).fill("copper meadow lantern")
    users.submit_with_enter(page, sends="Change password")
    expect(page.get_by_text("Your password has been changed")).to_be_visible()
    users.sign_in(page, "gail@example.org", password="copper meadow lantern")
    expect(page.get_by_role("button", name="account")).to_be_visible()


def test_a_new_password_and_name_apply_at_once_and_an_account_is_deleted(plaza: SimpleNamespace, open_as: Open) -> None:
    token = users.make_session("hope@example.org", name="Hope")
    page = open_as(token, f"{plaza.url}/account/security", allowed_messages="WebSocket")
    page.get_by_label("Current password").fill(PASSWORD)
    page.get_by_label("New password").fill("copper meadow lantern")
    page.get_by_role("button", name="Change password").click()
    expect(page.get_by_text("You have been signed out everywhere else")).to_be_visible()
    page.get_by_role("link", name="Profile").click()
    page.get_by_role("textbox", name="Name").fill("Hope Vale")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Hope Vale, account")).to_be_visible()
    expect(page.get_by_text("Saved.")).to_be_visible()
    page.get_by_role("link", name="Your data").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="Download as JSON").click()
    assert "hope@example.org" in json.dumps(json.loads(download.value.path().read_text()))
    page.get_by_text("I want to delete my account").click()
    page.get_by_label("Your password").fill("copper meadow lantern")
    page.get_by_role("button", name="Permanently delete my account").click()
    expect(page).to_have_url(f"{plaza.url}/")
    with db.reading() as session:
        assert accounts.email_exists(session, email="hope@example.org") is False


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [390, 1440])
def test_every_account_page_is_accessible_fits_and_logs_nothing_in_the_console(
    plaza: SimpleNamespace, open_page: Open, width: int, dark: bool
) -> None:
    token = users.make_session(f"ivy-{width}-{dark}@example.org")
    # axe asks the sandboxed frame of a mail, which has no origin.
    page = open_page(f"{plaza.url}/dev/components", width=width, allowed_messages="Failed to execute 'postMessage'")
    page.emulate_media(color_scheme="dark" if dark else "light", reduced_motion="reduce")
    for path in (*SIGNED_OUT_PATHS, "/dev/components", *ACCOUNT_PATHS):
        if path == ACCOUNT_PATHS[0]:
            users.set_session_cookie(page, plaza.url, token)
        page.goto(plaza.url + path)
        page.wait_for_selector("main[data-ready]")
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for folded in page.get_by_role("main").locator("summary").all():
            folded.click()
        if path != "/dev/components":
            assert users.small_targets(page) == []
        assert accessibility.violations(page) == [], path


@pytest.mark.parametrize("path", [*SIGNED_OUT_PATHS[:-1], *ACCOUNT_PATHS])
def test_account_pages_are_neither_indexed_nor_cached(plaza: SimpleNamespace, open_page: Open, path: str) -> None:
    answer = open_page(f"{plaza.url}/search").request.get(plaza.url + path)
    headers = (answer.status, answer.headers["x-robots-tag"], answer.headers["cache-control"])
    assert headers == (200, "noindex", "no-store")
    assert (
        '<meta content="noindex" name="robots"' in answer.text() or 'name="robots" content="noindex"' in answer.text()
    )
    assert answer.text().count("<title>") == 1


def test_stored_states_and_logs_contain_no_cookie_link_or_person(
    plaza: SimpleNamespace, open_page: Open, stack: SimpleNamespace
) -> None:
    users.make_session("joan@example.org")
    page = open_page(f"{plaza.url}/verify#token=a-secret-of-a-link", allowed_messages=REFUSED_MESSAGE)
    page.get_by_role("button", name="Confirm and continue").click()
    expect(page.get_by_role("alert").filter(has_text="link")).to_be_visible()
    page.goto(f"{plaza.url}/sign-in?next=/account")
    users.sign_in(page, "joan@example.org")
    expect(page.get_by_role("main").get_by_text("joan@example.org")).to_be_visible()
    page.goto(f"{plaza.url}/search?q=private.example-of-a-search")
    expect(page.get_by_role("button", name="Someone, account")).to_be_visible()
    cookie = next(each["value"] for each in page.context.cookies() if each["name"] == "plaza_session")
    users.await_stored_state(page, "private.example-of-a-search")
    logs = "".join(path.read_text() for path in (stack.folder / "e2e").glob("*.log"))
    for secret in (cookie, "a-secret-of-a-link"):
        assert secret not in users.stored_states()
        assert secret not in logs
    assert "joan@example.org" not in users.stored_states()
