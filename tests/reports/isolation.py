"""The routes and handlers of reports that need not refuse other people, and why; and what others try to reach."""

from uuid import UUID

from platform_app.infra.db import WriteSession
from tests.factories import make_listing, make_shop
from tests.reports.factories import make_report

PUBLIC_ROUTES = {
    "POST /api/v1/reports": "anybody may report a published listing; the answer has the report alone",
}
PUBLIC_HANDLERS = {
    "ReportListingState": "a published listing's title",
}


def add_victim_rows(session: WriteSession, *, user_id: UUID, shop_id: UUID) -> dict[str, str]:
    """The victim has reported a listing, which its shop must not learn; no parameter names the report."""
    other = make_shop(session, slug="others-shop", name="Others")
    listing = make_listing(session, shop=other, indexed=False, key="reported", title="Reported vase")
    made = make_report(session, user_id=user_id, listing=listing, text="Secret suspicion")
    return {"report_id": str(made.id), "report_text": made.text}
