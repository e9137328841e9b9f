"""Imports, their files and their rows."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.imports.rules.differences import Difference
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.readings import FileProfile
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.media.schemas import Upload

AS_DRAFTS = "New listings are added as drafts, whatever the file says. Listings you already have keep their status."


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class FileColumn(_Frozen):
    """A column of a file with sample values."""

    name: str
    samples: tuple[str, ...]


class FileInspection(_Frozen):
    """The result of analysing the start of a file; `format` is empty if it is unknown."""

    encoding: str
    format: str
    fingerprint: str
    columns: tuple[FileColumn, ...]
    suggested: dict[str, str]


class Preview(_Frozen):
    """A sample row of an outcome, with the reason for refusal or the differences."""

    line: int
    outcome: Outcome
    title: str
    note: str
    differences: tuple[Difference, ...]


class Run(_Frozen):
    """An import and its row counts; once finished, created + updated + unchanged + refused = rows.

    With `as_drafts`, new listings are drafts whatever the file says, and the shop's own listings keep their status.
    """

    shop_id: UUID
    id: UUID
    user_id: UUID | None
    file_key: str
    file_name: str
    asked_format: Format
    format: str
    encoding: str
    mapping: dict[str, str]
    fingerprint: str
    columns: tuple[FileColumn, ...]
    suggested: dict[str, str]
    preview: tuple[Preview, ...]
    dry_run: bool
    as_drafts: bool
    state: RunState
    message: str
    profile: FileProfile
    next_product: int
    products: int
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    restored: int
    kept: int
    changes: int
    archived: bool
    created_at: datetime
    began_at: datetime | None
    moved_at: datetime | None
    finished_at: datetime | None

    @property
    def processed_rows(self) -> int:
        """The number of rows with an outcome."""
        return self.created + self.updated + self.unchanged + self.refused

    @property
    def remark(self) -> str:
        """What the seller has to know about the whole file; empty if there is nothing."""
        ignored = f"Plaza has no field for these columns: {', '.join(self.profile.ignored)}."
        drafts = AS_DRAFTS if self.as_drafts else ""
        return " ".join(filter(None, (drafts, self.profile.remark, ignored if self.profile.ignored else "")))

    @property
    def ignored_columns(self) -> tuple[str, ...]:
        """The columns of the file that have content but are not imported."""
        return self.profile.ignored

    @property
    def is_checked(self) -> bool:
        """Whether the import was checked in a browser and waits for the seller to confirm it."""
        return self.state is RunState.FINISHED and self.dry_run and self.user_id is not None

    @property
    def progress(self) -> float:
        """The progress of the current step, from 0 to 1."""
        if self.state in (RunState.UNDOING, RunState.UNDONE):
            done, total = self.restored + self.kept, self.changes
        else:
            done, total = self.next_product, self.products
        return min(1.0, done / total) if total else float(self.state.is_terminal)

    @property
    def elapsed(self) -> timedelta:
        """The time from the start of the current step to its last progress."""
        return self.moved_at - self.began_at if self.moved_at and self.began_at else timedelta()

    @property
    def remaining(self) -> timedelta | None:
        """The estimated remaining time at the pace so far; None before any progress and once finished."""
        if self.state.is_terminal or not self.progress or not self.elapsed:
            return None
        return self.elapsed * ((1 - self.progress) / self.progress)


class ReportRow(_Frozen):
    """The outcome of one row of the file."""

    line: int
    outcome: Outcome
    note: str


class StartedImport(_Frozen):
    """An import that waits for its file, and the upload for it."""

    run: Run
    upload: Upload


class StagedRow(_Frozen):
    """A row of the file with the number of its product, or the problem if it has none; `size` in bytes."""

    line: int
    product: int | None
    cells: dict[str, str]
    size: int
    problem: str | None
