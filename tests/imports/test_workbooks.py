"""Excel workbooks: read as typed, row by row, and never at the cost of the worker's memory."""

from datetime import date, datetime, time
from pathlib import Path

import pytest

from platform_app.infra import sheets
from platform_app.infra.sheets import NotASheet
from tests.imports.workbooks import workbook, zipped


def read(folder: Path, body: bytes, **limits: int) -> list[tuple[int, list[str]]]:
    path = folder / "book.xlsx"
    path.write_bytes(body)
    return list(sheets.rows(path, **limits))


def test_a_row_has_the_number_that_the_spreadsheet_shows_and_a_cell_the_text_that_was_typed(tmp_path: Path) -> None:
    body = workbook([["title", "price"], ['A mug,\n"blue"', 12], [], [None, 19.99], ["Cup", 0.1]])
    assert read(tmp_path, body) == [
        (1, ["title", "price"]),
        (2, ['A mug,\n"blue"', "12"]),
        (3, ["", ""]),
        (4, ["", "19.99"]),
        (5, ["Cup", "0.1"]),
    ]


def test_rows_are_numbered_from_the_top_of_the_sheet_wherever_its_table_begins(tmp_path: Path) -> None:
    found = read(tmp_path, workbook([["title"], ["Mug"]], first_row=4))
    assert [(number, cells) for number, cells in found if any(cells)] == [(4, ["title"]), (5, ["Mug"])]


def test_the_first_sheet_that_has_anything_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, workbook([], [["title"]])) == [(1, ["title"])]


def test_a_workbook_without_anything_has_no_rows(tmp_path: Path) -> None:
    assert read(tmp_path, workbook([])) == []


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (True, "TRUE"),
        (12.0, "12"),
        (1e15, "1000000000000000"),
        (0.1 + 0.2, "0.3"),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24), "2026-11-24"),  # noqa: DTZ001 - a spreadsheet's dates have no zone
        (datetime(2026, 11, 24, 9, 30), "2026-11-24 09:30:00"),  # noqa: DTZ001
        (time(9, 30), "09:30:00"),
        ("00123", "00123"),
    ],
)
def test_a_cell_is_written_as_somebody_would_type_it(cell: sheets.Cell, text: str) -> None:
    assert sheets.text(cell) == text


@pytest.mark.parametrize("body", [b"PK\x03\x04", zipped({"notes.txt": "no workbook"}), workbook([["title"]])[:200]])
def test_what_is_no_workbook_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(NotASheet, match="cannot be read"):
        read(tmp_path, body)


def test_a_workbook_that_would_fill_the_memory_is_refused(tmp_path: Path) -> None:
    rows = 100_000  # of which a few kilobytes are left when they are packed
    body = workbook([["same"] * 20] * rows)
    assert len(body) < 6_000_000
    with pytest.raises(NotASheet, match="too much room"):
        read(tmp_path, body, memory=160 * 1024 * 1024)


def test_a_reader_that_is_not_read_to_the_end_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([["title"]] * 50_000))
    rows = sheets.rows(path)
    assert next(rows) == (1, ["title"])
    rows.close()
