"""Imports as surfaces show them."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.runs import Outcome, RunState


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class Run(_Frozen):
    """An import and its counts of rows; created + updated + unchanged + refused = rows once it is over."""

    shop_id: UUID
    id: UUID
    file_key: str
    file_name: str
    asked_format: Format
    format: str
    encoding: str
    mapping: dict[str, str]
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
    archived: bool
    created_at: datetime
    finished_at: datetime | None

    @property
    def done(self) -> int:
        """How many rows have an outcome."""
        return self.created + self.updated + self.unchanged + self.refused


class ReportRow(_Frozen):
    """What became of one row of the file."""

    line: int
    outcome: Outcome
    note: str


class StagedRow(_Frozen):
    """A row read from the file: the product it belongs to, or why it belongs to none."""

    line: int
    product: int | None
    cells: dict[str, str]
    problem: str | None
