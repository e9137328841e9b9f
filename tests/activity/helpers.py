"""Views as pages record them and as the worker counts them."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.activity import rules
from platform_app.domain.activity.rules import View
from platform_app.domain.catalog.schemas import Listing
from platform_app.infra import db, document_store, invalidation, jobs, outbox, relay
from platform_app.infra.document_store import DocumentStore
from platform_app.infra.settings import settings
from tests.factories import NOW
from workers.subscriptions import SUBSCRIPTIONS

TODAY = NOW.date()
KEY = b"of these tests"


def view_store() -> DocumentStore:
    """The documents of the views that wait to be counted."""
    return document_store.from_settings(settings(), db.engine())


def view(listing: Listing, *names: str, day: date = TODAY) -> list[View]:
    """Views of a listing by these visitors."""
    return [
        View(
            shop_id=listing.shop_id,
            listing_id=listing.id,
            day=day,
            visitor=rules.visitor_digest(name, day=day, key=KEY),
        )
        for name in names
    ]


def store_views(views: Iterable[View]) -> None:
    """Store the views, as a process does with those in its buffer."""
    for each in views:
        # Without an expiry: views of a past day would be expired already.
        view_store().put_many(rules.COLLECTION, each.partition, [(each.sort_key, each.value)])


def queue_count(day: date = TODAY) -> UUID:
    """Queue the count of a day, as the clock does."""
    with db.writing() as session:
        return outbox.add(session, "workers.activity.roll_up", day=day.isoformat())


def count(day: date = TODAY) -> None:
    """Count a day with a real worker."""
    queue_count(day)
    relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS)
    jobs.worker("activity").work(burst=True)


def daily_stats() -> dict[tuple[str, str], tuple[int, int]]:
    """Views and favourites by day and by title (for a deleted listing, by id)."""
    with db.reading() as session:
        rows = session.execute(
            text("""SELECT day::text, coalesce(title, listing_id::text), views, favourites
            FROM listing_day LEFT JOIN listing ON (listing.shop_id, listing.id) = (listing_day.shop_id, listing_id)""")
        )
        return {(day, title): (views, favourites) for day, title, views, favourites in rows}
