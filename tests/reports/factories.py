"""Test data of reports."""

from datetime import datetime
from typing import Any
from uuid import UUID

from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.reports import rules, service
from platform_app.domain.reports.schemas import Report, ReportInput
from platform_app.infra.db import WriteSession
from tests.factories import NOW

KEY = b"only-for-tests"


def make_report(
    session: WriteSession,
    *,
    listing: Listing,
    user_id: UUID | None = None,
    network: str = "192.0.2.7",
    now: datetime = NOW,
    **overrides: Any,
) -> Report:
    """A report of the listing, by a user or a visitor."""
    values = {"shop": listing.shop_slug, "listing": listing.slug, "reason": "scam", "text": "", **overrides}
    reporter = rules.reporter(user_id, network=network, day=now.date(), key=KEY)
    return service.report(session, user_id=user_id, reporter=reporter, report_input=ReportInput(**values), now=now)
