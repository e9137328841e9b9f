"""Read an import's file, text or Excel workbook, as a header and rows."""

import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import BinaryIO, cast

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import budgets, encodings, feeds, files, formats, mapping_suggestions
from platform_app.domain.imports.rules.files import Record, Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.schemas import FileColumn, FileInspection
from platform_app.infra import storage, xlsx, xlsx_reader
from platform_app.infra.settings import settings

WORKBOOK_ENCODING = "xlsx"  # in place of a text encoding
SAMPLED_ROWS = 200  # rows read for sample values
MAX_SAMPLES = 3
SAMPLE_LENGTH = 60  # characters
MAX_COLUMNS = 200
MAX_SHEETS = 20  # in which the header is looked for
_WORKBOOK_MAGIC = b"PK\x03\x04"
_START = 100  # bytes by which a file that is no text is known
LIMITS = xlsx_reader.Limits(
    memory=budgets.READER_MEMORY,
    seconds=budgets.READER_SECONDS,
    unpacked=budgets.MAX_UNPACKED_BYTES,
    strings=budgets.MAX_STRINGS_BYTES,
    row=budgets.MAX_ROW_BYTES,
)


@dataclass(frozen=True)
class Table:
    """A file's header and a lazy stream of its rows, which can raise FileRefused."""

    encoding: str
    header: list[str]
    rows: Iterator[Row]


@contextmanager
def open_stored(key: str, *, encoding: str = "") -> Iterator[Table]:
    """The stored file as a table, in the encoding that is known; FileRefused."""
    with tempfile.NamedTemporaryFile() as temporary:
        local, stored_files = cast(BinaryIO, temporary.file), storage.from_settings(settings())
        try:
            budgets.require_file(stored_files.size(key))
            with stored_files.open(key) as stored:
                shutil.copyfileobj(stored, local, 1 << 20)
        except storage.ObjectMissing:
            raise FileRefused("The file no longer exists. Upload it again.") from None
        local.flush()
        with open_local(Path(temporary.name), encoding=encoding) as table:
            yield table


@contextmanager
def open_local(path: Path, *, encoding: str = "") -> Iterator[Table]:
    """A local file as a table, in the encoding that is known; FileRefused."""
    budgets.require_file(path.stat().st_size)
    with path.open("rb") as local:
        start = local.read(_START)
        local.seek(0)
        if start.startswith(_WORKBOOK_MAGIC):
            header, rows = _open_workbook(path)
            yield Table(WORKBOOK_ENCODING, header, rows)
        elif feeds.is_feed(start):
            header, rows = feeds.read_feed(local)
            yield Table(feeds.MARKER, header, rows)
        elif start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[{")):
            raise FileRefused("This is a JSON file. Export your listings as CSV and try again.")
        else:
            encoding = encodings.require(local, encoding) if encoding else encodings.detect(local)
            header, rows = files.read_rows(local, encoding=encoding, is_header=formats.is_header)
            yield Table(encoding, header, rows)


def inspect(table: Table) -> FileInspection:
    """Analyse the start of a file; the suggested mapping ignores saved mappings, which the caller looks up."""
    if len(table.header) > MAX_COLUMNS:
        raise FileRefused(
            f"The file has {len(table.header):,} columns; the limit is {MAX_COLUMNS}. Is this the right file?"
        )
    samples: dict[str, list[str]] = {name: [] for name in table.header if name}
    count = 0
    for row in islice(table.rows, SAMPLED_ROWS):
        count += 1
        for name, cell in row.cells.items():
            sample = " ".join(cell.split())[:SAMPLE_LENGTH]
            if sample and len(samples[name]) < MAX_SAMPLES and sample not in samples[name]:
                samples[name].append(sample)
    if not count:
        raise FileRefused("The file has a header but no rows below it.")
    try:
        detected = str(formats.detect_format(table.header, requested=Format.AUTO, mapping={}))
    except FileRefused:
        detected = ""
    return FileInspection(
        encoding=table.encoding,
        format=detected,
        fingerprint=formats.fingerprint(table.header),
        columns=tuple(FileColumn(name=name, samples=tuple(values)) for name, values in samples.items()),
        suggested=mapping_suggestions.suggest_mapping(list(samples)),
    )


def _open_workbook(path: Path) -> tuple[list[str], Iterator[Row]]:
    """The header and rows of the first sheet with known column names, or else of the first that has any rows."""
    for skipped in range(MAX_SHEETS):
        records = _workbook_rows(path, skipped=skipped)
        try:
            header, rows = files.read_table(records, is_header=formats.is_header)
        except FileRefused:
            if skipped == 0:
                raise
            break
        if formats.is_header(header):
            return header, rows
        records.close()
    return files.read_table(_workbook_rows(path), is_header=formats.is_header)


def _workbook_rows(path: Path, *, skipped: int = 0) -> Generator[Record]:
    try:
        for row in xlsx.read_rows(path, limits=LIMITS, skipped=skipped):
            yield Record(row.number, row.cells, row.size)
    except xlsx.NotASheet as error:
        raise FileRefused(str(error)) from error
