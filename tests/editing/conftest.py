"""Browsers of sellers."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.rest.media import upload_forms
from tests.accounts.conftest import browser
from tests.accounts.helpers import browsers

__all__ = ["browser", "pair"]


@pytest.fixture
def pair(clean: None) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers."""
    upload_forms._storage.cache_clear()
    with browsers(2) as (one, other):
        yield one, other
