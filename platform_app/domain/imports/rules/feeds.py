"""Read an XML feed of products (RSS or Atom) as a table: a row per item, a column per element."""

from collections.abc import Iterator
from typing import BinaryIO
from xml.parsers import expat

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules.budgets import MAX_NAME_BYTES, MAX_RECORD_BYTES, MAX_ROW_BYTES, text_bytes
from platform_app.domain.imports.rules.files import Record, Row, data_rows

MARKER = "xml"  # an empty column by which formats know that the table was a feed
_ITEMS = ("item", "entry")
_MAX_COLUMNS = 1000
_CHUNK = 1 << 16
_Cells = dict[str, str]


def is_feed(start: bytes) -> bool:
    """Whether a file that starts like this is XML."""
    return start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"<?xml", b"<rss", b"<feed"))


def read_feed(file: BinaryIO) -> tuple[list[str], Iterator[Row]]:
    """The elements of the items as columns, and a stream of the items, numbered as lines; FileRefused."""
    names: dict[str, None] = {}
    for _, cells, _ in _items(file):
        names.update(dict.fromkeys(cells))
        _require_columns(len(names))
    if not names:
        raise FileRefused("This XML file has no products: it should be an RSS or Atom feed with items.")
    header = [*names, MARKER]
    records = (Record(number, [cells.get(name, "") for name in header], size) for number, cells, size in _items(file))
    return header, data_rows(records, header)


class _Reader:
    """Collects the texts of an item's own elements; `done` has the items that are complete."""

    def __init__(self) -> None:
        self.done: list[tuple[int, _Cells, int]] = []
        self._count, self._size, self._depth, self._item_depth = 0, 0, 0, 0
        self._cells: _Cells = {}
        self._name = ""
        self._parts: list[str] = []

    def start(self, tag: str, _: dict[str, str]) -> None:
        self._depth += 1
        name = tag.rpartition(":")[2]
        if not self._item_depth and name in _ITEMS:
            self._item_depth, self._cells, self._size = self._depth, {}, 0
            self._count += 1
        elif self._item_depth and self._depth == self._item_depth + 1:
            if len(name) > MAX_NAME_BYTES:
                raise FileRefused(f"Item {self._count:,} has an element with a name of {len(name):,} characters.")
            _require_columns(len(self._cells) + 1)
            self._name, self._parts = self._free_name(name), []
        elif self._name:  # texts of elements inside this one
            self._parts.append(" ")

    def text(self, data: str) -> None:
        if self._name:
            self._size += text_bytes(data)
            if self._size <= MAX_ROW_BYTES:
                self._parts.append(data)

    def end(self, _: str) -> None:
        if self._name and self._depth == self._item_depth + 1:
            self._cells[self._name], self._name = "".join(self._parts).strip(), ""
        elif self._depth == self._item_depth:
            self.done.append((self._count, self._cells if self._size <= MAX_ROW_BYTES else {}, self._size))
            self._item_depth = 0
        self._depth -= 1

    def _free_name(self, name: str) -> str:
        """A repeated element gets a number."""
        if name not in self._cells:
            return name
        return next(free for number in range(2, _MAX_COLUMNS + 2) if (free := f"{name}{number}") not in self._cells)


def _items(file: BinaryIO) -> Iterator[tuple[int, _Cells, int]]:
    """The items with their numbers and sizes; one that is too large has no cells."""
    file.seek(0)
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_doctype
    parser.StartElementHandler, parser.CharacterDataHandler, parser.EndElementHandler = (
        reader.start, reader.text, reader.end,
    )  # fmt: skip
    fed = 0
    try:
        while chunk := file.read(_CHUNK):
            fed += len(chunk)
            parser.Parse(chunk, False)
            if fed - parser.CurrentByteIndex > MAX_RECORD_BYTES:
                raise FileRefused(f"A tag of this XML file has more than {MAX_RECORD_BYTES:,} bytes.")
            yield from reader.done
            reader.done.clear()
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        raise FileRefused(f"The XML has an error at line {error.lineno:,}: {expat.ErrorString(error.code)}.") from None
    yield from reader.done


def _require_columns(count: int) -> None:
    if count > _MAX_COLUMNS:
        raise FileRefused(f"The items of this feed have more than {_MAX_COLUMNS:,} elements.")


def _refuse_doctype(*_: object) -> None:
    """Feeds have no document types, whose entities could expand a small text enormously."""
    raise FileRefused("This XML file has a document type, which Plaza does not read.")
