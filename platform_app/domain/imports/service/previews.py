"""Sample rows per outcome, stored in the run so that its page needs no other query."""

from collections import Counter
from typing import Any

from sqlmodel import col, select

from platform_app.domain.catalog.schemas import ListingInput, SaveResult
from platform_app.domain.imports.models import ImportRow, ImportRun
from platform_app.domain.imports.rules.differences import Difference, differences
from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.schemas import Preview
from platform_app.infra.db import WriteSession

ROW_LIMITS = {Outcome.CREATED: 10, Outcome.UPDATED: 20, Outcome.REFUSED: 20, Outcome.UNCHANGED: 0}


class PreviewBuilder:
    """Collects sample rows up to the limit of each outcome."""

    def __init__(self, rows: list[dict[str, Any]]) -> None:
        """Continue with the samples of earlier batches."""
        self.rows = list(rows)
        self._counts = Counter(row["outcome"] for row in rows)
        self._keys: set[str] = set()

    def add(
        self,
        line: int,
        outcome: Outcome,
        note: str,
        *,
        result: SaveResult | None,
        listing_input: ListingInput | None,
        currency: str,
    ) -> None:
        """Add this row if there is room; of a listing's rows that are not refused, only the first is added."""
        if self._counts[outcome] >= ROW_LIMITS[outcome]:
            return
        changes: tuple[Difference, ...] = ()
        if outcome is not Outcome.REFUSED and listing_input is not None:
            if listing_input.key in self._keys:
                return
            self._keys.add(listing_input.key)
            before = result.before if result else None
            changes = differences(before, listing_input, currency=currency) if before else ()
        title = listing_input.title if listing_input else ""
        row = Preview(line=line, outcome=outcome, title=title, note=note[:500], differences=changes)
        self.rows.append(row.model_dump(mode="json"))
        self._counts[outcome] += 1


def unreadable_rows(session: WriteSession, run: ImportRun) -> list[dict[str, Any]]:
    """Samples of the rows without a product, with the reasons."""
    rows = session.exec(
        select(ImportRow)
        .where(ImportRow.shop_id == run.shop_id, ImportRow.run_id == run.id, col(ImportRow.product).is_(None))
        .order_by(col(ImportRow.line))
        .limit(ROW_LIMITS[Outcome.REFUSED])
    )
    return [
        Preview(line=row.line, outcome=Outcome.REFUSED, title="", note=row.note, differences=()).model_dump(mode="json")
        for row in rows
    ]
