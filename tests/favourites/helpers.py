"""Favourites with real jobs and the mails that they send."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.favourites import service
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.mail import OutgoingMail
from tests.factories import NOW, make_draft, make_listing
from workers.subscriptions import SUBSCRIPTIONS

QUEUES = ("favourites", "mail", "search")


def create_mug(**overrides: object) -> Listing:
    """A committed mug for sale."""
    with db.writing() as session:
        return make_listing(session, **overrides)


def set_price(amount: int, **overrides: object) -> None:
    """Change the price of the mug, as its seller would."""
    with db.writing() as session:
        shop = shops.find_by_slug(session, slug="clay-and-co")
        assert shop is not None
        draft = make_draft(variants=(VariantInput(price=amount, quantity=5),), **overrides)
        catalog.save_many(session, shop=shop, inputs=[draft], reason=Reason.EDIT, now=NOW)


def like(user_id: UUID, *listing_ids: UUID) -> None:
    """Add listings to a user's favourites."""
    with db.writing() as session:
        for listing_id in listing_ids:
            service.add(session, user_id=user_id, listing_id=listing_id, now=NOW)


def run_jobs() -> list[OutgoingMail]:
    """Run the relay and the workers until no job is left; returns all stored mails, oldest first."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in QUEUES:
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return list(reversed(mail.stored_mails(session)))


def rows(statement: str, **values: object) -> Sequence[tuple[object, ...]]:
    """The rows of a statement."""
    with db.reading() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]
