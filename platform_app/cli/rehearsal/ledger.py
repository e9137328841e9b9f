"""What was written and what was said to it, kept outside the system: a write is noted before it is sent, its answer after."""

import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

TABLE = """
CREATE TABLE entry (
  id INTEGER PRIMARY KEY, scenario TEXT NOT NULL, kind TEXT NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,
  value TEXT NOT NULL, sent REAL NOT NULL, answered REAL, answer TEXT NOT NULL, note TEXT NOT NULL DEFAULT '')"""


class Kind(StrEnum):
    """What is written."""

    LIKE = "like"  # a favourite, over REST
    PRESS = "press"  # a favourite, by an event
    EDIT = "edit"  # a listing that is being written
    PRICE = "price"  # of a listing that everybody sees
    SIGN_UP = "sign-up"
    IMPORT = "import"  # a file of rows


class Answer(StrEnum):
    """What came of it, as far as the writer knows."""

    SENT = "sent"  # nothing yet
    ACKNOWLEDGED = "acknowledged"
    REFUSED = "refused"  # a word of the app's that nothing was changed
    UNKNOWN = "unknown"  # no answer, or one that says nothing: it may have been written or not


@dataclass(frozen=True)
class Entry:
    """One write."""

    id: int
    scenario: str
    kind: Kind
    who: str
    what: str
    value: str
    answer: Answer
    note: str


class Ledger:
    """A file of entries, in the order in which they were sent; each is on its own as soon as it is noted."""

    def __init__(self, file: Path) -> None:
        """Begin a new one."""
        file.unlink(missing_ok=True)
        self.scenario = ""
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute(TABLE)

    def sent(self, kind: Kind, *, who: str, what: str, value: str) -> int:
        """Note a write that is about to be sent."""
        row = (self.scenario, kind, who, what, value, time.time(), Answer.SENT)
        done = self._file.execute(
            "INSERT INTO entry (scenario, kind, who, what, value, sent, answer) VALUES (?, ?, ?, ?, ?, ?, ?)", row
        )
        return int(done.lastrowid or 0)

    def answered(self, entry: int, answer: Answer, note: str = "") -> None:
        """Note what came of it."""
        self._file.execute(
            "UPDATE entry SET answer = ?, answered = ?, note = ? WHERE id = ?", (answer, time.time(), note, entry)
        )

    def entries(self, kind: Kind) -> Iterator[Entry]:
        """All writes of a kind, in the order in which they were sent."""
        rows = self._file.execute(
            "SELECT id, scenario, kind, who, what, value, answer, note FROM entry WHERE kind = ? ORDER BY id", (kind,)
        )
        for entry, scenario, of, who, what, value, answer, note in rows:
            yield Entry(entry, scenario, Kind(of), who, what, value, Answer(answer), note)

    def named(self, entry: int, what: str) -> None:
        """Note what was written to, once that is known."""
        self._file.execute("UPDATE entry SET what = ? WHERE id = ?", (what, entry))

    def answers(self) -> dict[str, int]:
        """How many writes ended in which way."""
        rows = self._file.execute("SELECT answer, count(*) FROM entry GROUP BY answer ORDER BY answer")
        return {str(answer): int(count) for answer, count in rows}

    def close(self) -> None:
        """Put the file away."""
        self._file.close()


def expected(entries: list[Entry], *, first: str) -> tuple[set[str], Entry | None]:
    """What may be stored after these writes to one place, and the last write that was acknowledged.

    An acknowledged write decides; each later one whose fate is unknown may have come after it.
    """
    values, last = {first}, None
    for entry in entries:
        if entry.answer is Answer.ACKNOWLEDGED:
            values, last = {entry.value}, entry
        elif entry.answer in (Answer.UNKNOWN, Answer.SENT):
            values.add(entry.value)
    return values, last
