"""Favourites with real jobs and the mail they bring."""

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


def plant_mug(**overrides: object) -> Listing:
    """A mug for sale, committed."""
    with db.writing() as session:
        return make_listing(session, **overrides)


def price(amount: int, **overrides: object) -> None:
    """What the seller does: give the mug another price."""
    with db.writing() as session:
        shop = shops.find_by_slug(session, slug="clay-and-co")
        assert shop is not None
        draft = make_draft(variants=(VariantInput(price=amount, quantity=5),), **overrides)
        catalog.save_many(session, shop=shop, inputs=[draft], reason=Reason.EDIT, now=NOW)


def like(user_id: UUID, *listing_ids: UUID) -> None:
    """What a user does."""
    with db.writing() as session:
        for listing_id in listing_ids:
            service.add(session, user_id=user_id, listing_id=listing_id, now=NOW)


def run_jobs() -> list[OutgoingMail]:
    """Do what the clock and the workers do, until nothing is left; the mails there are now, oldest first."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in QUEUES:
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return list(reversed(mail.stored_mails(session)))


def rows(statement: str, **values: object) -> Sequence[tuple[object, ...]]:
    """What is in the database."""
    with db.reading() as session:
        return [tuple(row) for row in session.execute(text(statement), values)]
