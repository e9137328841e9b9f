"""The first rows of each outcome, kept with the run so that its page shows them without reading any other."""

from collections import Counter
from typing import Any

from sqlmodel import col, select

from platform_app.domain.catalog.schemas import ListingDraft, Saved
from platform_app.domain.imports.models import ImportRow, ImportRun
from platform_app.domain.imports.rules.differences import Difference, differences
from platform_app.domain.imports.rules.runs import Outcome
from platform_app.domain.imports.schemas import Preview
from platform_app.infra.db import WriteSession

MOST = {Outcome.CREATED: 10, Outcome.UPDATED: 20, Outcome.REFUSED: 20, Outcome.UNCHANGED: 0}


class Shown:
    """What is shown so far, to which rows are added while there is room for their outcome."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        """Go on from what an earlier batch has found."""
        self.rows = list(rows)
        self._counts = Counter(row["outcome"] for row in rows)
        self._drafts: set[str] = set()

    def add(
        self, line: int, outcome: Outcome, note: str, *, done: Saved | None, draft: ListingDraft | None, currency: str
    ) -> None:
        """Show this row, if there is room: of a listing its first row stands for all that are not refused."""
        if self._counts[outcome] >= MOST[outcome]:
            return
        found: tuple[Difference, ...] = ()
        if outcome is not Outcome.REFUSED and draft is not None:
            if draft.key in self._drafts:
                return
            self._drafts.add(draft.key)
            before = done.before if done else None
            found = differences(before, draft, currency=currency) if before else ()
        title = draft.title if draft else ""
        row = Preview(line=line, outcome=outcome, title=title, note=note[:500], differences=found)
        self.rows.append(row.model_dump(mode="json"))
        self._counts[outcome] += 1


def of_misread(session: WriteSession, run: ImportRun) -> list[dict[str, Any]]:
    """The first rows that belong to no product, and why."""
    rows = session.exec(
        select(ImportRow)
        .where(ImportRow.shop_id == run.shop_id, ImportRow.run_id == run.id, col(ImportRow.product).is_(None))
        .order_by(col(ImportRow.line))
        .limit(MOST[Outcome.REFUSED])
    )
    return [
        Preview(line=row.line, outcome=Outcome.REFUSED, title="", note=row.note, differences=()).model_dump(mode="json")
        for row in rows
    ]
