"""Full garbage collections depend only on the number of closed connections."""

import gc
from collections.abc import Iterator

import pytest

from platform_app.infra import gc_tuning


@pytest.fixture(autouse=True)
def restored_gc() -> Iterator[None]:
    thresholds = gc.get_threshold()
    gc_tuning._state.update(closed=0, collected=-gc_tuning.MIN_INTERVAL_SECONDS)
    yield
    gc.set_threshold(*thresholds)
    gc.unfreeze()


def full_collections() -> int:
    return int(gc.get_stats()[2]["collections"])


def test_a_calm_process_freezes_its_loaded_modules() -> None:
    gc_tuning.configure()
    assert gc.get_freeze_count() > 10_000
    before = full_collections()
    objects = [[number] for number in range(200_000)]
    assert (len(objects), full_collections()) == (200_000, before)


def test_a_full_collection_runs_once_as_many_connections_have_closed_as_are_open() -> None:
    before = full_collections()
    for _ in range(1499):
        gc_tuning.connection_closed(still_open=1500)
    assert full_collections() == before
    gc_tuning.connection_closed(still_open=1500)
    assert full_collections() == before + 1
    for _ in range(3000):
        gc_tuning.connection_closed(still_open=10)
    assert full_collections() == before + 1  # not again within a minute
