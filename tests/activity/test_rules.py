"""What counts as a view, and how stats follow from views."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import Period, View
from state import activity_presenters

DAY = date(2026, 11, 23)
PHONE = "Mozilla/5.0 (Linux; Android 14; CUBOT P80) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36"
counts = st.integers(0, 10**9)


@pytest.mark.parametrize(
    "agent",
    [
        "",
        " ",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/130.0 Safari/537.36",
        "facebookexternalhit/1.1",
        "python-requests/2.32",
        "curl/8.5.0",
        "Mozilla/5.0 (compatible; Baiduspider/2.0)",
    ],
)
def test_user_agents_of_programs_do_not_count(agent: str) -> None:
    assert rules.is_bot(agent)


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (Macintosh; Intel Mac OS X 14_5) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Safari/605.1.15",
        "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    ],
)
def test_user_agents_of_browsers_count(agent: str) -> None:
    assert not rules.is_bot(agent)


@given(name=st.text(), other=st.text(), days=st.integers(1, 400))
def test_a_visitor_id_is_stable_for_one_day_only(name: str, other: str, days: int) -> None:
    known = rules.visitor_digest(name, day=DAY, key=b"key")
    assert known == rules.visitor_digest(name, day=DAY, key=b"key")
    assert (known == rules.visitor_digest(other, day=DAY, key=b"key")) == (name == other)
    assert known != rules.visitor_digest(name, day=DAY + timedelta(days=days), key=b"key")
    assert known != rules.visitor_digest(name, day=DAY, key=b"another key")
    assert name == "" or len(name) < 4 or name not in known


@given(shop=st.uuids(), listing=st.uuids())
def test_a_stored_view_names_its_shop_and_lies_in_a_partition_of_its_day(shop: UUID, listing: UUID) -> None:
    view = View(shop_id=shop, listing_id=listing, day=DAY, visitor="abc")
    assert rules.view_target(view.sort_key, view.value) == (str(shop), str(listing))
    assert view.partition in {rules.partition(DAY, shard) for shard in range(rules.SHARDS)}
    assert view.expires_at == datetime(2026, 11, 27, tzinfo=UTC)


def test_the_previous_day_is_counted_until_two() -> None:
    yesterday = DAY - timedelta(days=1)
    assert rules.days_to_count(datetime(2026, 11, 23, 1, 59, tzinfo=UTC)) == (DAY, yesterday)
    assert rules.days_to_count(datetime(2026, 11, 23, 2, 0, tzinfo=UTC)) == (DAY,)


@pytest.mark.parametrize("days", Period)
def test_a_range_ends_today_and_has_the_given_number_of_days(days: Period) -> None:
    first, last = rules.date_range(days, today=DAY)
    assert (last, (last - first).days + 1) == (DAY, days)


@given(views=counts, favourites=counts)
def test_the_saved_percentage_is_between_zero_and_one_hundred(views: int, favourites: int) -> None:
    percent = rules.saved_percent(views, favourites)
    if not views:
        assert percent is None
        return
    assert percent is not None
    assert 0 <= percent <= 100
    assert percent == 100 or percent <= Decimal(100 * favourites) / views < percent + Decimal("0.1")


@given(highest=counts)
def test_a_scale_holds_the_highest_bar_and_wastes_at_most_half(highest: int) -> None:
    end = activity_presenters.nice_ceiling(highest)
    assert highest <= end
    assert end == 5 or end < 2.01 * highest


@given(now=counts, before=counts)
def test_a_change_has_the_sign_of_the_difference(now: int, before: int) -> None:
    change = rules.percent_change(now, before)
    assert (change is None) == (before == 0)
    if change:
        assert (change > 0) == (now > before)
