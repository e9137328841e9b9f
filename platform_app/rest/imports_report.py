"""The archived report of an import."""

from uuid import UUID

from platform_app.domain.imports.rules.states import REPORT_COLLECTION, Outcome, report_key
from platform_app.domain.imports.schemas import ReportRow
from platform_app.infra import db, document_store
from platform_app.infra.settings import settings


def archived_rows(*, run_id: UUID, after: int, limit: int, outcome: Outcome | None = None) -> list[ReportRow]:
    """The next rows after this line, of one outcome or of all; empty at the end."""
    store = document_store.from_settings(settings(), db.engine())
    position = report_key(after) if after else None
    while True:
        page = store.page(REPORT_COLLECTION, str(run_id), after=position, limit=limit)
        found = (ReportRow.model_validate(value) for _, value in page.items)
        rows = [row for row in found if outcome in (None, row.outcome)]
        if rows or page.next is None:
            return rows
        position = page.next
