"""Reading a CSV file of any common encoding, delimiter and line ending, with clear errors."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import BinaryIO, NamedTuple, TextIO

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules.budgets import (
    MAX_CELL_BYTES,
    MAX_FILE_BYTES,
    MAX_NAME_BYTES,
    MAX_RECORD_BYTES,
    MAX_ROW_BYTES,
    text_bytes,
)

MAX_ROWS = 2_000_000
MAX_PREAMBLE = 30  # lines that may stand above the header
_CHUNK = 1 << 20
_SAMPLE = 1 << 16  # characters by which the delimiter is decided
_DELIMITERS = ",;\t|"
_SEPARATOR_LINE = re.compile(r'"?sep=([,;|\t])"?', re.IGNORECASE)  # which Excel reads, and nobody else
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!", "#GETTING_DATA"}
IsHeader = Callable[[list[str]], bool]
MAX_HEADER = _CHUNK
_CELL_OVERHEAD = 64  # bytes of memory per cell, however short

# Rows are measured before they are parsed, so no cell reaches this limit.
csv.field_size_limit(2 * MAX_RECORD_BYTES)


class Record(NamedTuple):
    """A raw row of a file: its first line, its cells (empty if they are too large) and its text size in bytes."""

    line: int
    cells: list[str]
    size: int


@dataclass(frozen=True)
class Row:
    """A data row: its first line, its cells by column, and the problem with its shape, if any."""

    line: int
    cells: dict[str, str]
    problem: str | None = None


class _NonClosingTextIO(io.TextIOWrapper):
    """A text wrapper that does not close the underlying file."""

    def __del__(self) -> None:
        if not self.closed:
            self.detach()


def read_rows(
    file: BinaryIO, *, encoding: str, is_header: IsHeader = lambda _: False
) -> tuple[list[str], Iterator[Row]]:
    """The header and a stream of rows; FileRefused names the line of a CSV syntax error."""
    stream = _NonClosingTextIO(file, encoding=encoding, newline="")
    delimiter = _delimiter(_sample(stream), is_header)
    stream.seek(0)
    return read_table(_records(stream, delimiter=delimiter), is_header=is_header)


def read_table(records: Iterator[Record], *, is_header: IsHeader) -> tuple[list[str], Iterator[Row]]:
    """The header and a stream of the rows below it, without what stands above the header.

    The header is the first record whose names are known, or else the first with several cells.
    """
    start: list[Record] = []
    for record in records:
        start.append(record)
        if is_header(_stripped(record)) or len(start) == MAX_PREAMBLE or _size(start) > MAX_ROW_BYTES:
            break
    position = next((index for index, record in enumerate(start) if is_header(_stripped(record))), None)
    if position is None:
        filled = [sum(map(bool, _stripped(record))) for record in start]
        least = min(2, max(filled, default=0))
        position = next((index for index, count in enumerate(filled) if count >= least > 0), None)
    # A record that is too large has lost its cells; it is refused by name.
    position = next((index for index, record in enumerate(start) if record.size > MAX_ROW_BYTES), position)
    header = _names(start[position]) if position is not None else []
    if position is None or not header:
        raise FileRefused("The file is empty. Its first line should name the columns.")
    if any("\x00" in name for name in header):
        raise FileRefused("The file is not text: its first line contains zero bytes.")
    return header, data_rows(chain(start[position + 1 :], records), header)


def _size(records: list[Record]) -> int:
    return sum(record.size for record in records)


def _stripped(record: Record) -> list[str]:
    return [name.strip().strip("\ufeff").strip() for name in record.cells]


def _names(record: Record) -> list[str]:
    """The column names in this record; FileRefused if one is too large."""
    if record.size > MAX_ROW_BYTES:
        raise FileRefused(
            f"Row {record.line:,}, the header, has {record.size:,} bytes; the limit is {MAX_ROW_BYTES:,}."
        )
    names = _stripped(record)
    for position, name in enumerate(names, 1):
        if (size := text_bytes(name)) > MAX_NAME_BYTES:
            raise FileRefused(
                f"The name of column {position:,} in row {record.line:,} has {size:,} bytes; limit: {MAX_NAME_BYTES:,}."
            )
    return _unique(names)


def _unique(names: list[str]) -> list[str]:
    """The names, of which repeated ones get a number, so that no column is lost."""
    taken = set(names)
    counts: Counter[str] = Counter()
    found: list[str] = []
    for name in names:
        counts[name] += 1
        free = name
        while name and counts[name] > 1 and free in taken:
            free = f"{name} {counts[name]}"
            counts[name] += free in taken
        taken.add(free)
        found.append(free)
    return found


def _lines(stream: TextIO, *, max_length: int) -> Iterator[str]:
    """The lines of a text; FileRefused for one that is too long, without reading it completely."""
    number = 0
    while line := stream.readline(max_length + 1):
        number += 1
        if len(line) > max_length:
            raise FileRefused(
                f"Line {number} has more than {max_length:,} characters. Is this a CSV file with one line per row?"
            )
        yield line


def _records(stream: TextIO, *, delimiter: str) -> Iterator[Record]:
    """The records with their sizes; FileRefused for a syntax error or a record that is too large."""
    size, cells, start = 0, 0, 1

    def lines() -> Iterator[str]:
        nonlocal size, cells
        for line in _lines(stream, max_length=MAX_RECORD_BYTES):
            size += text_bytes(line)
            cells += line.count(delimiter)
            if (cost := size + cells * _CELL_OVERHEAD) > MAX_RECORD_BYTES:
                raise FileRefused(
                    f"The row at line {start:,} takes over {cost:,} bytes to read; the limit is {MAX_RECORD_BYTES:,}. "
                    "A quote is probably not closed."
                )
            yield _preamble(line) if start <= MAX_PREAMBLE else line

    reader = csv.reader(lines(), delimiter=delimiter, strict=True)
    while True:
        size, cells, start = 0, 0, reader.line_num + 1
        try:
            found = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            reason = f"The CSV has an error at line {reader.line_num}: {error}. A quote is probably not closed."
            raise FileRefused(reason) from None
        yield Record(start, found, size)


def spreadsheet_error(cells: dict[str, str]) -> str | None:
    """The problem with a row in which a formula has failed; None if there is none."""
    failed = next((name for name, cell in cells.items() if cell[0] == "#" and cell in _ERRORS), None)
    return None if failed is None else f"{failed[:60]} is the spreadsheet error {cells[failed]}"


def _preamble(line: str) -> str:
    """A line near the start without byte order marks; one that only names the separator is blank."""
    bare = line.lstrip("\ufeff")
    return "\n" if _SEPARATOR_LINE.fullmatch(bare.strip()) else bare


def data_rows(records: Iterable[Record], header: list[str]) -> Iterator[Row]:
    """The rows below a header that are not blank; FileRefused as soon as they are too many or too large."""
    count, size = 0, 0
    for record in records:
        size += record.size
        if size > MAX_FILE_BYTES:
            raise FileRefused(
                f"The rows up to line {record.line:,} have {size:,} bytes of text; the limit is {MAX_FILE_BYTES:,}. "
                "Split the file and import the parts."
            )
        if (problem := _problem(header, record)) is not None:
            found = Row(record.line, {}, problem)
        elif any(cell.strip() for cell in record.cells):
            found = Row(record.line, _cells_by_column(header, record.cells))
        else:
            continue
        count += 1
        if count > MAX_ROWS:
            raise FileRefused(f"The file has more than {MAX_ROWS:,} rows. Split it and import the parts.")
        yield found


def _cells_by_column(header: list[str], cells: list[str]) -> dict[str, str]:
    """Cells by column. NUL is removed: PostgreSQL cannot store it."""
    by_column: dict[str, str] = {}
    for name, cell in zip(header, cells, strict=False):
        if cell and name:
            by_column[name] = cell.replace("\x00", "")
    return by_column


def _problem(header: list[str], record: Record) -> str | None:
    cells = record.cells
    if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
        return f"the row has {len(cells):,} cells but the header names {len(header):,} columns"
    for name, cell in zip(header, cells, strict=False):
        if 4 * len(cell) > MAX_CELL_BYTES and (size := text_bytes(cell)) > MAX_CELL_BYTES:
            return f"{name[:60]} has {size:,} bytes; the limit is {MAX_CELL_BYTES:,}"
    if record.size > MAX_ROW_BYTES:
        return f"the row has {record.size:,} bytes; the limit is {MAX_ROW_BYTES:,}"
    return None


def _sample(stream: TextIO) -> list[str]:
    """The first lines that are not blank, up to a size; FileRefused if the first of them is too long."""
    first = next((line for line in _lines(stream, max_length=MAX_HEADER) if line.strip("\ufeff \t\r\n,;|")), "")
    found, size = [first[:_SAMPLE]], len(first)
    while size < _SAMPLE and len(found) < MAX_PREAMBLE and (line := stream.readline(_SAMPLE)):
        size += len(line)
        if line.strip():
            found.append(line)
    return found


def _delimiter(sample: list[str], is_header: IsHeader) -> str:
    """The delimiter that a `sep=` line names, or else by which the sample has known names or rows of one width."""
    if (named := _SEPARATOR_LINE.fullmatch(sample[0].strip("\ufeff\r\n "))) is not None:
        return named[1]
    return max(_DELIMITERS, key=lambda delimiter: _fitness(sample, delimiter, is_header))


def _fitness(sample: list[str], delimiter: str, is_header: IsHeader) -> tuple[bool, int, int, int]:
    try:
        records = list(csv.reader(sample, delimiter=delimiter))
    except csv.Error:
        records = []
    width, count = (
        Counter(len(cells) for cells in records if len(cells) > 1).most_common(1)[0]
        if any(len(cells) > 1 for cells in records)
        else (0, 0)
    )
    has_header = any(is_header([name.strip().strip("\ufeff") for name in cells]) for cells in records)
    return has_header, count, width, sample[0].count(delimiter)
