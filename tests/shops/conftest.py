"""Browsers to sell with."""

from tests.accounts.conftest import browser, pair

__all__ = ["browser", "pair"]
