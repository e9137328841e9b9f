"""The log of writes, outside the system: an entry is added before its request, the outcome after its response."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

CREATE_TABLE = """
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  value TEXT NOT NULL, sent REAL NOT NULL, answered REAL, answer TEXT NOT NULL, note TEXT NOT NULL DEFAULT '')"""


class WriteKind(StrEnum):
    """The kind of a write."""

    LIKE = "like"  # a favourite, over REST
    PRESS = "press"  # a favourite, by an event
    EDIT = "edit"  # an edit of a listing
    PRICE = "price"  # of a published listing
    SIGN_UP = "sign-up"
    IMPORT = "import"  # a file of rows


class Outcome(StrEnum):
    """The outcome of a write, as far as the writer knows."""

    SENT = "sent"  # no response yet
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # the app says that nothing has changed
    UNKNOWN = "unknown"  # no response, or an unclear one: it may have been written or not


@dataclass(frozen=True)
class LoggedWrite:
    """One write."""

    id: int
    scenario: str
    kind: WriteKind
    actor: str
    target: str
    value: str
    answer: Outcome
    note: str


class WriteLog:
    """A file of entries, in the order in which they were sent; each is stored before the call returns."""

    def __init__(self, file: Path) -> None:
        """Create the file."""
        file.unlink(missing_ok=True)
        self.scenario = ""
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(CREATE_TABLE)

    def log_sent(self, kind: WriteKind, *, actor: str, target: str, value: str) -> int:
        """Add a write that is about to be sent."""
        row = (self.scenario, kind, actor, target, value, time.time(), Outcome.SENT)
        cursor = self._file.execute(
            "INSERT INTO entry (scenario, kind, who, what, value, sent, answer) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
        return int(cursor.lastrowid or 0)

    def log_outcome(self, entry: int, outcome: Outcome, note: str = "") -> None:
        """Store the outcome of a write."""
        self._file.execute(
            "UPDATE entry SET answer = ?, answered = ?, note = ? WHERE id = ?", (outcome, time.time(), note, entry)
        )

    def entries(self, kind: WriteKind) -> Iterator[LoggedWrite]:
        """All writes of a kind, in the order in which they were sent."""
        rows = self._file.execute(
            "SELECT id, scenario, kind, who, what, value, answer, note FROM entry WHERE kind = ? ORDER BY id", (kind,)
        )
        for entry, scenario, kind_name, actor, target, value, answer, note in rows:
            yield LoggedWrite(entry, scenario, WriteKind(kind_name), actor, target, value, Outcome(answer), note)

    def set_target(self, entry: int, target: str) -> None:
        """Store the target of a write, once it is known."""
        self._file.execute("UPDATE entry SET what = ? WHERE id = ?", (target, entry))

    def outcome_counts(self) -> dict[str, int]:
        """The number of writes by outcome."""
        rows = self._file.execute("SELECT answer, count(*) FROM entry GROUP BY answer ORDER BY answer")
        return {str(answer): int(count) for answer, count in rows}

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def expected_values(entries: list[LoggedWrite], *, initial: str) -> tuple[set[str], LoggedWrite | None]:
    """The values that may be stored after these writes to one target, and the last acknowledged write.

    The last acknowledged write counts, and each later one with an unknown outcome may have been stored after it.
    """
    values, last = {initial}, None
    for entry in entries:
        if entry.answer is Outcome.ACKNOWLEDGED:
            values, last = {entry.value}, entry
        elif entry.answer in (Outcome.UNKNOWN, Outcome.SENT):
            values.add(entry.value)
    return values, last
