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
        ("0.0100", "USD", 1),
        ("1500.00", "JPY", 1500),
        ("A$5", "AUD", 500),
        ("5 AUD", "AUD", 500),
        ("9007199254740991", "JPY", 2**53 - 1),
    ],
)
def test_an_amount_is_parsed_in_every_usual_notation(text: str, currency: str, amount: int) -> None:
    assert money.parse_amount(text, currency) == amount


@pytest.mark.parametrize(
    "text", ["", "abc", "1e9", "NaN", "Infinity", "--5", "1.2.3", "9" * 400, "٣", "0x10", "1 000 000 x"]
)
def test_an_invalid_amount_is_refused(text: str) -> None:
    assert money.parse_amount(text, "USD") is None


@pytest.mark.parametrize(
    ("text", "currency"),
    [("0.005", "USD"), ("1500.50", "JPY"), ("1.2345", "KWD"), ("1.299", "EUR"), ("1,234.567", "USD")],
)
def test_an_amount_with_more_decimals_than_its_currency_is_refused_and_not_rounded(text: str, currency: str) -> None:
    assert money.parse_amount(text, currency) is None
    assert money.has_too_many_decimals(text, currency)


@pytest.mark.parametrize(
    ("text", "currency"), [("£5", "USD"), ("5 EUR", "USD"), ("$5", "EUR"), ("A$5", "USD"), ("", "USD")]
)
def test_the_sign_of_another_currency_makes_no_amount(text: str, currency: str) -> None:
    assert money.parse_amount(text, currency) is None
    assert not money.has_too_many_decimals(text, currency)


def test_an_unknown_currency_has_no_amounts() -> None:
    assert money.parse_amount("5", "XXX") is None


@given(st.integers(min_value=0, max_value=2**53 - 1), st.sampled_from(sorted(money.EXPONENTS)))
def test_a_formatted_amount_is_parsed_back(amount: int, currency: str) -> None:
    assert money.parse_amount(money.format_decimal(amount, currency), currency) == amount


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (4999, "USD", "$49.99"),
        (129_900, "EUR", "€1,299.00"),
        (5000, "JPY", "¥5,000"),
        (1234, "KWD", "KWD\u00a01.234"),
        (129_900, "CHF", "CHF\u00a01,299.00"),
        (500, "AUD", "A$5.00"),
        (2**53 - 1, "USD", "$90,071,992,547,409.91"),
    ],
)
def test_an_amount_is_shown_with_its_currencys_decimals(amount: int, currency: str, shown: str) -> None:
    assert money.format_money(amount, currency) == shown


def test_another_locale_has_its_own_marks_and_order() -> None:
    assert money.format_money(129_900, "CHF", locale="de_DE") == "1.299,00\u00a0CHF"
    assert money.format_money(1234, "KWD", locale="fr_FR") == "1,234\u00a0KWD"
