"""What was written and what was said to it, kept outside the system: a write is noted before it is sent, its answer after."""

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
    """What is written."""

    LIKE = "like"  # a favourite, over REST
    PRESS = "press"  # a favourite, by an event
    EDIT = "edit"  # a listing that is being written
    PRICE = "price"  # of a listing that everybody sees
    SIGN_UP = "sign-up"
    IMPORT = "import"  # a file of rows


class Outcome(StrEnum):
    """What came of it, as far as the writer knows."""

    SENT = "sent"  # nothing yet
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # a word of the app's that nothing was changed
    UNKNOWN = "unknown"  # no answer, or one that says nothing: it may have been written or not


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
    """A file of entries, in the order in which they were sent; each is on its own as soon as it is noted."""

    def __init__(self, file: Path) -> None:
        """Begin a new one."""
        file.unlink(missing_ok=True)
        self.scenario = ""
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(CREATE_TABLE)

    def log_sent(self, kind: WriteKind, *, actor: str, target: str, value: str) -> int:
        """Note a write that is about to be sent."""
        row = (self.scenario, kind, actor, target, value, time.time(), Outcome.SENT)
        cursor = self._file.execute(
            "INSERT INTO entry (scenario, kind, who, what, value, sent, answer) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
        return int(cursor.lastrowid or 0)

    def log_outcome(self, entry: int, outcome: Outcome, note: str = "") -> None:
        """Note what came of it."""
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
        """Note what was written to, once that is known."""
        self._file.execute("UPDATE entry SET what = ? WHERE id = ?", (target, entry))

    def outcome_counts(self) -> dict[str, int]:
        """How many writes ended in which way."""
        rows = self._file.execute("SELECT answer, count(*) FROM entry GROUP BY answer ORDER BY answer")
        return {str(answer): int(count) for answer, count in rows}

    def close(self) -> None:
        """Put the file away."""
        self._file.close()


def expected_values(entries: list[LoggedWrite], *, initial: str) -> tuple[set[str], LoggedWrite | None]:
    """What may be stored after these writes to one place, and the last write that was acknowledged.

    An acknowledged write decides; each later one whose fate is unknown may have come after it.
    """
    values, last = {initial}, None
    for entry in entries:
        if entry.answer is Outcome.ACKNOWLEDGED:
            values, last = {entry.value}, entry
        elif entry.answer in (Outcome.UNKNOWN, Outcome.SENT):
            values.add(entry.value)
    return values, last
