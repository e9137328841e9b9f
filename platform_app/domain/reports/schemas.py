"""The values of reports that leave the domain."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from platform_app.domain.reports.rules import Reason


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, from_attributes=True)


class ReportInput(_Frozen):
    """A report as typed: the slugs of the shop and the listing, a reason, and an optional text."""

    shop: str = ""
    listing: str = ""
    reason: str = ""
    text: str = ""


class Report(_Frozen):
    """A report of a listing; `closed_at` is null until an operator has dealt with it."""

    id: UUID
    listing_title: str
    reason: Reason
    text: str
    created_at: datetime
    closed_at: datetime | None = None


class ReceivedReport(Report):
    """A report as the operator sees it; the email is empty if a visitor sent it."""

    path: str
    email: str
