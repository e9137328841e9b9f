"""Browsers for the tests of shops."""

from tests.accounts.conftest import browser, pair

__all__ = ["browser", "pair"]
