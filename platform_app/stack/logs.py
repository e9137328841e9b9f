"""The log files of the stack: one per process, in the data directory."""

from contextlib import suppress
from pathlib import Path

ROTATE_ABOVE = 10 * 1024 * 1024


def tail(log: Path, lines: int = 20) -> str:
    """The last lines of a log; empty if there is none."""
    with suppress(FileNotFoundError), log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 200 * lines - 4096))
        return "\n".join(file.read().decode(errors="replace").splitlines()[-lines:])
    return ""


def rotate(log: Path) -> None:
    """Move a log that is too long aside, replacing the one moved before."""
    with suppress(FileNotFoundError):
        if log.stat().st_size > ROTATE_ABOVE:
            log.replace(log.with_suffix(".log.1"))
