"""A seller's browser."""

import math
from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.infra import db, jobs
from platform_app.infra.settings import settings
from tests.accounts.helpers import browsers
from tests.factories import make_owner, make_shop


@pytest.fixture
def seller(clean: None) -> Iterator[TestClient]:
    """A browser that is signed in as the owner of a shop."""
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session))
    with browsers() as (one,):
        one.cookies.set(settings().session_cookie, owner.token)
        yield one


@pytest.fixture
def one_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    """However busy the machine is, a job ends in its first turn, unless the test says otherwise."""
    monkeypatch.setattr(jobs, "TURN_SECONDS", math.inf)
