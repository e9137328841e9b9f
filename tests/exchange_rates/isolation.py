"""The routes of exchange rates that need not refuse other users, and why."""

PUBLIC_ROUTES = {"GET /api/v1/exchange-rates": "rates are public"}
