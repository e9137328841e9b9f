"""How an import goes on, and how a row of it ends."""

from datetime import timedelta
from enum import StrEnum

BATCH_SIZE = 200  # products a transaction
REPORT_COLLECTION = "import_report"
MAX_UNFINISHED = 10  # imports of a shop that were begun in a browser and wait for their seller
UNFINISHED_RETENTION = timedelta(days=7)
UPLOAD_TIMEOUT = timedelta(hours=1)  # by when a file has arrived, or never will


def report_key(line: int) -> str:
    """The sort key of a row in an archived report."""
    return f"{line:09d}"


class RunState(StrEnum):
    """An import is waiting for its seller or its job, at work, or over."""

    UPLOADING = "uploading"
    INSPECTING = "looking"
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
    def is_terminal(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self in (
            RunState.FINISHED,
            RunState.REFUSED,
            RunState.UNDONE,
            RunState.FAILED,
            RunState.DISCARDED,
        )

    @property
    def is_active(self) -> bool:
        """Whether a job is at work on it, or is about to be."""
        return self in (RunState.INSPECTING, RunState.QUEUED, RunState.RUNNING, RunState.UNDOING)


class Outcome(StrEnum):
    """What became of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
