"""Validating what a shop says about delivery and returns; all raise InvalidShop."""

from collections.abc import Mapping

from platform_app.domain.shared import money
from platform_app.domain.shops.errors import InvalidShop

MAX_AMOUNT = 2**53 - 1  # minor units: the highest number that every JSON reader keeps exactly
MAX_DELIVERY_DAYS = 180
MAX_RETURNS_DAYS = 365
AMOUNTS = ("delivery_cost", "free_delivery_from")
DAYS = {
    "delivery_days_from": MAX_DELIVERY_DAYS,
    "delivery_days_to": MAX_DELIVERY_DAYS,
    "returns_days": MAX_RETURNS_DAYS,
}
FIELDS = frozenset({*AMOUNTS, *DAYS})


def clean(values: Mapping[str, str], *, stored: Mapping[str, int | None], currency: str) -> dict[str, int | None]:
    """The typed values in their stored form, all problems at once; an empty one becomes None.

    `stored` has the terms that the shop has now, which have to agree with the new ones.
    """
    cleaned: dict[str, int | None] = {}
    problems: dict[str, str] = {}
    for field, text in values.items():
        typed = text.strip()
        number = _amount(typed, currency) if field in AMOUNTS else _days(typed)
        problem = _problem(field, typed, number, currency)
        if problem:
            problems[field] = problem
        else:
            cleaned[field] = number
    problems |= {} if problems else _disagreement({**stored, **cleaned})
    if problems:
        raise InvalidShop(fields=problems)
    return cleaned


def _amount(typed: str, currency: str) -> int | None:
    return money.parse_amount(typed, currency) if typed else None


def _days(typed: str) -> int | None:
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 6 else None


def _problem(field: str, typed: str, number: int | None, currency: str) -> str:
    """Why the field cannot be stored; empty if it can."""
    if not typed:
        return ""
    if field in DAYS:
        is_valid = number is not None and number <= DAYS[field]
        return "" if is_valid else f"Enter a whole number of days, at most {DAYS[field]}."
    if number is None or not 0 <= number <= MAX_AMOUNT:
        return f"Enter an amount such as {money.format_decimal(490, currency)}."
    return "Enter an amount above 0, or nothing." if field == "free_delivery_from" and number == 0 else ""


def _disagreement(terms: Mapping[str, int | None]) -> dict[str, str]:
    first, last = terms["delivery_days_from"], terms["delivery_days_to"]
    if (first is None) != (last is None):
        return {
            "delivery_days_from" if first is None else "delivery_days_to": "Enter both numbers of days, or neither."
        }
    if first is not None and last is not None and first > last:
        return {"delivery_days_to": "This is before the first day."}
    return {}
