"""Excel workbooks: read as displayed, row by row, within a memory limit."""

import io
import re
import struct
import zipfile
from dataclasses import replace
from datetime import date, datetime, time
from pathlib import Path

import psutil
import pytest

from platform_app.infra import xlsx, xlsx_reader
from platform_app.infra.xlsx import NotASheet
from tests.imports.workbooks import sharing, with_parts, with_sheet, workbook, zipped
from workers.imports_files import LIMITS

MIB = 1 << 20


def read(folder: Path, body: bytes, **changed: int) -> list[tuple[int, list[str]]]:
    path = folder / "book.xlsx"
    path.write_bytes(body)
    return [(row.number, row.cells) for row in xlsx.read_rows(path, limits=replace(LIMITS, **changed))]


def test_rows_have_the_spreadsheets_numbers_and_cells_the_typed_text(tmp_path: Path) -> None:
    body = workbook([["title", "price"], ['A mug,\n"blue"', 12], [], [None, 19.99], ["Cup", 0.1]])
    assert read(tmp_path, body) == [
        (1, ["title", "price"]),
        (2, ['A mug,\n"blue"', "12"]),
        (4, ["", "19.99"]),
        (5, ["Cup", "0.1"]),
    ]


def test_rows_are_numbered_from_the_top_of_the_sheet_wherever_its_table_begins(tmp_path: Path) -> None:
    assert read(tmp_path, workbook([["title"], ["Mug"]], first_row=4)) == [(4, ["title"]), (5, ["Mug"])]


def test_the_first_sheet_with_content_is_read(tmp_path: Path) -> None:
    assert read(tmp_path, workbook([], [["title"]])) == [(1, ["title"])]


def test_an_empty_workbook_has_no_rows(tmp_path: Path) -> None:
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
def test_a_value_is_read_as_a_user_would_type_it(cell: xlsx_reader.Cell, text: str) -> None:
    assert xlsx_reader.text(cell) == text


@pytest.mark.parametrize("body", [b"PK\x03\x04", zipped({"notes.txt": "no workbook"}), workbook([["title"]])[:200]])
def test_a_file_that_is_no_workbook_is_refused(tmp_path: Path, body: bytes) -> None:
    with pytest.raises(NotASheet, match="damaged workbook"):
        read(tmp_path, body)


DOCTYPE = '<!DOCTYPE sst [<!ENTITY a "xxxxxxxxxx">]><sst><si><t>&a;</t></si></sst>'
BROKEN = {
    "an entity that grows": with_parts(workbook([["title"]]), {"xl/sharedStrings.xml": DOCTYPE}),
    "a column behind the last": with_sheet('<row r="1"><c r="XFE1"><v>1</v></c></row>'),
    "a column of its own kind": with_sheet('<row r="1"><c r="AAAAAAAA1"><v>1</v></c></row>'),
    "a row behind the last": with_sheet('<row r="1048577"><c><v>1</v></c></row>'),
    "the same row twice": with_sheet('<row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row>'),
    "a shared string that is not there": with_sheet('<row r="1"><c t="s"><v>0</v></c></row>'),
    "a shared string before the first": with_parts(
        with_sheet('<row r="1"><c t="s"><v>-1</v></c></row>'), {"xl/sharedStrings.xml": "<sst><si><t>a</t></si></sst>"}
    ),
    "XML that breaks off": with_sheet('<row r="1"><c>'),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_workbook_with_broken_parts_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(NotASheet, match="damaged workbook"):
        read(tmp_path, BROKEN[name])


def test_a_workbook_with_parts_larger_than_declared_is_refused(tmp_path: Path) -> None:
    body, size = sharing("x" * 50_000, header=["title"], rows=1), len("<sst></sst>")
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        part = archive.getinfo("xl/sharedStrings.xml")
        declared = struct.pack("<III", part.CRC, part.compress_size, part.file_size)
    assert body.count(declared) == 2
    understated = body.replace(declared, struct.pack("<III", part.CRC, part.compress_size, size))
    with pytest.raises(NotASheet, match="damaged workbook"):
        read(tmp_path, understated)


def test_a_workbook_that_unpacks_beyond_the_limit_is_refused_with_its_size(tmp_path: Path) -> None:
    body = workbook([["title"], ["x" * MIB]])
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
    reason = (
        f"The workbook unpacks to {unpacked:,} bytes; the limit is 1,048,576. Save the sheet as CSV and upload that."
    )
    assert unpacked > MIB > len(body)
    with pytest.raises(NotASheet, match=f"^{re.escape(reason)}$"):
        read(tmp_path, body, unpacked=MIB)


def test_a_workbook_with_too_much_shared_text_is_refused_with_its_size(tmp_path: Path) -> None:
    body = sharing("x" * MIB, header=["title"], rows=1)
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        size = archive.getinfo("xl/sharedStrings.xml").file_size
    reason = (
        f"The texts of the workbook have {size:,} bytes; the limit is 1,048,576. Save the sheet as CSV and upload that."
    )
    with pytest.raises(NotASheet, match=f"^{re.escape(reason)}$"):
        read(tmp_path, body, strings=MIB)


def test_a_workbook_whose_reader_runs_out_of_memory_is_refused_with_the_limit(tmp_path: Path) -> None:
    body = sharing("x" * 40 * MIB, header=["title"], rows=1)
    assert len(body) < MIB
    reason = "This workbook takes more than 50,331,648 bytes of memory to read. Save the sheet as CSV and upload that."
    with pytest.raises(NotASheet, match=f"^{re.escape(reason)}$"):
        read(tmp_path, body, memory=48 * MIB)


def test_a_workbook_whose_reader_takes_too_long_is_refused_with_the_limit(tmp_path: Path) -> None:
    with pytest.raises(NotASheet, match=r"^This workbook takes more than 1 seconds to read\."):
        read(tmp_path, with_sheet("<row><c><v>1</v></c></row>" * 1_000_000), seconds=1)


def test_dates_numbers_and_texts_are_read_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    styles = (
        '<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[h]:mm"/><numFmt numFmtId="165" formatCode="dd/mm/yyyy"/>'
        '<numFmt numFmtId="166" formatCode="0.0 &quot;days&quot;"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
        '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/></cellXfs>'
        "</styleSheet>"
    )
    texts = "<sst><si><t>a</t></si><si><r><t>bold </t></r><r><t>and not</t></r><rPh><t>phonetic</t></rPh></si></sst>"
    cells = [
        *(
            '<c t="s"><v>1</v></c>',
            '<c s="1"><v>45000</v></c>',
            '<c s="2"><v>1.5</v></c>',
            '<c s="3"><v>45000.25</v></c>',
        ),
        *('<c s="4"><v>2.5</v></c>', '<c s="1"><v>0.5</v></c>', '<c s="1"><v>5</v></c>', '<c s="1"><v>61</v></c>'),
        *(
            '<c t="b"><v>1</v></c>',
            '<c t="e"><v>#N/A</v></c>',
            '<c t="str"><f>1&amp;2</f><v>12</v></c>',
            "<c><v>1E3</v></c>",
        ),
        *('<c t="inlineStr"><is><t>a_x000D_b_x0000__xD800_</t></is></c>', "<c><f>1/0</f></c>", "<c><v>0.1</v></c>"),
    ]
    body = with_parts(
        with_sheet(f'<row r="3">{"".join(cells)}</row>'), {"xl/styles.xml": styles, "xl/sharedStrings.xml": texts}
    )
    assert read(tmp_path, body) == [
        (
            3,
            [
                *("bold and not", "2023-03-15", "1 day, 12:00:00", "2023-03-15 06:00:00", "2.5", "12:00:00"),
                *("1900-01-05", "1900-03-01", "TRUE", "#N/A", "12", "1000", "a\rb_x0000__xD800_", "", "0.1"),
            ],
        )
    ]


def test_an_abandoned_reader_process_ends(tmp_path: Path) -> None:
    path = tmp_path / "book.xlsx"
    path.write_bytes(workbook([["title"]] * 50_000))
    rows, before = xlsx.read_rows(path, limits=LIMITS), set(psutil.Process().children())
    assert next(rows) == (1, 6, ["title"])
    (reader,) = set(psutil.Process().children()) - before
    rows.close()
    assert not reader.is_running()
