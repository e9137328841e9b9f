"""The states of an import and the outcomes of its rows."""

from datetime import timedelta
from enum import StrEnum

BATCH_SIZE = 200  # products per transaction
REPORT_COLLECTION = "import_report"
MAX_UNFINISHED = 10  # browser imports per shop that wait for the seller
UNFINISHED_RETENTION = timedelta(days=7)
UPLOAD_TIMEOUT = timedelta(hours=1)  # after which an upload counts as abandoned


def report_key(line: int) -> str:
    """The sort key of a row in an archived report."""
    return f"{line:09d}"


class RunState(StrEnum):
    """The state of an import: waiting for the seller or for a job, in progress, or terminal."""

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
        """Whether the import stays in this state unless somebody acts."""
        return self in (
            RunState.FINISHED,
            RunState.REFUSED,
            RunState.UNDONE,
            RunState.FAILED,
            RunState.DISCARDED,
        )

    @property
    def is_active(self) -> bool:
        """Whether a job is working on the import or queued for it."""
        return self in (RunState.INSPECTING, RunState.QUEUED, RunState.RUNNING, RunState.UNDOING)


class Outcome(StrEnum):
    """The outcome of a row."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
