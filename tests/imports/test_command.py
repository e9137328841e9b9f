"""`./plaza import` on the command line, with its jobs run by a worker."""

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from platform_app.cli import data
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.schemas import ReportRow, Run
from platform_app.domain.shops import queries as shops
from platform_app.infra import db
from platform_app.infra.db import ReadSession
from platform_app.infra.settings import ROOT
from tests.imports.helpers import import_file, state, take_jobs
from tests.imports.workbooks import workbook, zipped

pytestmark = pytest.mark.usefixtures("clean")
ROWS = [["key", "title", "price", "quantity"], ["mug", "Stoneware mug", 12.5, 4], ["jug", "Jug", "free", None]]


def run(*arguments: str) -> tuple[int, str, str]:
    """Run the command with its jobs in this process; its exit code and its output."""
    command = [sys.executable, "-m", "platform_app", "import", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as running:
        while running.poll() is None:
            for job in take_jobs("imports"):
                job.perform()
            time.sleep(0.05)
        assert running.stdout is not None
        assert running.stderr is not None
        return running.returncode, running.stdout.read(), running.stderr.read()


def stored_prices() -> list[tuple[str, int]]:
    with db.reading() as session:
        found = session.connection().exec_driver_sql(
            "SELECT listing.title, variant.price FROM listing JOIN variant ON variant.listing_id = listing.id"
        )
        return [(row[0], row[1]) for row in found]


def test_a_workbook_is_imported_on_the_command_line_and_undone(tmp_path: Path) -> None:
    book = tmp_path / "goods.xlsx"
    book.write_bytes(workbook([], ROWS))
    code, output, errors = run(str(book), "--shop", "clay-and-co", "--dry-run")
    # The shop that was opened for it is closed once no job needs its rows.
    assert (code, errors, stored_prices(), take_jobs("imports")) == (0, "", [], [])
    assert "2 rows (plaza, xlsx): 1 would be created" in output
    code, output, errors = run(str(book), "--shop", "clay-and-co")
    assert (code, errors, stored_prices()) == (0, "", [("Stoneware mug", 1250)])
    assert "2 rows (plaza, xlsx): 1 created, 0 updated, 0 unchanged, 1 refused." in output
    assert "  line 3: " in output
    undo = output.partition("--undo ")[2].split()[0]
    assert run("--undo", undo)[0] == 0
    assert stored_prices() == []


def test_a_report_is_complete_when_it_is_archived_while_being_read(monkeypatch: pytest.MonkeyPatch) -> None:
    run = import_file(b"key,title,price\nmug,Mug,free\njug,Jug,2.00\n")

    def archived_first(session: ReadSession, **arguments: Any) -> list[ReportRow]:
        for job in take_jobs("imports"):
            job.perform()
        return report(session, **arguments)

    report = queries.report_rows
    monkeypatch.setattr(queries, "report_rows", archived_first)
    assert not state(run).archived
    assert [(row.line, row.outcome) for row in data._report_rows(Run.model_validate(run))] == [
        (2, Outcome.REFUSED),
        (3, Outcome.CREATED),
    ]
    assert state(run).archived


@pytest.mark.parametrize("body", [b"PK\x03\x04", zipped({"notes.txt": "no workbook"}), workbook([])])
def test_an_invalid_workbook_is_refused_and_opens_no_shop(tmp_path: Path, body: bytes) -> None:
    book = tmp_path / "goods.xlsx"
    book.write_bytes(body)
    code, output, errors = run(str(book), "--shop", "clay-and-co")
    assert (code, output) == (1, "")
    assert "damaged workbook" in errors or "The file is empty" in errors
    with db.reading() as session:
        assert shops.find_by_slug(session, slug="clay-and-co") is None
