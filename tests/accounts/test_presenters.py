"""The texts of the account pages."""

from datetime import UTC, datetime, timedelta

import pytest

from platform_app.domain.accounts.rules import devices
from state import accounts_presenters, shops_presenters

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15"
PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Mobile Safari/537.36"


@pytest.mark.parametrize(
    ("user_agent", "device"),
    [
        (MAC, "Safari on Mac"),
        (PHONE, "Chrome on Android"),
        (MAC.replace("Version/17.4", "CriOS/130").replace("Macintosh; Intel", "iPhone; CPU"), "Chrome on iPhone"),
        (PHONE + " EdgA/130.0", "Edge on Android"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0", "Firefox on Linux"),
        ("curl/8.5.0", "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_a_user_agent_becomes_a_readable_device_name(user_agent: str, device: str) -> None:
    assert devices.device_name(user_agent) == device


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(minutes=59), "Active in the last hour"),
        (timedelta(hours=2), "Active 2 hours ago"),
        (timedelta(days=3), "Active 3 days ago"),
    ],
)
def test_a_session_shows_when_it_was_last_active(before: timedelta, text: str) -> None:
    assert accounts_presenters.last_active(NOW - before, now=NOW) == text


def test_every_country_has_a_name() -> None:
    listed = accounts_presenters.countries()
    assert len(listed) == 249
    assert [each for each in listed if each.name == each.code] == []


def test_countries_and_currencies_are_in_the_order_of_an_english_list() -> None:
    of_addresses = [each.name for each in accounts_presenters.countries()]
    assert [each.label for each in shops_presenters.country_options()] == of_addresses
    assert of_addresses[:3] == ["Afghanistan", "Åland Islands", "Albania"]
    for first, second in (("Costa Rica", "Côte d’Ivoire"), ("Côte d’Ivoire", "Croatia"), ("Curaçao", "Cyprus")):
        assert of_addresses.index(second) - of_addresses.index(first) == 1
    codes = [each.value for each in shops_presenters.currency_options()]
    assert codes.index("STN") < codes.index("SAR")  # São Tomé & Príncipe Dobra, Saudi Riyal
