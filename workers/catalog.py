"""Catalog jobs."""

from uuid import UUID

from platform_app.domain.catalog.service import removal
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import jobs, security_log
from platform_app.infra.db import WriteSession
from platform_app.infra.security_log import Category


@jobs.once
def delete_overdue_shop(session: WriteSession, *, shop_id: str) -> None:
    """Delete a closed shop that nobody can reopen any more, in steps of a job each."""
    if removal.delete_overdue_shop(session, shop_id=UUID(shop_id), now=utc_now()):
        security_log.record("shop-deletion", category=Category.IAM, shop=shop_id)
