"""Search jobs."""

from uuid import UUID

from platform_app.domain.search import service
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import jobs
from platform_app.infra.db import WriteSession


@jobs.once
def reindex_shop(session: WriteSession, *, shop_id: str, after_id: str | None = None) -> None:
    """Reindex a shop's listings after `after_id`, one batch per job."""
    service.reindex_shop(session, shop_id=UUID(shop_id), after_id=UUID(after_id) if after_id else None, now=utc_now())


@jobs.once
def reindex(session: WriteSession, *, listing_ids: list[str]) -> None:
    """Reindex these listings."""
    service.reindex(session, listing_ids=[UUID(listing_id) for listing_id in listing_ids], now=utc_now())
