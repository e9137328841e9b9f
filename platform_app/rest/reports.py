"""Reports of listings over REST."""

from fastapi import APIRouter, Request

from platform_app.domain.reports import rules, service
from platform_app.domain.reports.schemas import Report, ReportInput
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, encryption
from platform_app.infra.limits import WRITES, Limit
from platform_app.rest.dependencies import GuardedRoute, OptionalUser, client_network, enforce_limits

REPORTS_PER_USER = Limit("reports-user", amount=20, seconds=86_400)
REPORTS_PER_NETWORK = Limit("reports-network", amount=20, seconds=3600)  # of visitors who are not signed in
_KEY_PURPOSE = b"plaza reporters"

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], route_class=GuardedRoute)


@router.post("", status_code=201)
async def report(body: ReportInput, user: OptionalUser, request: Request) -> Report:
    """Report a listing to the operator, signed in or not. A person has one open report of a listing."""
    network, now = client_network(request), utc_now()
    if user is None:
        await enforce_limits((REPORTS_PER_NETWORK, network))
    else:
        await enforce_limits((WRITES, str(user.user_id)), (REPORTS_PER_USER, str(user.user_id)))
    user_id = user.user_id if user else None
    reporter = rules.reporter(user_id, network=network, day=now.date(), key=encryption.derive_key(_KEY_PURPOSE))
    return await db.write(service.report, user_id=user_id, reporter=reporter, report_input=body, now=now)
