"""Read the logs of all processes as one, in order of time."""

import heapq
import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import datetime
from pathlib import Path

POLL_SECONDS = 0.3
TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d[.,]?\d*")
VALKEY_TIMESTAMP = re.compile(r"^\d+:\w (\d\d \w{3} \d{4} \d\d:\d\d:\d\d\.\d+)")
QUIET_LEVELS = {"debug", "info"}
FORMATTED_KEYS = {"@timestamp", "log.level", "message", "service.name", "ecs.version", "log", "ecs", "service"}


def log_files(folder: Path, tier: str) -> list[Path]:
    """The logs of a tier (`worker` means every worker), or all of them."""
    found = sorted(folder.glob("*.log"))
    return [file for file in found if not tier or file.stem == tier or file.stem.startswith(f"{tier}-")]


def merged_lines(paths: list[Path]) -> Iterator[tuple[str, str]]:
    """All lines with the names of their logs, in order of time."""
    streams = [_timestamped_lines(path) for path in paths]
    for _, name, line in heapq.merge(*streams, key=lambda item: item[0]):
        yield name, line


def follow(paths: Callable[[], list[Path]]) -> Iterator[tuple[str, str]]:
    """Every new line from now on, without end, including new logs."""
    offsets = {path: path.stat().st_size for path in paths()}
    while True:
        for path in paths():
            with suppress(FileNotFoundError):
                start = offsets.get(path, 0)
                start = 0 if path.stat().st_size < start else start  # the log was rotated
                lines, offsets[path] = lines_from(path, start)
                yield from ((path.stem, line) for line in lines)
        time.sleep(POLL_SECONDS)


def lines_from(path: Path, start: int) -> tuple[list[str], int]:
    """The complete lines from an offset on, and the offset after them."""
    with path.open("rb") as file:
        file.seek(start)
        text = file.read()
    complete = text[: text.rfind(b"\n") + 1]
    return complete.decode(errors="replace").splitlines(), start + len(complete)


def format_line(name: str, line: str, *, pretty: bool) -> str:
    """A line formatted for people, or unchanged for other programs."""
    if not pretty:
        return line
    try:
        entry = json.loads(line)
        moment, level, message = entry["@timestamp"], entry["log.level"], entry["message"]
    except (ValueError, KeyError, TypeError):
        return f"{'':<12} {name:<16} {line}"
    rest = " ".join(f"{key}={value}" for key, value in entry.items() if key not in FORMATTED_KEYS)
    return f"{moment[11:23]:<12} {name:<16} {level:<7} {message} {rest}".rstrip()


def format_problem(name: str, line: str) -> str:
    """A warning or an error for a terminal, with its traceback; empty for any other line."""
    try:
        entry = json.loads(line)
        level, message = entry["log.level"], entry["message"]
    except (ValueError, KeyError, TypeError):
        return f"{name}: {line}"
    if level in QUIET_LEVELS:
        return ""
    error = entry.get("error", "")
    details = error if isinstance(error, dict) else {"message": error}
    sentence = f"{name}: {level}: {message} {details.get('message', '')}".rstrip()
    return "\n".join(filter(None, (sentence, details.get("stack_trace", ""))))


def _timestamped_lines(path: Path) -> Iterator[tuple[str, str, str]]:
    """Lines with their times; a line without a time, as in a traceback, belongs to the line before it."""
    moment = ""
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in file:
            moment = max(moment, _timestamp(line))
            yield moment, path.stem, line.rstrip("\n")


def _timestamp(line: str) -> str:
    valkey = VALKEY_TIMESTAMP.match(line)
    if valkey:
        # Valkey writes local time; all others write UTC.
        return datetime.strptime(valkey[1], "%d %b %Y %H:%M:%S.%f").astimezone().isoformat()
    found = TIMESTAMP.search(line[:80])
    return found[0].replace(" ", "T") if found else ""
