"""Figures: counting the views of a day, and what was liked on it."""

from collections import Counter
from datetime import date
from uuid import UUID

from platform_app.domain.activity import rules, service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.infra import db, document_store, jobs
from platform_app.infra.document_store import DocumentStore
from platform_app.infra.settings import settings

PAGE_SIZE = 5_000  # views that are read at once
BATCH_SIZE = 5_000  # listings that one transaction is about


def roll_up(*, day: str) -> None:
    """Count a day from all its views; figures only grow, so doing it again, or twice at once, ends the same."""
    date_ = date.fromisoformat(day)
    count_views(date_)
    with db.writing() as session:
        if jobs.complete(session):
            service.record_favourites(session, day=date_)


def count_views(day: date) -> None:
    """Count the views of a day, some shops after the others."""
    store = document_store.from_settings(settings(), db.engine())
    for shard in range(rules.SHARDS):
        counts = _count_shard(store, day, shard=shard)
        for start in range(0, len(counts), BATCH_SIZE):
            with db.writing() as session:
                service.record(session, counts=counts[start : start + BATCH_SIZE])


def _count_shard(store: DocumentStore, day: date, *, shard: int) -> list[DailyCounts]:
    """How many visitors opened each listing; a document is one of them."""
    views: Counter[tuple[str, str]] = Counter()
    after: str | None = None
    while True:
        page = store.page(rules.COLLECTION, rules.partition(day, shard), after=after, limit=PAGE_SIZE)
        views.update(rules.view_target(sort, value) for sort, value in page.items)
        after = page.next
        if after is None:
            break
    return [
        DailyCounts(shop_id=UUID(shop_id), listing_id=UUID(listing_id), day=day, views=count)
        for (shop_id, listing_id), count in views.items()
    ]
