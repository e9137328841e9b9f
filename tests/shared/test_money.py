"""Money: parsed from any notation, and shown without loss."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.domain.shared import money


@pytest.mark.parametrize(
    ("text", "currency", "amount"),
    [
        ("49.99", "USD", 4999),
        ("1,299.00", "USD", 129_900),
        ("1.299,00", "EUR", 129_900),
        ("1,299", "USD", 129_900),
        ("12,5", "EUR", 1250),
        ("$50", "USD", 5000),
        ("50", "JPY", 50),
        ("1.234", "KWD", 1234),
        ("-3.10", "USD", -310),
        ("0.005", "USD", 0),
        ("0.015", "USD", 2),
    ],
)
def test_an_amount_is_parsed_in_every_usual_notation(text: str, currency: str, amount: int) -> None:
    assert money.parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    "text", ["", "abc", "1e9", "NaN", "Infinity", "--5", "1.2.3", "9" * 400, "٣", "0x10", "1 000 000 x"]
)
def test_an_invalid_amount_is_refused(text: str) -> None:
    assert money.parse_amount(text, "USD") is None


def test_an_unknown_currency_has_no_amounts() -> None:
    assert money.parse_amount("5", "XXX") is None


@given(st.integers(min_value=0, max_value=10**12), st.sampled_from(sorted(money.EXPONENTS)))
def test_a_formatted_amount_is_parsed_back(amount: int, currency: str) -> None:
    assert money.parse_amount(money.format_decimal(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(4999, "USD", "$49.99"), (129_900, "EUR", "€1,299.00"), (5000, "JPY", "¥5,000"), (1234, "KWD", "KWD1.234")],
)
def test_an_amount_is_shown_with_its_currencys_decimals(amount: int, currency: str, shown: str) -> None:
    assert money.format_money(amount, currency).replace("\xa0", "") == shown
