"""Learn about a file while its rows stream past, before any of them is interpreted."""

from collections.abc import Iterable, Iterator
from itertools import islice

from platform_app.domain.imports.rules import prices
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import FileProfile

_MAX_IGNORED = 200  # columns that are named
_MAX_NAME = 80  # characters of each


class Profiler:
    """Collects the decimal marks of the price columns; `profile` is complete once all rows have passed `watch`."""

    def __init__(self, *, columns: Iterable[str], price_columns: Iterable[str], remark: str = "") -> None:
        """Start with the file's used columns, those among them with prices, and a remark on the whole file."""
        self._remark = remark
        self._columns = tuple(columns)
        self._ignored: dict[str, None] = {}
        self._marks: dict[str, set[str]] = {name: set() for name in price_columns if name in self._columns}

    def watch(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The rows, after a look at each."""
        for row in rows:
            for column, marks in self._marks.items():
                cell = row.cells.get(column)
                if cell and len(marks) < len(prices.MARKS) and (mark := prices.decimal_mark(cell)):
                    marks.add(mark)
            yield row

    def ignore(self, names: Iterable[str]) -> None:
        """Remember columns of a row that have content but are not imported."""
        self._ignored.update(dict.fromkeys(names))

    def profile(self) -> FileProfile:
        """What the rows so far show: a column whose cells contradict each other has no decimal mark."""
        marks = {column: next(iter(found)) for column, found in self._marks.items() if len(found) == 1}
        ignored = tuple(name[:_MAX_NAME] for name in islice(self._ignored, _MAX_IGNORED))
        return FileProfile(columns=self._columns, decimal_marks=marks, ignored=ignored, remark=self._remark)
