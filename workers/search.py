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
def reindex(session: WriteSession, *, listing_ids: list[str], shop_id: str | None = None) -> None:
    """Reindex these listings of a shop."""
    ids = [UUID(listing_id) for listing_id in listing_ids]
    service.reindex_changed(session, shop_id=UUID(shop_id) if shop_id else None, listing_ids=ids, now=utc_now())


@jobs.once
def reindex_outdated(session: WriteSession) -> None:
    """Reindex listings whose words an earlier release analysed, one batch per job."""
    service.reindex_outdated(session, now=utc_now())


@jobs.once
def reindex_changed_shop(session: WriteSession, *, shop_id: str, fields: list[str]) -> None:
    """Reindex a shop's listings if one of the changed fields is part of their index rows."""
    service.reindex_changed_shop(session, shop_id=UUID(shop_id), fields=fields, now=utc_now())


@jobs.once
def reindex_currencies(session: WriteSession, *, currencies: list[str]) -> None:
    """Reindex the shops whose prices are compared at other rates now."""
    service.reindex_currencies(session, currencies=currencies, after_id=None)


@jobs.once
def reindex_next_shops(session: WriteSession, *, currencies: list[str], after_id: str) -> None:
    """Reindex the shops after this one whose prices are compared at other rates now."""
    service.reindex_currencies(session, currencies=currencies, after_id=UUID(after_id))


@jobs.once
def update_top_tier(session: WriteSession) -> None:
    """Update the top tier of the search index, one batch per job."""
    service.update_next_top_tier(session)


@jobs.once
def update_word_counts(session: WriteSession) -> None:
    """Update the frequencies of the words for completions."""
    service.update_word_counts(session)


@jobs.once
def sweep_zero_result_queries(session: WriteSession) -> None:
    """Delete rare searches without results."""
    service.sweep_zero_result_queries(session)
