"""How an import goes on, and how a row of it ends."""

from enum import StrEnum

BATCH = 200  # products a transaction
COLLECTION = "import_report"


class RunState(StrEnum):
    """An import is waiting, at work, or over."""

    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (RunState.FINISHED, RunState.REFUSED, RunState.UNDONE, RunState.FAILED)


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
