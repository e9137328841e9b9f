"""An Excel workbook read in a process of its own, so that one made to fill the memory fills no other's.

That process is `python -m platform_app.infra.sheets FILE`; it writes a JSON list a row: the row's number, then its cells.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from python_calamine import CalamineError, CalamineWorkbook

MEMORY = 2 * 1024**3  # bytes of address space, which is more than what is used of it
PROCESSOR = 300  # seconds
ROOT = Path(__file__).resolve().parents[2]
_TOO_LARGE = "This workbook takes too much room to be read. Save the sheet as CSV and upload that."
_UNREADABLE = (
    "This is a ZIP archive or a workbook that cannot be read. Save the sheet as XLSX or CSV again, and upload that."
)
_EMPTY = 3
_BROKEN = 4

Cell = int | float | str | bool | time | date | datetime | timedelta


class NotASheet(Exception):
    """The workbook cannot be read; the sentence says what to do."""


def rows(path: Path, *, memory: int = MEMORY) -> Iterator[tuple[int, list[str]]]:
    """The number and the cells of each row of the first sheet that has any; NotASheet, also in the middle."""

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))

    command = [sys.executable, "-P", "-m", "platform_app.infra.sheets", str(path)]
    with subprocess.Popen(  # noqa: S603 - our own module, and a path of ours
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        preexec_fn=limit,  # noqa: PLW1509
    ) as reader:
        assert reader.stdout is not None
        try:
            for line in reader.stdout:
                if not line.endswith(b"\n"):  # it was ended while it wrote
                    break
                number, *cells = json.loads(line)
                yield number, cells
        except GeneratorExit:
            reader.kill()
            raise
        code = reader.wait()
    if code == _EMPTY:
        return
    if code:
        raise NotASheet(_UNREADABLE if code == _BROKEN else _TOO_LARGE)


def text(cell: Cell) -> str:
    """A cell as a person would have typed it."""
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(round(cell, 10))
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    return cell.isoformat() if isinstance(cell, date | time) else str(cell)


def _main(path: str) -> int:
    try:
        with CalamineWorkbook.from_path(path) as book:
            for name in book.sheet_names:
                sheet = book.get_sheet_by_name(name)
                if sheet.start is not None:
                    for number, cells in enumerate(sheet.iter_rows(), 1):  # from the top, wherever the table begins
                        sys.stdout.write(json.dumps([number, *map(text, cells)]) + "\n")
                    return 0
    except (CalamineError, OSError):
        return _BROKEN
    return _EMPTY


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1]))
