"""Visited shops, and browsers that request their stats."""

from tests.favourites.conftest import browser, pair

__all__ = ["browser", "pair"]
