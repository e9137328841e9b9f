"""Shops that are visited, and browsers to ask for their figures."""

from tests.favourites.conftest import browser, pair

__all__ = ["browser", "pair"]
