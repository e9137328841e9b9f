"""Views as pages leave them, and as the worker counts them."""

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


def kept() -> DocumentStore:
    """Where views wait."""
    return document_store.from_settings(settings(), db.engine())


def view(listing: Listing, *names: str, day: date = TODAY) -> list[View]:
    """These visitors open a listing."""
    return [
        View(
            shop_id=listing.shop_id,
            listing_id=listing.id,
            day=day,
            visitor=rules.visitor_digest(name, day=day, key=KEY),
        )
        for name in names
    ]


def keep(views: Iterable[View]) -> None:
    """What a process does with the views it has collected."""
    for each in views:
        # Of a day of long ago, which would be forgotten already.
        kept().put_many(rules.COLLECTION, each.partition, [(each.sort_key, each.value)])


def ask(day: date = TODAY) -> UUID:
    """What the clock does: have a day counted."""
    with db.writing() as session:
        return outbox.add(session, "workers.activity.roll_up", day=day.isoformat())


def count(day: date = TODAY) -> None:
    """Have a day counted, by a real worker."""
    ask(day)
    relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS)
    jobs.worker("activity").work(burst=True)


def figures() -> dict[tuple[str, str], tuple[int, int]]:
    """What is known: views and favourites by day and title, or id of a listing that is gone."""
    with db.reading() as session:
        rows = session.execute(
            text("""SELECT day::text, coalesce(title, listing_id::text), views, favourites
            FROM listing_day LEFT JOIN listing ON (listing.shop_id, listing.id) = (listing_day.shop_id, listing_id)""")
        )
        return {(day, title): (views, favourites) for day, title, views, favourites in rows}
