"""Activity jobs: count a day's views and favourites."""

from collections import Counter
from datetime import date
from uuid import UUID

from platform_app.domain.activity import rules, service
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.infra import db, document_store, jobs
from platform_app.infra.document_store import DocumentStore
from platform_app.infra.settings import settings

PAGE_SIZE = 5_000  # views per read
BATCH_SIZE = 5_000  # listings per transaction


def roll_up(*, day: str) -> None:
    """Count a day's views and favourites; counts only grow, so repeated or concurrent runs give the same result."""
    date_ = date.fromisoformat(day)
    count_views(date_)
    with db.writing() as session:
        if jobs.complete(session):
            service.record_favourites(session, day=date_)


def count_views(day: date) -> None:
    """Count a day's views, one shard of shops at a time."""
    store = document_store.from_settings(settings(), db.engine())
    for shard in range(rules.SHARDS):
        counts = _count_shard(store, day, shard=shard)
        for start in range(0, len(counts), BATCH_SIZE):
            with db.writing() as session:
                service.record(session, counts=counts[start : start + BATCH_SIZE])


def _count_shard(store: DocumentStore, day: date, *, shard: int) -> list[DailyCounts]:
    """The number of visitors per listing in a shard; each document is one visitor's view."""
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
