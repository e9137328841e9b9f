"""Events of exchange rates."""

from platform_app.infra.events import Event


class ExchangeRatesChanged(Event):
    """The rates of these currencies are others now."""

    currencies: tuple[str, ...]
