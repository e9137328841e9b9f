"""A CSV file as rows: whatever its encoding, delimiter and line ends, or a clear word on why not."""

import codecs
import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, TextIO

from platform_app.domain.imports.errors import FileRefused

MAX_CELL = 200_000
MAX_ROWS = 2_000_000
_SPAN = 1 << 20
MAX_HEADER = _SPAN
MAX_LINE = 32 * _SPAN
MAX_ROW = 64 * _SPAN  # bytes of memory, near enough
_CELL = 64  # bytes that a cell costs, however short
_KNOWN_FILES = {
    b"PK\x03\x04": "a ZIP archive or a spreadsheet (XLSX)",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook (XLS)",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x1f\x8b": "a gzip archive",
}

# One cell this large means that a quote was never closed; the row limit is for honest cells.
csv.field_size_limit(16 * _SPAN)


@dataclass(frozen=True)
class Row:
    """One record: the line it starts on, its cells by column, and what is wrong with its shape."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


class _Borrowed(io.TextIOWrapper):
    """Text over a file that stays its opener's to close."""

    def __del__(self) -> None:
        if not self.closed:
            self.detach()


def encoding_of(file: BinaryIO) -> str:
    """The file's text encoding; FileRefused when it is no text. Reads the file once, in spans."""
    head = file.read(8)
    file.seek(0)
    for magic, what in _KNOWN_FILES.items():
        if head.startswith(magic):
            raise FileRefused(f"This is {what}, not a CSV file. Export it as CSV (UTF-8) and try again.")
    is_utf16 = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ("utf-16",) if is_utf16 else ("utf-8-sig", "cp1252"):
        if _decodes(file, encoding):
            return encoding
    raise FileRefused("The file's text is neither UTF-8 nor Windows-1252. Save it as CSV (UTF-8) and try again.")


def rows(file: BinaryIO, *, encoding: str) -> tuple[list[str], Iterator[Row]]:
    """The header, and the rows one by one; FileRefused with the line where the CSV breaks off."""
    stream = _Borrowed(file, encoding=encoding, newline="")
    first = next((line for line in _lines(stream, most=MAX_HEADER) if line.strip(" \t\r\n,;|")), "")
    stream.seek(0)
    return table(_records(stream, delimiter=_delimiter(first)))


def table(records: Iterator[tuple[int, list[str]]]) -> tuple[list[str], Iterator[Row]]:
    """The header, which is the first record that names anything, and the rows below it; each record has its line."""
    header = next((names for _, cells in records if any(names := [name.strip() for name in cells])), [])
    if not header:
        raise FileRefused("The file is empty: its first line should name the columns.")
    if any("\x00" in name for name in header):
        raise FileRefused("The file is not text: it has zero bytes in its first line.")
    return header, _rows(records, header)


def _lines(stream: TextIO, *, most: int) -> Iterator[str]:
    """The lines of a text, of which one too long is never held in memory whole."""
    number = 0
    while line := stream.readline(most + 1):
        number += 1
        if len(line) > most:
            raise FileRefused(
                f"Line {number} has more than {most:,} characters. Is this a CSV file with a line per row?"
            )
        yield line


def _records(stream: TextIO, *, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it starts on; FileRefused where one breaks off or would fill the memory."""
    cost, start = 0, 1

    def lines() -> Iterator[str]:
        nonlocal cost
        for line in _lines(stream, most=MAX_LINE):
            cost += len(line) + line.count(delimiter) * _CELL
            if cost > MAX_ROW:
                raise FileRefused(f"The row at line {start} is too large to be read. A quote is probably not closed.")
            yield line

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        cost, start = 0, reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"The CSV breaks off at line {reader.line_num}: {error}. A quote is probably not closed."
            raise FileRefused(reason) from None
        yield start, cells


def _rows(records: Iterator[tuple[int, list[str]]], header: list[str]) -> Iterator[Row]:
    count = 0
    for line, cells in records:
        if not any(cell.strip() for cell in cells):
            continue
        count += 1
        if count > MAX_ROWS:
            raise FileRefused(f"The file has more than {MAX_ROWS:,} rows. Split it and import the parts.")
        yield Row(line, _named(header, cells), _problem(header, cells))


def _named(header: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by column; the first of two columns of the same name counts, NUL (which no database keeps) is dropped."""
    named: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if cell and name and name not in named:
            named[name] = cell.replace("\x00", "") if len(cell) <= MAX_CELL else ""
    return named


def _problem(header: list[str], cells: list[str]) -> str | None:
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return f"the row has {len(cells)} cells but the header names {len(header)} columns"
    for name, cell in zip(header, cells, strict=False):
        if len(cell) > MAX_CELL:
            return f"{name} has {len(cell):,} characters; {MAX_CELL:,} is the most"
    return None


def _delimiter(first: str) -> str:
    return max(",;\t|", key=first.count)


def _decodes(file: BinaryIO, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    file.seek(0)
    try:
        while span := file.read(_SPAN):
            decoder.decode(span)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        file.seek(0)
    return True
