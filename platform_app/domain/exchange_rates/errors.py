"""Errors of exchange rates."""

from platform_app.domain.shared.errors import Invalid


class InvalidRates(Invalid):
    """A table of rates that cannot be used; the message names the line and what is wrong."""
