"""A day is counted from either document store."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.infra import db, document_store
from platform_app.infra.document_store import DynamoDocumentStore
from platform_app.infra.settings import settings
from tests.activity.helpers import TODAY, daily_stats, store_views, view, view_store
from tests.favourites.helpers import create_mug
from tests.infra.servers import dynoxide
from workers import activity


@pytest.fixture(params=["postgresql", "dynamodb"])
def store(request: pytest.FixtureRequest, tmp_path: Path, clean: None) -> Iterator[str]:
    """The settings name this store."""
    if request.param == "postgresql":
        yield request.param
        return
    with dynoxide(tmp_path) as server, pytest.MonkeyPatch.context() as patch:
        named = {
            "table": "views", "endpoint": server.endpoint, "region": server.region, "access_key": server.access_key,
            "secret_key": server.secret_key,
        }  # fmt: skip
        for name, value in named.items():
            patch.setitem(os.environ, f"PLAZA_DYNAMODB_{name.upper()}", value)
        settings.cache_clear()
        documents = document_store.from_settings(settings(), db.engine())
        assert isinstance(documents, DynamoDocumentStore)
        documents.create_table()
        yield request.param
    settings.cache_clear()


def test_a_day_of_several_pages_is_counted(store: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(activity, "PAGE_SIZE", 7)
    mug = create_mug()
    names = [f"visitor {number}" for number in range(20)]
    store_views(view(mug, *names, *names[:5]))
    activity.count_views(TODAY)
    assert daily_stats() == {(str(TODAY), "Stoneware mug"): (20, 0)}
    view_store().delete_partition("views", view(mug, "any")[0].partition)
    activity.count_views(TODAY)
    assert daily_stats() == {(str(TODAY), "Stoneware mug"): (20, 0)}
