"""Imports as surfaces show them."""

from datetime import datetime, timedelta
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.imports.rules.differences import Difference
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.media.schemas import Upload


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class FileColumn(_Frozen):
    """A column of a file, with a few of its values."""

    name: str
    samples: tuple[str, ...]


class FileInspection(_Frozen):
    """What a file is, as far as it shows before it is read whole; `format` is empty for one that is not known."""

    encoding: str
    format: str
    fingerprint: str
    columns: tuple[FileColumn, ...]
    suggested: dict[str, str]


class Preview(_Frozen):
    """One of the first rows of each outcome: what it is about, why it is refused, or what becomes different."""

    line: int
    outcome: Outcome
    title: str
    note: str
    differences: tuple[Difference, ...]


class Run(_Frozen):
    """An import and its counts of rows; created + updated + unchanged + refused = rows once it is over."""

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
    state: RunState
    message: str
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
        """How many rows have an outcome."""
        return self.created + self.updated + self.unchanged + self.refused

    @property
    def is_checked(self) -> bool:
        """Whether it was checked in a browser, and waits for its seller to run it."""
        return self.state is RunState.FINISHED and self.dry_run and self.user_id is not None

    @property
    def progress(self) -> float:
        """How much of its present work is done, from 0 to 1."""
        if self.state in (RunState.UNDOING, RunState.UNDONE):
            done, total = self.restored + self.kept, self.changes
        else:
            done, total = self.next_product, self.products
        return min(1.0, done / total) if total else float(self.state.is_terminal)

    @property
    def elapsed(self) -> timedelta:
        """For how long it has been at its present work, up to the last word of it."""
        return self.moved_at - self.began_at if self.moved_at and self.began_at else timedelta()

    @property
    def remaining(self) -> timedelta | None:
        """How much longer it takes at the pace it has had; None before there is one, and once it is over."""
        if self.state.is_terminal or not self.progress or not self.elapsed:
            return None
        return self.elapsed * ((1 - self.progress) / self.progress)


class ReportRow(_Frozen):
    """What became of one row of the file."""

    line: int
    outcome: Outcome
    note: str


class StartedImport(_Frozen):
    """An import that waits for its file, and the upload by which that may come."""

    run: Run
    upload: Upload


class StagedRow(_Frozen):
    """A row read from the file: the product it belongs to, or why it belongs to none; `size` in bytes."""

    line: int
    product: int | None
    cells: dict[str, str]
    size: int
    problem: str | None
