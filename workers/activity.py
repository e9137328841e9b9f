"""Figures: counting the views of a day, and what was liked on it."""

from collections import Counter
from datetime import date
from uuid import UUID

from platform_app.domain.activity import rules, service
from platform_app.domain.activity.schemas import Counted
from platform_app.infra import db, documents, jobs
from platform_app.infra.documents import Documents
from platform_app.infra.settings import settings

PAGE = 5_000  # views that are read at once
BATCH = 5_000  # listings that one transaction is about


def roll_up(*, day: str) -> None:
    """Count a day from all its views; figures only grow, so doing it again, or twice at once, ends the same."""
    on = date.fromisoformat(day)
    count(on)
    with db.writing() as session:
        if jobs.complete(session):
            service.record_favourites(session, day=on)


def count(day: date) -> None:
    """Count the views of a day, some shops after the others."""
    kept = documents.from_settings(settings(), db.engine())
    for shard in range(rules.SHARDS):
        counted = _counted(kept, day, shard=shard)
        for start in range(0, len(counted), BATCH):
            with db.writing() as session:
                service.record(session, counted=counted[start : start + BATCH])


def _counted(kept: Documents, day: date, *, shard: int) -> list[Counted]:
    """How many visitors opened each listing; a document is one of them."""
    views: Counter[tuple[str, str]] = Counter()
    after: str | None = None
    while True:
        page = kept.page(rules.COLLECTION, rules.partition(day, shard), after=after, limit=PAGE)
        views.update(rules.place(sort, value) for sort, value in page.items)
        after = page.next
        if after is None:
            break
    return [
        Counted(shop_id=UUID(shop_id), listing_id=UUID(listing_id), day=day, views=count)
        for (shop_id, listing_id), count in views.items()
    ]
