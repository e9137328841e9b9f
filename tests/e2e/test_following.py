"""Following shops, as people, keyboards and a second browser meet it."""

import re
from collections.abc import Callable
from types import SimpleNamespace
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.following.tags import follower_count_tag, following_tag
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.e2e import accessibility, users
from tests.factories import make_draft, make_shop
from tests.infra.database_servers import wait_until
from tools.bench import socket_client

Open = Callable[..., Page]
PATH = "/shops/clay-and-co"
BUTTON_STATE = "state___following____follow_button_state"


@pytest.fixture(autouse=True)
def nobody_follows(plaza: SimpleNamespace) -> None:
    """Nobody follows anything or has tried too often, and the pages know it."""
    users.reset_rate_limits()
    with db.writing() as session:
        found = session.execute(text("DELETE FROM follow RETURNING user_id, shop_id")).all()
        tags = {tag for user, shop in found for tag in (following_tag(user), follower_count_tag(shop))}
        db.invalidate(session, *tags)


def follow_button(page: Page) -> Locator:
    return page.get_by_role("main").get_by_role("button", name=re.compile("^Follow(ing)? Clay & Co$"))


def expect_following(page: Page, is_following: bool) -> None:
    expect(follow_button(page)).to_have_attribute("aria-pressed", str(is_following).lower())
    expect(follow_button(page)).to_have_accessible_name("Following Clay & Co" if is_following else "Follow Clay & Co")


def expect_followers(page: Page, followers: str) -> None:
    expect(page.get_by_role("main").get_by_text(followers, exact=True)).to_be_visible()


def publish(*keys: str, shop: str = "clay-and-co") -> None:
    """What a seller does."""
    with db.writing() as session:
        drafts = [make_draft(key=key, title=key.title()) for key in keys]
        found = make_shop(session, slug=shop)
        catalog.save_many(session, shop=found, inputs=drafts, reason=Reason.EDIT, now=utc_now())


def make_due(job: str) -> None:
    """Wait until this job waits for its time, and let that time come."""

    def is_made_due() -> bool:
        with db.writing() as session:
            waiting = "UPDATE outbox SET due_at = now() WHERE job = :job AND done_at IS NULL RETURNING id"
            return session.execute(text(waiting), {"job": f"workers.following.{job}"}).first() is not None

    wait_until(is_made_due)


def test_a_visitor_who_signs_in_to_follow_a_shop_comes_back_and_follows_it(
    plaza: SimpleNamespace, open_page: Open
) -> None:
    users.make_session("fay@example.org")
    served = open_page(plaza.url + PATH, javascript=False)
    expect_followers(served, "No followers yet")
    way_in = served.get_by_role("link", name="Follow Clay & Co", exact=True)
    expect(way_in).to_have_attribute("href", f"/sign-in?next={PATH}")
    other = open_page(plaza.urls[1] + PATH, width=1440)
    expect_followers(other, "No followers yet")

    page = open_page(plaza.url + PATH)
    follow_button(page).click()
    expect(page).to_have_url(f"{plaza.url}/sign-in?next={PATH}&follow=1")
    users.sign_in(page, "fay@example.org")
    expect(page).to_have_url(plaza.url + PATH)
    expect_following(page, True)
    for each in (page, other):
        expect_followers(each, "1 follower")
    expect_following(other, False)
    expect_followers(open_page(plaza.url + PATH, javascript=False), "1 follower")
    page.reload()
    expect_following(page, True)
    follow_button(page).click()
    for each in (page, other):
        expect_followers(each, "No followers yet")
    expect_following(page, False)


def test_the_button_is_pressed_by_keyboard_and_all_browsers_of_its_user_show_it(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    token = users.make_session("gus@example.org")
    page, second = open_as(token, plaza.urls[0] + PATH, width=1440), open_as(token, plaza.urls[1] + PATH)
    follow_button(page).focus()
    page.keyboard.press("Space")
    for each in (page, second):
        expect_followers(each, "1 follower")
        expect_following(each, True)
    expect(follow_button(page)).to_be_focused()
    assert accessibility.violations(page) == []
    box = follow_button(second).bounding_box()
    assert box is not None
    page.keyboard.press("Enter")
    for each in (page, second):
        expect_followers(each, "No followers yet")
        expect_following(each, False)
    after = follow_button(second).bounding_box()
    assert after is not None
    assert (box["height"], box["width"]) == (44, after["width"])  # nothing moves
    assert accessibility.violations(second) == []


def test_new_listings_reach_the_bell_and_one_mail_which_can_be_switched_off(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    page = open_as(users.make_session("hal@example.org"), plaza.url + PATH, width=1440)
    follow_button(page).click()
    expect_followers(page, "1 follower")
    publish("vase", "jar", "plate")
    make_due("announce")
    bell = page.get_by_role("banner").get_by_role("button", name="Notifications, 1 unread", exact=True)
    expect(bell).to_be_visible()
    bell.click()
    news = page.get_by_role("region", name="Notifications").get_by_role("link", name="Clay & Co has 3 new listings.")
    expect(news).to_have_attribute("href", PATH)
    make_due("send_mail")
    page.goto(f"{plaza.url}/dev/mail")
    letter = users.find_email(page, to="hal@example.org")
    expect(letter.get_by_text("Clay & Co: 3 new listings.")).to_be_visible()
    letter.get_by_role("link", name="Turn off these mails").click()
    expect(page).to_have_url(f"{plaza.url}/account#mail-new_listings")
    choice = page.get_by_label("Tell me when shops I follow have new listings")
    expect(choice).to_be_checked()
    choice.uncheck()
    page.get_by_role("button", name=re.compile("Update.*mail")).click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    assert accessibility.violations(page) == []
    page.reload()
    expect(choice).not_to_be_checked()
    expect(page.get_by_label("Tell me when something I like gets cheaper")).to_be_checked()


def test_the_page_lists_what_one_follows_and_a_keyboard_unfollows_there(plaza: SimpleNamespace, open_as: Open) -> None:
    token = users.make_session("ida@example.org")
    page = open_as(token, f"{plaza.urls[0]}/following")
    expect(page.get_by_role("heading", name="You follow no shop yet")).to_be_visible()
    assert accessibility.violations(page) == []
    shop_page = open_as(token, plaza.urls[1] + PATH)
    follow_button(shop_page).click()
    shops = page.get_by_role("list", name="Shops you follow")
    expect(shops.get_by_role("link", name="Clay & Co")).to_have_attribute("href", PATH)
    expect(page.get_by_text("1 shop", exact=True)).to_be_visible()
    assert (accessibility.violations(page), users.small_targets(page)) == ([], [])
    shops.get_by_role("button", name="Unfollow Clay & Co").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="You follow no shop yet")).to_be_visible()
    expect(page.locator("#following")).to_be_focused()
    expect_following(shop_page, False)


@pytest.mark.parametrize("shop", ["", "' OR 1=1 --", "\x00", None, 7, ["a"], {"a": "b"}, "nowhere"])
def test_a_made_up_shop_is_followed_by_nobody(plaza: SimpleNamespace, shop: object) -> None:
    cookie = f"{users.COOKIE}={users.make_session(f'{uuid4().hex}@example.org')}"
    with socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie) as client:
        client.hydrate(PATH)
        client.send(f"{BUTTON_STATE}.toggle", {"shop": shop, "is_following": True}, path=PATH)
        client.await_text("doesn'texist")
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM follow")).scalar_one() == 0


def test_an_event_without_a_cookie_leads_to_sign_in_and_what_one_follows_is_in_no_stored_state(
    plaza: SimpleNamespace, open_as: Open
) -> None:
    with socket_client.open_socket(plaza.url, str(uuid4())) as nobody:
        nobody.hydrate(PATH)
        nobody.send(f"{BUTTON_STATE}.toggle", {"shop": "clay-and-co", "is_following": True}, path=PATH)
        nobody.await_text(f"/sign-in?next={PATH}")
    page = open_as(users.make_session("joe@example.org"), f"{plaza.url}/search?q=written")
    page.goto(plaza.url + PATH)
    follow_button(page).click()
    expect_followers(page, "1 follower")
    users.await_stored_state(page, "1 follower")
    assert not re.search("follow_button_state|following_state", users.stored_states())
