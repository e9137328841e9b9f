"""Browsers to be told things in."""

from tests.accounts.conftest import browser, pair

__all__ = ["browser", "pair"]
