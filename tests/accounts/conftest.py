"""Browsers to sign in with."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from tests.accounts.helpers import browsers


@pytest.fixture
def browser(clean: None) -> Iterator[TestClient]:
    """A browser nobody is signed in to."""
    with browsers() as (one,):
        yield one


@pytest.fixture
def pair(clean: None) -> Iterator[tuple[TestClient, TestClient]]:
    """Two browsers."""
    with browsers(2) as (one, other):
        yield one, other
