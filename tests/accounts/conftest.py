"""Browsers for the tests of accounts."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.accounts.helpers import browsers


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """A browser without a session."""
    with browsers() as (one,):
        yield one


@pytest.fixture
def pair(clean: None) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers without sessions."""
    with browsers(2) as (one, other):
        yield one, other
