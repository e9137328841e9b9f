"""The process that reads an Excel workbook: `python -I xlsx_reader.py FILE LIMITS SKIPPED`. It imports no other Plaza module.

It writes one JSON list per row: number, text size in bytes, then the cells, or none if the row is too large. A JSON
string instead is the reason why the workbook is refused. It keeps only the shared strings and one row in memory.
"""

import json
import re
import resource
import sys
import zlib
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from pathlib import PurePosixPath
from typing import Any
from xml.parsers import expat
from zipfile import BadZipFile, ZipFile, ZipInfo

MAX_ROWS = 1_048_576  # per sheet, as in Excel
MAX_COLUMNS = 16_384
_SPAN = 1 << 16
_GRACE = 5  # seconds between SIGXCPU and SIGKILL
_DATES = frozenset((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)))  # built-in number formats for dates
_QUOTED = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?![hms]+\])[^\]]*\]', re.IGNORECASE)
_DURATION = re.compile(r"\[[hms]+\]", re.IGNORECASE)
_PADDED = re.compile(r"0{2,40}")  # a number format with leading zeros
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]*")

Written = list[int | str]
Cell = int | float | str | bool | time | date | datetime | timedelta


class Ending(IntEnum):
    """The exit code of the process, unless it is killed."""

    DONE = 0
    REFUSED = 3
    BROKEN = 4
    MEMORY = 5


class TooLarge(Exception):
    """A part of the workbook exceeds its limit; the message says which."""


class Broken(Exception):
    """The file is not a readable workbook."""


@dataclass(frozen=True)
class Limits:
    """Limits in bytes, and in seconds of CPU time."""

    memory: int
    seconds: int
    unpacked: int
    strings: int
    row: int


@dataclass
class Book:
    """The parts of a workbook that its sheets refer to."""

    strings: "Strings"
    dates: set[int] = field(default_factory=set)
    durations: set[int] = field(default_factory=set)
    widths: dict[int, int] = field(default_factory=dict)  # digits of numbers such as `00000`, by style
    epoch: datetime = datetime(1899, 12, 30)  # noqa: DTZ001 - spreadsheet dates have no time zone


class Strings:
    """The shared strings, stored compactly."""

    def __init__(self) -> None:
        """Start without strings."""
        self._text = bytearray()
        self._ends = array("I", [0])

    def add(self, text: str) -> None:
        """Append text to the last string."""
        self._text += text.encode()

    def end(self) -> None:
        """Finish the last string."""
        self._ends.append(len(self._text))

    def size(self, number: int) -> int:
        """A string's size in bytes."""
        return self._ends[number + 1] - self._ends[number]

    def __getitem__(self, number: int) -> str:
        """A string by its index."""
        return self._text[self._ends[number] : self._ends[number + 1]].decode()


class Parser:
    """A streaming XML parser of a part; subclasses override the handlers. Tags come without namespace prefixes."""

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Handle the start of an element."""

    def text(self, data: str) -> None:
        """Handle text in the innermost element."""

    def end(self, tag: str) -> None:
        """Handle the end of an element."""

    def refuse_doctype(self, *_: Any) -> None:
        """Workbooks have no document types, whose entities could expand a small text enormously."""
        raise Broken

    def read(self, archive: ZipFile, part: ZipInfo) -> None:
        """Parse the part."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self.refuse_doctype
        parser.StartElementHandler = lambda tag, attributes: self.start(tag.rpartition(":")[2], attributes)
        parser.CharacterDataHandler = self.text
        parser.EndElementHandler = lambda tag: self.end(tag.rpartition(":")[2])
        with archive.open(part) as unpacked:
            while span := unpacked.read(_SPAN):
                parser.Parse(span, False)
        parser.Parse(b"", True)


class Names(Parser):
    """Collects the attributes of all elements with some tags, such as sheets and relationships."""

    def __init__(self, *tags: str) -> None:
        """Collect elements with these tags."""
        self.found: list[tuple[str, dict[str, str]]] = []
        self._tags = tags

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Collect a matching element."""
        if tag in self._tags:
            self.found.append((tag, {name.rpartition(":")[2]: value for name, value in attributes.items()}))


class Texts(Parser):
    """Reads the shared strings: all text of an item except phonetic hints."""

    def __init__(self, strings: Strings) -> None:
        """Add to these strings."""
        self._strings, self._is_text, self._is_phonetic = strings, False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:  # noqa: ARG002
        """Track text and phonetic elements."""
        self._is_text = tag == "t"
        self._is_phonetic |= tag == "rPh"

    def text(self, data: str) -> None:
        """Store text outside phonetic hints."""
        if self._is_text and not self._is_phonetic:
            self._strings.add(data)

    def end(self, tag: str) -> None:
        """Track the end of text, phonetic hints and items."""
        self._is_text = False
        if tag == "rPh":
            self._is_phonetic = False
        elif tag == "si":
            self._strings.end()


class Styles(Parser):
    """Finds the cell styles of dates and durations."""

    def __init__(self, book: Book) -> None:
        """Store the styles in this book."""
        self._book, self._is_cells, self._count = book, False, 0
        self._dates, self._durations = set(_DATES), {46}
        self._widths: dict[int, int] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Read a number format or a cell style."""
        if tag == "numFmt":
            number, code = int(attributes["numFmtId"]), _QUOTED.sub("", attributes.get("formatCode", "")).lower()
            is_duration = bool(_DURATION.search(code))
            is_date = not is_duration and any(letter in code.partition(";")[0] for letter in "dmyhs")
            _set(self._dates, number, present=is_date)
            _set(self._durations, number, present=is_duration)
            self._widths[number] = len(code) if _PADDED.fullmatch(code) else 0
        elif tag == "cellXfs":
            self._is_cells = True
        elif tag == "xf" and self._is_cells:
            number = int(attributes.get("numFmtId", "0"))
            _set(self._book.dates, self._count, present=number in self._dates)
            _set(self._book.durations, self._count, present=number in self._durations)
            self._book.widths[self._count] = self._widths.get(number, 0)
            self._count += 1

    def end(self, tag: str) -> None:
        """Track the end of the cell styles."""
        if tag == "cellXfs":
            self._is_cells = False


class Sheet(Parser):
    """Reads a sheet and emits each row once it is complete."""

    def __init__(self, book: Book, *, limit: int, emit: Callable[[Written], None]) -> None:
        """Emit cells of rows up to `limit` bytes."""
        self.has_any = False
        self._book, self._most, self._emit = book, limit, emit
        self._number = self._size = self._width = 0
        self._column = -1
        self._cells: dict[int, str] = {}
        self._kind = self._style = ""
        self._parts: list[str] = []
        self._is_text = self._is_phonetic = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """Start a row, a cell or its text."""
        if tag == "c":
            self._column = _column(attributes["r"]) if "r" in attributes else self._column + 1
            self._kind, self._style = attributes.get("t", "n"), attributes.get("s", "0")
            self._parts = []
        elif tag in ("v", "t"):
            self._is_text = not self._is_phonetic
        elif tag == "row":
            number = int(attributes.get("r", self._number + 1))
            if not self._number < number <= MAX_ROWS:
                raise Broken
            self._number, self._size, self._width, self._column, self._cells = number, 0, 0, -1, {}
        elif tag == "rPh":
            self._is_phonetic = True

    def text(self, data: str) -> None:
        """Collect text up to the row limit; a shared string's index is counted later, with the string's size."""
        if self._is_text:
            self._width = max(self._width, self._column + 1)
            if self._kind != "s":
                self._size += len(data.encode())
            if self._kind == "s" or self._size <= self._most:
                self._parts.append(data)

    def end(self, tag: str) -> None:
        """Finish a cell's text, a cell or a row."""
        if tag in ("v", "t"):
            self._is_text = False
        elif tag == "c":
            self._end_cell()
        elif tag == "row":
            self._end_row()
        elif tag == "rPh":
            self._is_phonetic = False

    def _end_cell(self) -> None:
        if not 0 <= self._column < MAX_COLUMNS:
            raise Broken
        text = "".join(self._parts)
        if self._kind == "s" and text:
            number = int(text)
            if number < 0:
                raise Broken
            self._size += self._book.strings.size(number)
            text = self._book.strings[number] if self._size <= self._most else ""
        elif text and self._size <= self._most:
            text = _value(text, kind=self._kind, style=int(self._style), book=self._book)
        if text:
            self._cells[self._column] = _ESCAPED.sub(_sign, text) if "_x" in text else text

    def _end_row(self) -> None:
        size = self._size + self._width  # one byte per separator, as in CSV
        if size <= self._most and not self._cells:
            return
        self.has_any = True
        cells = (self._cells.get(column, "") for column in range(self._width)) if size <= self._most else ()
        self._emit([self._number, size, *cells])


def text(cell: Cell) -> str:
    """A cell's value as a person would type it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 10))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def read(path: str, limits: Limits, emit: Callable[[Written], None], *, skipped: int = 0) -> None:
    """Emit the rows of the first sheet that has any, after passing over `skipped` such sheets."""
    with ZipFile(path) as archive:
        unpacked = sum(part.file_size for part in archive.infolist())
        if unpacked > limits.unpacked:
            raise TooLarge(f"The workbook unpacks to {unpacked:,} bytes; the limit is {limits.unpacked:,}.")
        parts = {part.filename.replace("\\", "/").lower().lstrip("/"): part for part in archive.infolist()}
        book, sheets = _open(archive, parts, limits)
        for part in sheets:
            sheet = Sheet(book, limit=limits.row, emit=emit if skipped == 0 else lambda _: None)
            sheet.read(archive, part)
            if sheet.has_any and skipped == 0:
                return
            skipped -= sheet.has_any


def _open(archive: ZipFile, parts: dict[str, ZipInfo], limits: Limits) -> tuple[Book, list[ZipInfo]]:
    """The book's shared parts, and its sheets in order."""
    workbook = Names("sheet", "workbookPr")
    workbook.read(archive, parts["xl/workbook.xml"])
    relations = Names("Relationship")
    relations.read(archive, parts["xl/_rels/workbook.xml.rels"])
    targets = {one["Id"]: (one["Type"].rpartition("/")[2], _target(one["Target"])) for _, one in relations.found}
    named = dict(targets.values())
    book = Book(Strings())
    if strings := parts.get(named.get("sharedStrings", "xl/sharedstrings.xml")):
        if strings.file_size > limits.strings:
            raise TooLarge(
                f"The texts of the workbook have {strings.file_size:,} bytes; the limit is {limits.strings:,}."
            )
        Texts(book.strings).read(archive, strings)
    if styles := parts.get(named.get("styles", "xl/styles.xml")):
        Styles(book).read(archive, styles)
    if any(one.get("date1904") in ("1", "true") for tag, one in workbook.found if tag == "workbookPr"):
        book.epoch = datetime(1904, 1, 1)  # noqa: DTZ001
    ids = [one.get("id", "") for tag, one in workbook.found if tag == "sheet"]
    return book, [parts[targets[key][1]] for key in ids if targets[key][0] == "worksheet"]


def _target(target: str) -> str:
    """The name of the part that a relationship refers to."""
    return (target[1:] if target.startswith("/") else str(PurePosixPath("xl") / target)).lower()


def _column(place: str) -> int:
    match = _PLACE.fullmatch(place)
    if match is None:
        raise Broken
    column = 0
    for letter in match[1]:
        column = 26 * column + ord(letter) - 64
    return column - 1


def _value(found: str, *, kind: str, style: int, book: Book) -> str:
    """The value of a cell that is not a shared string, as text; an error such as `#N/A` by its name."""
    if kind != "n":
        return text(found.strip() == "1") if kind == "b" else found
    shown = text(_number(float(found), style=style, book=book))
    return shown.zfill(book.widths.get(style, 0)) if shown.isdecimal() else shown


def _number(value: float, *, style: int, book: Book) -> Cell:
    """The number, or the date or duration if its style says so."""
    try:
        if style in book.durations:
            return timedelta(seconds=round(value * 86_400))
        if style in book.dates:
            # Excel treats 1900 as a leap year, so its first sixty day numbers are one too low for this epoch.
            days = value + 1 if 1 <= value < 60 and book.epoch.year == 1899 else value
            found = book.epoch + timedelta(seconds=round(days * 86_400))
            return found.time() if 0 <= value < 1 else found
    except (OverflowError, ValueError):
        pass
    return value


def _sign(match: re.Match[str]) -> str:
    """Decode escapes such as `_x000D_` for characters that XML cannot contain; NUL and surrogates stay escaped."""
    sign = chr(int(match[1], 16))
    return match[0] if sign == "\0" or "\ud800" <= sign <= "\udfff" else sign


def _set(members: set[int], member: int, *, present: bool) -> None:
    (members.add if present else members.discard)(member)


def _write(found: Written | str) -> None:
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")


def _main(path: str, limits: Limits, skipped: int) -> Ending:
    resource.setrlimit(resource.RLIMIT_AS, (limits.memory, limits.memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + _GRACE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        read(path, limits, _write, skipped=skipped)
    except TooLarge as refusal:
        _write(str(refusal))
        return Ending.REFUSED
    except MemoryError:
        return Ending.MEMORY
    except expat.ExpatError as error:
        return Ending.MEMORY if error.code == 1 else Ending.BROKEN  # 1: out of memory
    except (Broken, BadZipFile, zlib.error, LookupError, ValueError, OSError, EOFError, RuntimeError):
        return Ending.BROKEN
    return Ending.DONE


if __name__ == "__main__":
    sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # type: ignore[union-attr]
    sys.exit(_main(sys.argv[1], Limits(**json.loads(sys.argv[2])), int(sys.argv[3])))
