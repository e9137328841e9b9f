"""Report listings, and close reports."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.exc import IntegrityError
from sqlmodel import col

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.reports import models, rules
from platform_app.domain.reports.errors import AlreadyReported, ReportNotFound
from platform_app.domain.reports.schemas import Report, ReportInput
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import new_id
from platform_app.infra.db import WriteSession


def report(
    session: WriteSession, *, user_id: UUID | None, reporter: str, report_input: ReportInput, now: datetime
) -> Report:
    """Store a report of a published listing; InvalidReport, ListingNotFound, AlreadyReported.

    `reporter` comes from `rules.reporter`; a visitor has no `user_id`.
    """
    reason, text = rules.clean(report_input.reason, report_input.text)
    listing = catalog.listing_by_slug(session, shop=report_input.shop, listing=report_input.listing)
    stored = Report(id=new_id(), listing_title=listing.title, reason=reason, text=text, created_at=now)
    about = {"shop_id": listing.shop_id, "listing_id": listing.id, "listing_slug": listing.slug}
    table, values = models.ListingReport, {**about, **stored.model_dump(), "user_id": user_id, "reporter": reporter}
    try:
        added = session.execute(upsert(table).values(values).on_conflict_do_nothing().returning(col(table.id))).scalar()
    except IntegrityError:  # the account no longer exists
        raise Unauthenticated from None
    if added is None:
        raise AlreadyReported
    return stored


def close(session: WriteSession, *, report_id: UUID, now: datetime) -> None:
    """Close an open report, after which the same person may report the listing again; ReportNotFound."""
    table = models.ListingReport
    is_open = (col(table.id) == report_id) & col(table.closed_at).is_(None)
    if session.execute(update(table).where(is_open).values(closed_at=now).returning(col(table.id))).scalar() is None:
        raise ReportNotFound
