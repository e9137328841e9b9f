"""Queries for imports."""

from uuid import UUID

from sqlmodel import col, or_, select

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.imports.errors import ImportNotFound
from platform_app.domain.imports.models import ImportChange, ImportMapping, ImportRow, ImportRun
from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.imports.schemas import ReportRow, Run
from platform_app.domain.media import queries as media
from platform_app.domain.media.schemas import PictureCounts
from platform_app.domain.shared import paging
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.infra.db import ReadSession


def run(session: ReadSession, *, run_id: UUID) -> Run:
    """The import with this id; ImportNotFound."""
    row = session.exec(select(ImportRun).where(ImportRun.id == run_id)).first()
    if row is None:
        raise ImportNotFound
    return Run.model_validate(row)


def shop_run(session: ReadSession, *, user_id: UUID, shop: str, run_id: UUID) -> Run:
    """The shop's import with this id, for members who manage imports; ImportNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.IMPORTS)
    row = session.get(ImportRun, (membership.shop_id, run_id))
    if row is None:
        raise ImportNotFound
    return Run.model_validate(row)


def shop_runs(session: ReadSession, *, user_id: UUID, shop: str, limit: int, cursor: str | None = None) -> Page[Run]:
    """The shop's imports, newest first, without unfinished uploads and discarded ones; InvalidCursor."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.IMPORTS)
    scope = f"imports:{membership.shop_id}"
    statement = select(ImportRun).where(
        ImportRun.shop_id == membership.shop_id,
        col(ImportRun.state).not_in((RunState.UPLOADING, RunState.DISCARDED)),
    )
    if cursor is not None:
        statement = statement.where(ImportRun.id < _decode_position(scope, cursor))
    rows = session.exec(statement.order_by(col(ImportRun.id).desc()).limit(limit + 1))
    items = tuple(Run.model_validate(row) for row in rows)
    shown = items[:limit]
    return Page[Run](items=shown, next_cursor=paging.encode(scope, str(shown[-1].id)) if len(items) > limit else None)


def saved_mapping(session: ReadSession, *, shop_id: UUID, header: str) -> dict[str, str]:
    """The shop's last column mapping for files with this header; empty without one."""
    row = session.get(ImportMapping, (shop_id, header))
    return dict(row.mapping) if row else {}


def report_rows(
    session: ReadSession, *, shop_id: UUID, run_id: UUID, after: int = 0, limit: int, outcome: Outcome | None = None
) -> list[ReportRow]:
    """The outcomes of the rows after a line; empty once the report is archived."""
    # Later rows may still have the outcome of the dry run.
    next_product = (
        select(ImportRun.next_product).where(ImportRun.shop_id == shop_id, ImportRun.id == run_id).scalar_subquery()
    )
    statement = select(ImportRow).where(
        ImportRow.shop_id == shop_id,
        ImportRow.run_id == run_id,
        ImportRow.line > after,
        col(ImportRow.outcome).is_not(None),
        or_(col(ImportRow.product).is_(None), col(ImportRow.product) < next_product),
    )
    if outcome:
        statement = statement.where(ImportRow.outcome == outcome)
    return [ReportRow.model_validate(row) for row in session.exec(statement.order_by(col(ImportRow.line)).limit(limit))]


def report_page(
    session: ReadSession, *, shop_id: UUID, run_id: UUID, after: int, limit: int, outcome: Outcome | None = None
) -> list[ReportRow] | None:
    """The outcomes of the rows after a line, empty at the end; None if the report is archived."""
    rows = report_rows(session, shop_id=shop_id, run_id=run_id, after=after, limit=limit, outcome=outcome)
    # Checked after reading the rows, since they may be archived at any moment.
    return rows if rows or not run(session, run_id=run_id).archived else None


def picture_counts(session: ReadSession, *, run: Run) -> PictureCounts:
    """The progress of the pictures of an import's listings."""
    return media.picture_counts(session, shop_id=run.shop_id, sources=_picture_sources(session, run))


def missing_pictures(session: ReadSession, *, run: Run) -> list[tuple[str, str]]:
    """The sources of an import's pictures that are not available (yet), each with the reason."""
    return media.unavailable_sources(session, shop_id=run.shop_id, sources=_picture_sources(session, run))


def categories(session: ReadSession) -> tuple[Category, ...]:
    """The category tree for assigning listings."""
    return catalog.categories(session)


def export_page(
    session: ReadSession, *, user_id: UUID, shop: str, after: str, limit: int
) -> tuple[list[list[str]], str | None]:
    """The next of the shop's listings as lines of a Plaza CSV file, and the key to continue after.

    The key is None on the last page. An import of the file changes nothing.
    """
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.IMPORTS)
    listings = catalog.listings_after_key(session, shop_id=membership.shop_id, key=after, limit=limit)
    lines = [line for each in listings for line in plaza.export_lines(catalog.to_input(each), currency=each.currency)]
    return lines, listings[-1].key if len(listings) == limit else None


def _decode_position(scope: str, cursor: str) -> UUID:
    (position,) = paging.decode(scope, cursor, str)
    try:
        return UUID(str(position))
    except ValueError:
        raise paging.InvalidCursor from None


def _picture_sources(session: ReadSession, run: Run) -> list[str]:
    keys = session.exec(
        select(ImportChange.key).where(ImportChange.shop_id == run.shop_id, ImportChange.run_id == run.id)
    )
    return catalog.picture_sources(session, shop_id=run.shop_id, keys=keys.all())
