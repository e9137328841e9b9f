"""An import from a browser resumes when its worker is killed during the check, the run or the undo."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.imports.service import browser_flow
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, storage
from platform_app.infra.settings import settings
from platform_app.stack.run import Run as Plaza
from tests.factories import make_owner, make_shop
from tests.imports import helpers
from tools.bench import imports_files

ROWS = 6_000  # a few seconds of work, enough to interrupt
PRODUCTS = 2_400
TIERS = {**helpers.TIERS, "media": ["worker", "media"]}


@pytest.fixture(scope="module")
def plaza() -> Iterator[Plaza]:
    """A Plaza of real processes."""
    with tempfile.TemporaryDirectory(prefix="plaza-kill-") as folder:
        Path(folder).chmod(0o755)
        (data := Path(folder) / "data").mkdir()
        with helpers.plaza(data, tiers=TIERS) as run, helpers.settings_of(run):
            yield run


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The file to import."""
    path = tmp_path_factory.mktemp("imports") / "jugs.csv"
    assert imports_files.write_import_file(path, rows=ROWS) == PRODUCTS
    return path.read_bytes()


def test_an_import_from_a_browser_survives_a_killed_worker_at_every_step(plaza: Plaza, file: bytes) -> None:
    with db.writing() as session:
        shop = make_shop(session, slug="browser")
        owner = make_owner(session, shop=shop).user
    arguments = {"user_id": owner.id, "shop": shop.slug}
    with db.writing() as session:
        started = browser_flow.start(session, **arguments, file_name="jugs.csv", size=len(file), now=utc_now())
    storage.from_settings(settings()).put(started.upload.key, file, content_type="text/csv")
    one = {**arguments, "run_id": started.run.id}
    with db.writing() as session:
        browser_flow.complete_upload(session, **one, stored_bytes=len(file), now=utc_now())
    helpers.supervise_until(plaza, lambda: helpers.state(started.run).state is RunState.MAPPING)
    with db.writing() as session:
        browser_flow.choose_columns(session, **one, requested_format=Format.PLAZA, fields_by_column={}, now=utc_now())
    kill_in_the_middle(plaza, started.run)
    helpers.supervise_until(plaza, lambda: helpers.state(started.run).is_checked)
    checked = helpers.state(started.run)
    assert (checked.created, checked.updated, checked.unchanged, checked.refused) == (ROWS, 0, 0, 0)
    with db.writing() as session:
        browser_flow.confirm(session, **one, now=utc_now())
    kill_in_the_middle(plaza, started.run)
    helpers.supervise_until(plaza, lambda: helpers.state(started.run).archived)
    assert helpers.count_rows(started.run, "listing", "variant", "stock", "stock_movement", "import_change", "import_row") == (
        PRODUCTS, ROWS, ROWS, ROWS, PRODUCTS, 0,
    )  # fmt: skip
    with db.writing() as session:
        browser_flow.undo(session, **one, now=utc_now())
    helpers.supervise_until(plaza, lambda: helpers.state(started.run).restored >= PRODUCTS // 4)
    helpers.kill(helpers.child(plaza, "imports"))
    helpers.supervise_until(plaza, lambda: helpers.state(started.run).state is RunState.UNDONE)
    undone = helpers.state(started.run)
    assert (undone.restored, undone.kept, undone.changes) == (PRODUCTS, 0, PRODUCTS)
    assert helpers.count_rows(started.run, "listing", "variant", "stock") == (0, 0, 0)
    assert list(storage.from_settings(settings()).list("quarantine/")) == []


def kill_in_the_middle(plaza: Plaza, run: Run) -> None:
    helpers.supervise_until(plaza, lambda: helpers.state(run).processed_rows >= ROWS // 4)
    assert helpers.state(run).state is RunState.RUNNING
    killed = helpers.child(plaza, "imports")
    restarts = killed.restarts
    helpers.kill(killed)
    helpers.supervise_until(plaza, lambda: killed.restarts > restarts)
