"""Exchange rates: the shipped ones, an operator's, and tables that cannot be used."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from platform_app.domain.exchange_rates import queries, rules, service
from platform_app.domain.exchange_rates.errors import InvalidRates
from platform_app.domain.exchange_rates.events import ExchangeRatesChanged
from platform_app.domain.shared.money import EXPONENTS
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

TODAY = date(2026, 11, 30)
TABLE = "Date, USD, JPY, \n30 November 2026, 1.25, 200, \n"
HISTORY = "Date,USD,JPY,CYP,\n2026-11-30,1.25,200,N/A,\n2026-11-27,1.2,190,N/A,\n"


def replace(session: WriteSession, text: str, **options: bool) -> tuple[str, ...]:
    as_of, rates = rules.parse_rates(text)
    return service.replace_rates(session, rates=rates, as_of=as_of, today=TODAY, **options).changed


def test_every_currency_of_a_shop_has_a_shipped_rate(session: WriteSession) -> None:
    assert set(rules.shipped_rates()) == set(EXPONENTS) == {rate.currency for rate in queries.all_rates(session)}
    assert all(rate > 0 for rate, _ in rules.shipped_rates().values())


@pytest.mark.parametrize("text", [TABLE, HISTORY], ids=["of the day", "of all days"])
def test_the_table_of_the_central_bank_is_read(text: str) -> None:
    assert rules.parse_rates(text) == (TODAY, {"USD": Decimal("1.25"), "JPY": Decimal(200)})


def test_an_amount_is_converted_with_the_decimals_of_both_currencies(session: WriteSession) -> None:
    replace(session, TABLE)
    rates = queries.rates(session)
    assert rates.convert(1600, "JPY", to="USD") == 1000  # 1,600 yen are 8 euros, and those are 10 dollars
    assert rates.convert(1000, "USD", to="JPY") == 1600
    assert rates.convert(1, "JPY", to="USD") == 1  # 0.625 cents
    assert rates.convert(999, "USD", to="USD") == 999
    assert rates.convert(2**62, "KWD", to="IRR") == 2**63 - 1


def test_new_rates_replace_those_in_use_and_are_announced_once(session: WriteSession) -> None:
    assert replace(session, TABLE) == ("JPY", "USD")
    assert replace(session, TABLE) == ()
    events = select(outbox.outbox.c.arguments).where(outbox.outbox.c.job == ExchangeRatesChanged.event_name())
    assert session.execute(events).scalars().all() == [{"currencies": ["JPY", "USD"]}]
    rates = {rate.currency: (rate.per_euro, rate.source, rate.as_of) for rate in queries.all_rates(session)}
    assert rates["JPY"] == (Decimal(200), "operator", TODAY)
    assert rates["SEK"][1:] == ("ECB", rules.SHIPPED_AS_OF)


def test_a_currency_that_plaza_does_not_know_is_named_and_left_out(session: WriteSession) -> None:
    change = service.replace_rates(
        session, rates={"USD": Decimal("1.2"), "XDR": Decimal("0.9")}, as_of=TODAY, today=TODAY
    )
    assert (change.changed, change.unknown) == (("USD",), ("XDR",))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "first line"),
        ("USD,1.2\n", "first line"),
        ("Date,USD\n2026-11-30,\n", "no rate"),
        ("Date,USD\n2026-11-30,1.2x\n", 'USD: "1.2x" is not a number'),
        ("Date,USD\n2026-11-30,NaN\n", "USD: NaN cannot be a rate"),
        ("Date,USD\n2026-11-30,-1\n", "USD: -1 cannot be a rate"),
        ("Date,USD\n2026-11-30,0\n", "USD: 0 cannot be a rate"),
        ("Date,USD\nyesterday,1.2\n", '"yesterday" is not a day'),
        ("Date,USD\n2026-12-01,1.2\n", "2026-12-01, which is in the future"),
        ("Date,USD\n2026-10-29,1.2\n", "those in use are of 2026-10-30"),
        ("Date,USD\n2026-11-30,12\n", "USD: 12 per euro, but 1.1172 so far"),
    ],
)
def test_a_table_that_cannot_be_used_changes_nothing(session: WriteSession, text: str, message: str) -> None:
    before = queries.all_rates(session)
    with pytest.raises(InvalidRates, match=message):
        replace(session, text)
    assert queries.all_rates(session) == before


def test_a_currency_that_has_lost_most_of_its_value_can_be_set(session: WriteSession) -> None:
    assert replace(session, "Date,TRY\n2026-11-30,560\n", allow_large_changes=True) == ("TRY",)
