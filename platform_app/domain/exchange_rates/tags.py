"""Cache tags of exchange rates."""

EXCHANGE_RATES = "exchange-rates"
