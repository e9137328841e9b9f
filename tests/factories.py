"""Factories of test data: plain functions with plain defaults."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.accounts.schemas import SignInResult
from platform_app.domain.accounts.service import sign_up
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import Listing, ListingInput, VariantInput
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.search import service as search
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.shops.service import members
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import ReadSession, WriteSession

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "walnut-harbour-lantern"
UNKNOWN_ID = "01a1f000-0000-7000-8000-000000000000"  # the id of no row


def make_shop(session: WriteSession, **overrides: Any) -> Shop:
    """An open shop."""
    profile = ShopProfile(**{"slug": "clay-and-co", "name": "Clay & Co", **overrides})
    return shops.create_if_missing(session, profile=profile, now=NOW)


def make_draft(**overrides: Any) -> ListingInput:
    """The input of a mug for twenty dollars."""
    return ListingInput.model_validate(
        {"key": "mug", "title": "Stoneware mug", "variants": (VariantInput(price=2000, quantity=5),), **overrides}
    )


def make_listing(session: WriteSession, *, shop: Shop | None = None, indexed: bool = True, **overrides: Any) -> Listing:
    """A listing for sale, in the search index unless `indexed` is false."""
    shop = shop or make_shop(session)
    draft = make_draft(**overrides)
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.OPENING, now=NOW)
    if indexed:
        index_listings(session, saved.listing_id)
    (listing,) = catalog.shop_listings(session, shop_id=shop.id, ids=[saved.listing_id])
    return listing


def stored_listings(session: ReadSession, *listing_ids: UUID) -> list[Listing]:
    """Listings by their ids alone."""
    by_shop = catalog.ids_by_shop(session, listing_ids=listing_ids)
    return [
        each for shop_id, ids in by_shop.items() for each in catalog.shop_listings(session, shop_id=shop_id, ids=ids)
    ]


def make_pictures(session: WriteSession, *, shop: Shop, pictures: Mapping[str, StoredPicture]) -> None:
    """Stored pictures of the shop, by their source."""
    for source, picture_id in media.request(session, shop_id=shop.id, sources=pictures, now=NOW).items():
        media.mark_ready(session, shop_id=shop.id, picture_id=picture_id, picture=pictures[source])


def index_listings(session: WriteSession, *listing_ids: UUID) -> None:
    """Index listings, as the search worker does."""
    search.reindex_changed(session, shop_id=None, listing_ids=listing_ids, now=NOW)


def make_user(session: WriteSession, **overrides: Any) -> SignInResult:
    """A verified member with a session and no known device: the next device that signs in is the first one."""
    now = utc_now()
    values = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, **overrides}
    sign_up.start(session, **values, browser_digest="browser", now=now)
    sign_up_id = session.execute(text("SELECT id FROM sign_up ORDER BY id DESC LIMIT 1")).scalar_one()
    issued = sign_up.issue_link(session, sign_up_id=sign_up_id, now=now)
    assert issued is not None
    assert issued.token is not None
    verified = sign_up.verify(
        session, token=issued.token, browser_digest="browser", now=now, user_agent="Firefox", ip="127.0.0.1"
    )
    assert verified.token is not None
    session.execute(text("DELETE FROM known_device WHERE user_id = :id"), {"id": verified.user.id})
    return SignInResult(user=verified.user, token=verified.token)


def make_owner(session: WriteSession, *, shop: Shop, **overrides: Any) -> SignInResult:
    """A member who owns the shop."""
    owner = make_user(session, **overrides)
    members.make_owner(session, slug=shop.slug, email=owner.user.email, now=NOW)
    return owner
