"""Comparing prices of several currencies. Nothing is ever paid at these rates."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from functools import cache
from pathlib import Path

from platform_app.domain.exchange_rates.errors import InvalidRates
from platform_app.domain.shared import money
from platform_app.domain.shared.money import EXPONENTS

# The European Central Bank's rates of that day, currencies with a fixed rate to one of those, and for all others an
# approximate rate of the year before. They order prices; an operator replaces them by the rates of the day.
SHIPPED = Path(__file__).with_name("rates.csv")
SHIPPED_AS_OF = date(2026, 10, 30)
MAX_CHANGE = 5  # times a known rate; beyond that, a table is taken for a typing error
MAX_AMOUNT = 2**63 - 1
MAX_FILE = 100_000  # characters
_NUMBER_LENGTH = 24


@dataclass(frozen=True)
class Rates:
    """How much of each currency a euro buys."""

    per_euro: Mapping[str, Decimal]

    def convert(self, amount: int, currency: str, *, to: str) -> int:
        """The minor units of another currency that are worth most nearly this amount, at most MAX_AMOUNT."""
        if currency == to:
            return amount
        value = Decimal(amount).scaleb(-money.exponent(currency)) * self.per_euro[to] / self.per_euro[currency]
        minor = value.scaleb(money.exponent(to)).to_integral_value(ROUND_HALF_EVEN)
        return min(int(minor), MAX_AMOUNT)


@cache
def shipped_rates() -> Mapping[str, tuple[Decimal, str]]:
    """The shipped rate of every currency, and where it is from."""
    with SHIPPED.open(newline="") as file:
        return {row["currency"]: (Decimal(row["per_euro"]), row["source"]) for row in csv.DictReader(file)}


def parse_rates(text: str) -> tuple[date, dict[str, Decimal]]:
    """The day and the rates of a table in the form that the European Central Bank publishes: a euro in each currency.

    Its heading is `Date, USD, JPY, …`, and its first row the newest day. InvalidRates names what cannot be read.
    """
    lines = list(csv.reader(text[:MAX_FILE].splitlines(), skipinitialspace=True))
    if len(lines) < 2 or not lines[0] or lines[0][0].strip().lower() != "date":
        raise InvalidRates('The first line has to be "Date" and currencies, such as: Date, USD, JPY')
    (_, *codes), (day, *values) = lines[0], lines[1]
    cells = {code.strip().upper(): value.strip() for code, value in zip(codes, values, strict=False)}
    rates = {code: _parse_rate(code, value) for code, value in cells.items() if code and value not in ("", "N/A")}
    if not rates:
        raise InvalidRates("The second line has no rate.")
    return _parse_day(day), rates


def check_rates(rates: Mapping[str, Decimal], *, known: Mapping[str, Decimal], as_of: date, today: date) -> None:
    """Raise InvalidRates for a day to come, or a rate that differs too much from the known one to be true."""
    if as_of > today:
        raise InvalidRates(f"The rates are of {as_of}, which is in the future.")
    for currency, rate in rates.items():
        before = known.get(currency, rate)
        if not before / MAX_CHANGE <= rate <= before * MAX_CHANGE:
            raise InvalidRates(
                f"{currency}: {rate} per euro, but {before} so far. If it is right, change it with --allow-large-changes."
            )


def known_currencies() -> frozenset[str]:
    """The currencies that have a rate: all that a shop can have."""
    return frozenset(EXPONENTS)


def _parse_rate(code: str, value: str) -> Decimal:
    try:
        rate = Decimal(value[:_NUMBER_LENGTH])
    except InvalidOperation:
        raise InvalidRates(f'{code}: "{value[:_NUMBER_LENGTH]}" is not a number.') from None
    if not rate.is_finite() or not Decimal("1e-9") < rate < Decimal("1e12"):
        raise InvalidRates(f"{code}: {value[:_NUMBER_LENGTH]} cannot be a rate.")
    return rate


def _parse_day(text: str) -> date:
    for form in ("%Y-%m-%d", "%d %B %Y"):
        try:
            return datetime.strptime(text.strip(), form).date()  # noqa: DTZ007 - a day has no time zone
        except ValueError:
            continue
    raise InvalidRates(f'"{text[:40]}" is not a day such as 2026-10-30 or 30 October 2026.')
