"""Browsers: of a seller, and of nobody."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.shops.schemas import Shop
from platform_app.infra import db
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.accounts.helpers import browsers
from tests.factories import make_owner, make_shop
from tests.media import upload_helpers


@pytest.fixture
def seller(clean: None) -> Iterator[TestClient]:
    """A browser of the owner of a shop."""
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session))
    with browsers() as (one,):
        one.cookies.set(settings().session_cookie, owner.token)
        yield one


@pytest.fixture
def client(clean: None) -> Iterator[TestClient]:
    """A browser that has signed in nowhere."""
    with TestClient(RequestMiddleware(rest.build()), raise_server_exceptions=False) as one:
        yield one


@pytest.fixture
def shop(clean: None) -> Shop:
    return upload_helpers.shop()
