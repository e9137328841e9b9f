"""Browsers to like things with."""

from tests.accounts.conftest import browser, pair

__all__ = ["browser", "pair"]
