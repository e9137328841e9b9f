"""Setting exchange rates."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from sqlalchemy.dialects.postgresql import insert as upsert

from platform_app.domain.exchange_rates import queries, rules
from platform_app.domain.exchange_rates.errors import InvalidRates
from platform_app.domain.exchange_rates.events import ExchangeRatesChanged
from platform_app.domain.exchange_rates.models import ExchangeRate
from platform_app.domain.exchange_rates.schemas import RatesChange
from platform_app.domain.exchange_rates.tags import EXCHANGE_RATES
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate


def replace_rates(
    session: WriteSession, *, rates: Mapping[str, Decimal], as_of: date, today: date, allow_large_changes: bool = False
) -> RatesChange:
    """Use these rates of a day from now on; currencies that are not among them keep theirs.

    InvalidRates if they are older than the ones in use, or differ so much that they are likely a mistake.
    """
    current = {rate.currency: rate for rate in queries.all_rates(session)}
    newest = max((rate.as_of for rate in current.values() if rate.currency in rates), default=as_of)
    if as_of < newest:
        raise InvalidRates(f"The rates are of {as_of}, but those in use are of {newest}.")
    known = {code: rate for code, rate in rates.items() if code in rules.known_currencies() and code != "EUR"}
    before = {code: rate.per_euro for code, rate in current.items()}
    rules.check_rates(known, known={} if allow_large_changes else before, as_of=as_of, today=today)
    rows = [{"currency": code, "per_euro": rate, "as_of": as_of} for code, rate in sorted(known.items())]
    if rows:
        command = upsert(ExchangeRate)
        updates = {name: command.excluded[name] for name in ("per_euro", "as_of")}
        session.execute(command.on_conflict_do_update(index_elements=["currency"], set_=updates), rows)
    changed = tuple(code for code, rate in sorted(known.items()) if rate != before[code])
    if changed:
        outbox.publish(session, ExchangeRatesChanged(currencies=changed))
    invalidate(session, EXCHANGE_RATES)
    return RatesChange(as_of=as_of, changed=changed, unknown=tuple(sorted(set(rates) - rules.known_currencies())))
