"""Users with sessions, their mails, and their stored states."""

import re
from typing import Any

from playwright.sync_api import FrameLocator, Page, expect
from redis import Redis

from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from platform_app.infra.invalidation import work_redis
from platform_app.infra.limits import KEY_PREFIX
from platform_app.infra.settings import settings
from tests.factories import PASSWORD, make_user

COOKIE = "plaza_session"


def make_session(email: str, *, name: str = "Someone") -> str:
    """Create a user with a session; returns its token."""
    with db.writing() as session:
        return make_user(session, email=email, name=name).token


def make_owner_session(email: str, *, shop: str = "clay-and-co", name: str = "Ada Lovell") -> str:
    """Create an owner of the shop with a session; returns its token."""
    token = make_session(email, name=name)
    with db.writing() as session:
        members.make_owner(session, slug=shop, email=email, now=utc_now())
    return token


def set_session_cookie(page: Page, url: str, token: str) -> None:
    """Set the cookie of a session in a browser."""
    page.context.add_cookies([{"name": COOKIE, "value": token, "url": url}])


def sign_in(page: Page, email: str, *, password: str = PASSWORD) -> None:
    """Fill in the sign-in form and submit it."""
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password", exact=True).fill(password)
    submit_with_enter(page, sends="Sign in")


def submit_with_enter(page: Page, *, sends: str) -> None:
    """Submit a form with Enter once its scripts run; before that its button is disabled and Enter does nothing."""
    expect(page.get_by_role("main").get_by_role("button", name=sends)).to_be_enabled()
    page.keyboard.press("Enter")


def follow_link(page: Page, url: str, *, to: str, label: str | re.Pattern[str]) -> None:
    """Open the latest mail to this recipient and follow its link."""
    page.goto(f"{url}/dev/mail")
    find_email(page, to=to).get_by_role("link", name=label).first.click()
    expect(page).to_have_url(re.compile("#token="))
    page.wait_for_selector("main[data-ready]")


def find_email(page: Page, *, to: str) -> FrameLocator:
    """The latest mail to this recipient on the page of sent mails, once it is there."""
    email = page.get_by_role("listitem").filter(has_text=f"To {to}").first
    for _ in range(600):
        if email.is_visible():
            break
        page.wait_for_timeout(100)
        page.get_by_role("button", name="Refresh").click()
    return email.locator("iframe").content_frame


def reset_rate_limits() -> None:
    """Reset all rate limits."""
    for key in work_redis().scan_iter(match=f"*{KEY_PREFIX}*"):
        work_redis().delete(key)


def stored_states() -> str:
    """All text in the Redis of states."""
    redis = Redis.from_url(settings().state_redis_url.get_secret_value())
    return "\n".join(_values(redis))


def await_stored_state(page: Page, text: str) -> None:
    """Wait until a stored state contains this text."""
    for _ in range(600):
        if text in stored_states():
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"no state holds {text}")


def small_targets(page: Page) -> list[str]:
    """Buttons, fields and links outside sentences that are lower than 44 pixels, too small to touch."""
    found: list[str] = page.evaluate(_SMALL_TARGETS)
    return found


def _values(redis: Any) -> list[str]:
    values = []
    for key in redis.scan_iter():
        value = redis.get(key) if redis.type(key) == b"string" else b""
        values.append(key.decode("latin-1") + (value or b"").decode("latin-1"))
    return values


_SMALL_TARGETS = """() => [...document.querySelectorAll('main :is(a, button, input, select, summary)')]
  .filter((each) => each.checkVisibility() && getComputedStyle(each).display !== 'inline')
  .filter((each) => (['checkbox', 'file'].includes(each.type) ? each.closest('label') : each).getBoundingClientRect().height < 43.5)
  .map((each) => each.outerHTML.slice(0, 160))"""
