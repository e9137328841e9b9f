"""Views and texts that several presenters use."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from babel.dates import format_date, format_datetime, format_timedelta

from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money


@dataclass(frozen=True)
class LinkView:
    """A link."""

    label: str = ""
    href: str = ""


def price(amount: Money) -> str:
    """An amount as text."""
    return money.format_money(amount.amount, amount.currency)


def price_range(low: int, high: int, currency: str) -> str:
    """The lower price as text, with "from" in front if variants cost more."""
    return ("from " if high > low else "") + money.format_money(low, currency)


def holiday_text(until: date | None) -> str:
    """The text about a shop's holiday; empty if it is open."""
    return f"On holiday until {format_date(until, 'd MMMM', locale='en')}" if until else ""


def relative_time(at: datetime, *, now: datetime) -> str:
    """The time since then as text, or the date if that was more than a day ago."""
    if now - at < timedelta(days=1):
        return format_timedelta(min(at - now, -timedelta(seconds=1)), add_direction=True, locale="en", threshold=1)
    return format_datetime(at, format="d MMM y", locale="en")
