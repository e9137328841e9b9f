"""Local and remote storage, and a shop without files."""

import shutil
from collections.abc import Iterator
from contextlib import suppress

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.shops.schemas import Shop
from platform_app.infra import storage
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.infra.servers import Server
from tests.media import upload_helpers


@pytest.fixture(params=["local disk", "s3"])
def each_storage(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Files are on the local disk, then in a bucket."""
    if request.param == "local disk":
        yield
        return
    server: Server = request.getfixturevalue("s3_server")
    given = {"BUCKET": "plaza", "ENDPOINT": server.endpoint, "REGION": server.region}
    keys = {"ACCESS_KEY": server.access_key, "SECRET_KEY": server.secret_key}
    for name, value in (given | keys).items():
        monkeypatch.setenv(f"PLAZA_S3_{name}", value)
    settings.cache_clear()
    store = upload_helpers.file_storage()
    assert isinstance(store, storage.S3Storage)
    with suppress(store._client.exceptions.BucketAlreadyOwnedByYou):
        store._client.create_bucket(Bucket="plaza")
    yield
    for key in upload_helpers.files():
        store.delete(key)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def shop(clean: None) -> Shop:
    """A shop, with an empty storage."""
    shutil.rmtree(settings().data / "objects", ignore_errors=True)
    return upload_helpers.shop()


@pytest.fixture
def client(clean: None) -> Iterator[TestClient]:
    """A browser without a session."""
    with TestClient(RequestMiddleware(rest.build()), raise_server_exceptions=False) as one:
        yield one
