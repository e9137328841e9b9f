"""Queries of reports."""

from uuid import UUID

from pydantic import JsonValue
from sqlmodel import col, select

from platform_app.domain.accounts.models import User
from platform_app.domain.reports import models
from platform_app.domain.reports.schemas import ReceivedReport, Report
from platform_app.domain.shops.models import Shop
from platform_app.infra.db import ReadSession


def open_reports(session: ReadSession, *, limit: int) -> tuple[ReceivedReport, ...]:
    """The open reports, oldest first, for the operator."""
    table = models.ListingReport
    rows = session.exec(
        select(table, Shop.slug, User.email)
        .join(Shop, col(Shop.id) == table.shop_id)
        .outerjoin(User, col(User.id) == table.user_id)
        .where(col(table.closed_at).is_(None))
        .order_by(col(table.id))
        .limit(limit)
    )
    return tuple(
        ReceivedReport(
            **Report.model_validate(row).model_dump(), path=f"/shops/{shop}/{row.listing_slug}", email=email or ""
        )
        for row, shop, email in rows
    )


def of_user(session: ReadSession, *, user_id: UUID) -> tuple[Report, ...]:
    """The user's reports, newest first."""
    table = models.ListingReport
    rows = session.exec(select(table).where(table.user_id == user_id).order_by(col(table.id).desc()))
    return tuple(Report.model_validate(row) for row in rows)


def export_data(session: ReadSession, *, user_id: UUID) -> list[JsonValue]:
    """Everything stored about a user's reports, for their own download."""
    return [each.model_dump(mode="json") for each in of_user(session, user_id=user_id)]
