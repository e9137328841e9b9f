"""The current exchange rates."""

from sqlmodel import select

from platform_app.domain.exchange_rates import rules
from platform_app.domain.exchange_rates.models import ExchangeRate
from platform_app.domain.exchange_rates.rules import Rates
from platform_app.domain.exchange_rates.schemas import Rate
from platform_app.domain.exchange_rates.tags import EXCHANGE_RATES
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


def rates(session: ReadSession) -> Rates:
    """The rate of every currency: the operator's, or else the shipped one."""
    return Rates({rate.currency: rate.per_euro for rate in all_rates(session)})


@cache.cached(tuple[Rate, ...], tags=lambda: (EXCHANGE_RATES,))
def list_rates(session: ReadSession) -> tuple[Rate, ...]:
    """The rate of every currency with its source, by currency."""
    return all_rates(session)


def all_rates(session: ReadSession) -> tuple[Rate, ...]:
    """The rate of every currency with its source, by currency, never from the cache."""
    stored = {row.currency: row for row in session.exec(select(ExchangeRate))}
    found = {
        currency: Rate(currency=currency, per_euro=rate, source=source, as_of=rules.SHIPPED_AS_OF)
        for currency, (rate, source) in rules.shipped_rates().items()
    }
    for currency, row in stored.items():
        found[currency] = Rate(currency=currency, per_euro=row.per_euro, source="operator", as_of=row.as_of)
    return tuple(found[currency] for currency in sorted(found))
