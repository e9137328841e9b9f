"""An Excel workbook read in a process of its own, so that one made to fill the memory fills no other's."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from platform_app.infra.xlsx_reader import Ending, Limits

_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")  # what Python may need to start; no secret is among it
_READER = Path(__file__).with_name("xlsx_reader.py")
_UNREADABLE = (
    "This is a ZIP archive or a workbook that cannot be read. Save the sheet as XLSX or CSV again, and upload that."
)
_AS_CSV = "Save the sheet as CSV and upload that."


class NotASheet(Exception):
    """The workbook cannot be read; the sentence says what to do."""


class SheetRow(NamedTuple):
    """A row with its number and its bytes of text; it has no cells where it has more bytes than it may."""

    number: int
    size: int
    cells: list[str]


def read_rows(path: Path, *, limits: Limits) -> Iterator[SheetRow]:
    """The rows of the first sheet that has any, without the blank ones; NotASheet, also in the middle."""
    with subprocess.Popen(  # noqa: S603 - our own module, and a path of ours
        command(path, limits=limits),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    ) as reader:
        assert reader.stdout is not None
        try:
            for line in reader.stdout:
                if not line.endswith(b"\n"):  # it was ended while it wrote
                    break
                found = json.loads(line)
                if isinstance(found, str):
                    raise NotASheet(f"{found} {_AS_CSV}")
                number, size, *cells = found
                yield SheetRow(number, size, cells)
        except BaseException:
            reader.kill()
            raise
        code = reader.wait()
    if code:
        raise NotASheet(_reason(code, limits))


def command(path: Path, *, limits: Limits) -> list[str]:
    """How the reader of a workbook is started; it sets its own limits before it opens anything."""
    return [sys.executable, "-I", str(_READER), str(path), json.dumps(asdict(limits))]


def _reason(code: int, limits: Limits) -> str:
    if code == Ending.BROKEN:
        return _UNREADABLE
    if code == -signal.SIGXCPU:
        return f"This workbook takes more than {limits.seconds:,} seconds to be read. {_AS_CSV}"
    return f"This workbook takes more than {limits.memory:,} bytes of memory to be read. {_AS_CSV}"
