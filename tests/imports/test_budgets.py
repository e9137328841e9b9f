"""What a file may cost: each budget refuses with the exceeded number, and a refused file leaves no rows."""

import random
import string
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from sqlalchemy import text

from platform_app.domain.imports import service
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import budgets, files, formats
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.readings import FileProfile, Reading
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.imports.schemas import Run, StagedRow
from platform_app.domain.imports.service import staging
from platform_app.infra import db
from tests.factories import NOW
from tests.imports.helpers import count_rows, import_file, listings, notes, start, state, take_jobs
from tests.imports.measuring import peak_of_reader, peak_of_worker
from tests.imports.workbooks import sharing, workbook
from workers import imports_files

pytestmark = pytest.mark.usefixtures("clean")
DATA = Path(__file__).parent / "data"
MIB = 1 << 20
# Python, the libraries and one file's rows; a worker's pod has four times as much.
WORKER = 256 * MIB
COLUMNS = ["key", "title", "price", *(f"extra{number}" for number in range(187))]
RANDOM = random.Random(1)
# A row of 190 cells with this text has 37 MB, and a workbook of ten such rows 150 kB.
SHARED = "".join(RANDOM.choices(string.ascii_lowercase, k=193_000))
WIDE = sharing(SHARED, header=COLUMNS, rows=10)
BOMB = sharing("x" * 1_600_000, header=COLUMNS, rows=1)


def csv_of(*rows: str, header: str = "key,title,price") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def staged(run: Run) -> list[tuple[int, dict[str, str], int]]:
    """The staged rows of a run: line, cells and size."""
    with db.reading() as session:
        rows = session.execute(
            text("SELECT line, cells, size FROM import_row WHERE run_id = :run ORDER BY line"), {"run": run.id}
        )
        return [(row.line, row.cells, row.size) for row in rows]


def staged_bytes(run: Run) -> int:
    with db.reading() as session:
        found = session.execute(text("SELECT staged_bytes FROM import_run WHERE id = :run"), {"run": run.id})
        return int(found.scalar_one())


@pytest.mark.parametrize(
    ("body", "most", "reason"),
    [
        (
            WIDE,
            160_000,
            "The rows up to line 7 have 220,021,140 bytes of text; the limit is 201,326,592. "
            "Split the file and import the parts.",
        ),
        (
            BOMB,
            6_000,
            "The rows up to line 2 have 304,000,190 bytes of text; the limit is 201,326,592. "
            "Split the file and import the parts.",
        ),
    ],
    ids=["ten rows of 190 cells", "five kilobytes"],
)
def test_a_workbook_bomb_is_refused_in_little_memory(tmp_path: Path, body: bytes, most: int, reason: str) -> None:
    assert len(body) < most
    run = start(body)
    assert peak_of_worker() < WORKER
    ended = state(run)
    assert (ended.state, ended.message, ended.rows) == (RunState.REFUSED, reason, 0)
    assert count_rows(run, "import_row", "listing", "import_change") == (0, 0, 0)
    (path := tmp_path / "book.xlsx").write_bytes(body)
    assert peak_of_reader(path) < 64 * MIB


def test_a_workbook_of_many_regular_rows_is_read_in_little_memory(tmp_path: Path) -> None:
    (path := tmp_path / "book.xlsx").write_bytes(workbook([["key", "title", "price"], *[["a", "Mug", 10]] * 200_000]))
    assert peak_of_reader(path) < 64 * MIB


def test_an_oversized_row_of_a_workbook_is_refused_alone() -> None:
    run = import_file(sharing("x" * 12_000, header=["key", "title", "price", *COLUMNS[3:100]], rows=1))
    assert (run.state, run.rows, run.refused) == (RunState.FINISHED, 1, 1)
    assert notes(run) == {2: "the row has 1,200,100 bytes; the limit is 1,048,576"}
    run = import_file(
        workbook([["key", "title", "price", "note"], ["a", "Mug", 10, "x" * MIB], ["b", "Cup", 12, "fine"]])
    )
    assert (run.rows, run.created, run.refused) == (2, 1, 1)
    assert notes(run) == {2: "the row has 1,048,586 bytes; the limit is 1,048,576"}
    assert [listing.key for listing in listings(run)] == ["b"]


def test_a_reader_out_of_memory_fails_its_own_import_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports_files, "LIMITS", replace(imports_files.LIMITS, memory=48 * MIB))
    run = import_file(sharing("x" * 40 * MIB, header=["key", "title", "price"], rows=1))
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "This workbook takes more than 50,331,648 bytes of memory to read. Save the sheet as CSV and upload that.",
    )
    assert count_rows(run, "import_row", "listing") == (0, 0)
    assert import_file(workbook([["key", "title", "price"], ["a", "Mug", 10]])).created == 1


@pytest.mark.parametrize("sign", [",", "\t", ";"])
def test_a_cell_of_two_megabytes_is_refused_with_its_size_in_any_script(sign: str) -> None:
    rows = ["key,title,price,note", f"a,Mug,10,{'é' * MIB}", "b,Cup,12,fine", ""]
    run = import_file("\n".join(rows).replace(",", sign).encode())
    assert (run.rows, run.created, run.refused) == (2, 1, 1)
    assert notes(run) == {2: "note has 2,097,152 bytes; the limit is 200,000"}


def test_a_cell_may_be_as_large_as_the_longest_description_and_no_larger() -> None:
    longest = "🏺" * 50_000
    run = import_file(csv_of(f"a,Mug,10,{longest}", f"b,Cup,12,{longest}x", header="key,title,price,description"))
    assert notes(run) == {3: "description has 200,001 bytes; the limit is 200,000"}
    assert [listing.description for listing in listings(run)] == [longest]


def test_a_row_of_many_small_cells_is_refused_with_its_size() -> None:
    run = import_file(csv_of("a,Mug,10" + f",{'x' * 190_000}" * 6, header="key,title,price,c,d,e,f,g,h"))
    assert notes(run) == {2: "the row has 1,140,015 bytes; the limit is 1,048,576"}


def test_a_row_of_ten_thousand_cells_below_three_columns_is_refused() -> None:
    run = import_file(csv_of("a,Mug,10" + ",x" * 9_997, "b,Cup,12"))
    assert notes(run) == {2: "the row has 10,000 cells but the header names 3 columns"}
    assert [listing.key for listing in listings(run)] == ["b"]


def test_an_endless_row_is_refused_with_its_size() -> None:
    run = import_file(b'key,title,price\na,"' + b"line\n" * 2_000_000)
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "The row at line 2 takes over 8,388,612 bytes to read; the limit is 8,388,608. A quote is probably not closed.",
    )


def test_an_oversized_column_name_is_refused_with_its_size() -> None:
    run = import_file(csv_of("a,Mug,10,x", header=f"key,title,price,{'n' * 1001}"))
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "The name of column 4 in row 1 has 1,001 bytes; limit: 1,000.",
    )


def test_an_oversized_header_of_a_workbook_is_refused_with_its_size() -> None:
    run = import_file(workbook([["x" * (MIB + 1)], ["a"]]))
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "Row 1, the header, has 1,048,578 bytes; the limit is 1,048,576.",
    )


def test_an_oversized_stored_file_is_refused_without_being_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MAX_FILE_BYTES", 20)
    run = import_file(csv_of("a,Mug,10"))
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "The file has 25 bytes; the limit is 20. Split it and import the parts.",
    )


def test_unused_columns_are_not_staged() -> None:
    extra = ",".join(f"extra{number}" for number in range(9_997))
    run = import_file(csv_of("a,Mug,10" + ",x" * 9_997, header=f"key,title,price,{extra}"))
    assert staged(run) == [(2, {"key": "a", "title": "Mug", "price": "10"}, 37)]
    assert staged_bytes(run) == 37
    mapped = {"title": "Name", "price": "Cost"}
    run = import_file(csv_of("Mug,10,x", header="Name,Cost,Note"), asked_format=Format.AUTO, mapping=mapped)
    assert staged(run) == [(2, {"title": "Mug", "price": "10"}, 27)]


class RecordingCells(dict[str, str]):
    """Cells that record which columns are read."""

    names_read: ClassVar[set[str]] = set()

    def get(self, name: str, default: Any = None) -> Any:
        self.names_read.add(name)
        return super().get(name, default)

    def __getitem__(self, name: str) -> str:
        self.names_read.add(name)
        return super().__getitem__(name)


@pytest.mark.parametrize(
    ("name", "kind"), [("shopify-apparel.csv", Format.SHOPIFY), ("woocommerce-sample.csv", Format.WOOCOMMERCE)]
)
def test_every_column_that_a_format_reads_is_staged(name: str, kind: Format) -> None:
    with (DATA / name).open("rb") as file:
        header, rows = files.read_rows(file, encoding="utf-8-sig")
        found = [Row(row.line, RecordingCells(row.cells)) for row in rows]
    RecordingCells.names_read.clear()
    for row in found:
        formats.parse_product([row], kind, Reading("USD", NOW.date()))
    used = set(formats.used([*header, *RecordingCells.names_read], kind).values())
    assert len(RecordingCells.names_read) > 15
    assert sorted(RecordingCells.names_read - used) == []


def test_a_product_has_a_limit_of_rows_and_of_bytes() -> None:
    rows = [Row(line, {"key": "mug", "title": "Mug"}) for line in range(2, 2004)]
    found = list(staging.numbered(rows, kind=Format.PLAZA))
    assert [row.problem for row in found if row.problem] == [
        "is row 2,001 of its product; the limit is 2,000",
        "is row 2,001 of its product; the limit is 2,000",
    ]
    rows = [Row(line, {"key": "mug", "title": "x" * 199_988}) for line in range(2, 45)]
    found = list(staging.numbered(rows, kind=Format.PLAZA))
    assert [row.line for row in found if row.problem] == [43, 44]
    assert found[-1].problem == "its product would have 8,400,462 bytes; the limit is 8,388,608"


def test_products_are_distinguished_by_handles_of_any_length() -> None:
    long = "h" * 5000
    rows = [Row(2, {"Handle": long + "a"}), Row(3, {"Handle": long + "b"}), Row(4, {"Handle": long + "a"})]
    assert [row.product for row in staging.numbered(rows, kind=Format.SHOPIFY)] == [0, 1, 0]


def test_a_batch_holds_as_many_products_as_its_bytes_allow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "BATCH_BYTES", 100)
    run = start(csv_of(*(f"p{number},Mug,10" for number in range(6)), f"q,{'x' * 150},10", "r,Cup,12"))
    with db.writing() as session:
        rows = [Row(line, {"key": f"p{line}", "title": "Mug" if line != 8 else "x" * 150}) for line in range(2, 10)]
        sized = staging.numbered(rows, kind=Format.PLAZA)
        stage(session, run, sized)
    moves = []
    for _ in range(5):
        with db.writing() as session:
            moves.append(service.process_batch(session, run_id=run.id, now=NOW).next_product)
    assert [row[2] for row in staged(run)] == [25, 25, 25, 25, 25, 25, 172, 25]
    assert moves[:4] == [4, 6, 7, 207]


def test_an_oversized_run_is_refused_with_its_size_and_stages_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MAX_RUN_BYTES", 100)
    run = import_file(csv_of("a,Mug,10", "b,Cup,12", "c,Bowl,9"))
    assert (run.state, run.message) == (
        RunState.REFUSED,
        "The rows up to line 4 take 111 bytes; the limit for one import is 100. Split the file and import the parts.",
    )
    assert count_rows(run, "import_row", "listing") == (0, 0)
    assert staged_bytes(run) == 0


def test_the_open_imports_of_a_shop_share_a_limit_until_they_are_archived(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(budgets, "MAX_SHOP_BYTES", 60)
    first = import_file(csv_of("a,Mug,10"))
    assert (first.state, first.archived, staged_bytes(first)) == (RunState.FINISHED, False, 37)
    archive = take_jobs("imports")
    second = import_file(csv_of("b,Cup,12"))
    assert (second.state, second.message) == (
        RunState.REFUSED,
        "With this file, the shop's open imports take 74 bytes; the limit is 60. "
        "Run or discard one of them, then upload this file again.",
    )
    assert import_file(csv_of("b,Cup,12"), slug="another-shop").state is RunState.FINISHED
    for job in archive:
        job.perform()
    assert (state(first).archived, staged_bytes(first)) == (True, 0)
    assert import_file(csv_of("b,Cup,12")).state is RunState.FINISHED


def test_concurrent_imports_of_a_shop_cannot_exceed_the_limit_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budgets, "MAX_SHOP_BYTES", 60)
    slow, quick = start(csv_of("a,Mug,10")), start(csv_of("b,Cup,12"))
    row = StagedRow(line=2, product=0, cells={"key": "a"}, size=34, problem=None)

    def while_another_is_staged() -> Iterator[StagedRow]:
        with db.writing() as other:
            stage(other, quick, [row])
        yield row

    with (
        pytest.raises(FileRefused, match="open imports take 68 bytes; the limit is 60"),
        db.writing() as session,
    ):
        stage(session, slow, while_another_is_staged())
    assert (staged_bytes(quick), staged_bytes(slow)) == (34, 0)
    assert (len(staged(quick)), staged(slow)) == (1, [])


def stage(session: db.WriteSession, run: Run, rows: Iterator[StagedRow] | list[StagedRow]) -> None:
    service.stage(
        session,
        run_id=run.id,
        kind=Format.PLAZA,
        encoding="utf-8",
        mapping={},
        header="",
        rows=rows,
        profile=FileProfile,
        now=NOW,
    )
