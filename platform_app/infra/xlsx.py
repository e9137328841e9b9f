"""Read an Excel workbook in a separate process with limits, so that a malicious one cannot exhaust our memory."""

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

_ENVIRONMENT = ("PATH", "LD_LIBRARY_PATH")  # needed to start Python; contains no secrets
_READER = Path(__file__).with_name("xlsx_reader.py")
_UNREADABLE = "This is a ZIP archive or a damaged workbook. Save the sheet as XLSX or CSV again and upload that."
_AS_CSV = "Save the sheet as CSV and upload that."


class NotASheet(Exception):
    """The workbook cannot be read; the message says what to do."""


class SheetRow(NamedTuple):
    """A row with its number and text size in bytes; it has no cells if the size exceeds the limit."""

    number: int
    size: int
    cells: list[str]


def read_rows(path: Path, *, limits: Limits, skipped: int = 0) -> Iterator[SheetRow]:
    """The rows of the first sheet that has any, without blank ones; NotASheet, possibly after some rows.

    `skipped` is the number of such sheets to pass over.
    """
    with subprocess.Popen(  # noqa: S603 - our own module and path
        command(path, limits=limits, skipped=skipped),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={name: os.environ[name] for name in _ENVIRONMENT if name in os.environ},
    ) as reader:
        assert reader.stdout is not None
        try:
            for line in reader.stdout:
                if not line.endswith(b"\n"):  # the process was killed while writing
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


def command(path: Path, *, limits: Limits, skipped: int = 0) -> list[str]:
    """The command line of the reader process, which sets its own limits before it opens the file."""
    return [sys.executable, "-I", str(_READER), str(path), json.dumps(asdict(limits)), str(skipped)]


def _reason(code: int, limits: Limits) -> str:
    if code == Ending.BROKEN:
        return _UNREADABLE
    if code == -signal.SIGXCPU:
        return f"This workbook takes more than {limits.seconds:,} seconds to read. {_AS_CSV}"
    return f"This workbook takes more than {limits.memory:,} bytes of memory to read. {_AS_CSV}"
