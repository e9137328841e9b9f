"""Browsers for the tests of notifications."""

from tests.accounts.conftest import browser, pair

__all__ = ["browser", "pair"]
