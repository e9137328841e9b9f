"""How an import goes on, and how a row of it ends."""

from datetime import timedelta
from enum import StrEnum

BATCH = 200  # products a transaction
COLLECTION = "import_report"
MAX_UNFINISHED = 10  # imports of a shop that were begun in a browser and wait for their seller
UNFINISHED_KEPT = timedelta(days=7)
UPLOADS_KEPT = timedelta(hours=1)  # by when a file has arrived, or never will


class RunState(StrEnum):
    """An import is waiting for its seller or its job, at work, or over."""

    UPLOADING = "uploading"
    LOOKING = "looking"
    MAPPING = "mapping"
    QUEUED = "queued"
    RUNNING = "running"
    FINISHED = "finished"
    REFUSED = "refused"
    UNDOING = "undoing"
    UNDONE = "undone"
    FAILED = "failed"
    DISCARDED = "discarded"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (
            RunState.FINISHED,
            RunState.REFUSED,
            RunState.UNDONE,
            RunState.FAILED,
            RunState.DISCARDED,
        )

    @property
    def is_going(self) -> bool:
        """Whether a job is at work on it, or is about to be."""
        return self in (RunState.LOOKING, RunState.QUEUED, RunState.RUNNING, RunState.UNDOING)


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
