"""Whichever process is killed during an import, every row is imported exactly once."""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pytest
from redis import Redis
from rq import Queue
from rq.serializers import JSONSerializer
from sqlalchemy import text

from platform_app.domain.imports.rules.states import REPORT_COLLECTION, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.infra import db, document_store, invalidation, outbox
from platform_app.infra.settings import settings
from platform_app.stack.run import Run as Plaza
from tests.imports import helpers
from tools.bench import imports_files

ROWS = 6_000  # a few seconds of work, enough to interrupt
PRODUCTS = 2_400


class ShopCounts(NamedTuple):
    """The counts of a shop's rows, from the tables themselves."""

    listings: int
    variants: int
    stock: int
    on_hand: int
    movements: int
    changes: int
    indexed: int
    rows_left: int


COUNTS = text("""SELECT
  (SELECT count(*) FROM listing WHERE shop_id = :shop),
  (SELECT count(*) FROM variant WHERE shop_id = :shop),
  (SELECT count(*) FROM stock WHERE shop_id = :shop),
  (SELECT sum(on_hand) FROM stock WHERE shop_id = :shop),
  (SELECT count(*) FROM stock_movement WHERE shop_id = :shop),
  (SELECT count(*) FROM import_change WHERE shop_id = :shop),
  (SELECT count(*) FROM listing JOIN listing_search USING (shop_id) WHERE shop_id = :shop AND listing_id = listing.id),
  (SELECT count(*) FROM import_row WHERE shop_id = :shop)""")


@pytest.fixture(scope="module")
def plaza() -> Iterator[Plaza]:
    """One Plaza for all tests of this module."""
    with tempfile.TemporaryDirectory(prefix="plaza-kill-") as folder:
        Path(folder).chmod(0o755)
        (data := Path(folder) / "data").mkdir()
        with helpers.plaza(data) as run, helpers.settings_of(run):
            yield run


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file to import."""
    path = tmp_path_factory.mktemp("imports") / "jugs.csv"
    assert imports_files.write_import_file(path, rows=ROWS) == PRODUCTS
    return path.read_bytes()


@pytest.mark.parametrize("victim", ["imports", "clock", "postgres", "valkey-work", "valkey-state"])
def test_an_import_has_every_row_once_although_a_process_is_killed(plaza: Plaza, file: bytes, victim: str) -> None:
    started = helpers.start(file, slug=f"killed-{victim}")
    helpers.supervise_until(plaza, lambda: helpers.state(started).processed_rows >= ROWS // 4)
    assert helpers.state(started).state is RunState.RUNNING
    killed = helpers.child(plaza, victim)
    restarts = killed.restarts
    helpers.kill(killed)
    helpers.supervise_until(
        plaza, lambda: killed.restarts > restarts and helpers.state(started).archived and helpers.is_idle(plaza)
    )
    ended = helpers.state(started)
    assert (ended.state, ended.rows, ended.products) == (RunState.FINISHED, ROWS, PRODUCTS)
    assert (ended.created, ended.updated, ended.unchanged, ended.refused) == (ROWS, 0, 0, 0)
    assert_imported_once(started)


def assert_imported_once(started: Run) -> None:
    with db.reading() as session:
        found = ShopCounts(*session.execute(COUNTS, {"shop": started.shop_id}).one())
    assert found == ShopCounts(
        listings=PRODUCTS,
        variants=ROWS,
        stock=ROWS,
        on_hand=5 * ROWS,
        movements=ROWS,
        changes=PRODUCTS,
        indexed=PRODUCTS,
        rows_left=0,
    )
    assert document_store.from_settings(settings(), db.engine()).count(REPORT_COLLECTION, str(started.id)) == ROWS


def test_an_import_has_every_row_once_although_the_work_valkey_is_emptied(plaza: Plaza, file: bytes) -> None:
    started = helpers.start(file, slug="emptied")
    helpers.supervise_until(plaza, lambda: helpers.state(started).processed_rows >= ROWS // 4)
    assert helpers.state(started).state is RunState.RUNNING
    invalidation.work_redis().flushall()
    helpers.supervise_until(plaza, lambda: helpers.state(started).archived and helpers.is_idle(plaza))
    ended = helpers.state(started)
    assert (ended.state, ended.created, ended.refused) == (RunState.FINISHED, ROWS, 0)
    assert_imported_once(started)


def test_a_job_lost_between_its_queue_and_its_worker_is_sent_again(plaza: Plaza) -> None:
    redis = invalidation.work_redis()
    queue = Queue("media", connection=redis, serializer=JSONSerializer)  # a queue without a worker here
    with db.writing() as session:
        job_id = outbox.add(session, "workers.media.fetch", shop_id=str(UUID(int=1)), picture_ids=[])
    helpers.supervise_until(plaza, lambda: queue.get_job_ids() == [str(job_id)])
    move_to_intermediate_queue(redis, queue)
    assert (queue.get_job_ids(), queue.intermediate_queue.get_job_ids()) == ([], [str(job_id)])
    helpers.supervise_until(plaza, lambda: queue.get_job_ids() == [str(job_id)])
    assert queue.intermediate_queue.get_job_ids() == []
    with db.writing() as session:
        assert outbox.complete(session, job_id=job_id)


def move_to_intermediate_queue(redis: Redis, queue: Queue) -> None:
    assert redis.lmove(queue.key, queue.intermediate_queue_key) is not None
