"""Things to test with: plain functions with plain defaults."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from platform_app.domain.accounts.schemas import SignedIn
from platform_app.domain.accounts.service import joining
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import Listing, ListingDraft, VariantDraft
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.search import service as search
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop, ShopProfile
from platform_app.domain.shops.service import members
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
PASSWORD = "walnut-harbour-lantern"
NO_ID = "01a1f000-0000-7000-8000-000000000000"  # of nothing


def make_shop(session: WriteSession, **overrides: Any) -> Shop:
    """A shop that is open."""
    profile = ShopProfile(**{"slug": "clay-and-co", "name": "Clay & Co", **overrides})
    return shops.open_with(session, profile=profile, now=NOW)


def make_draft(**overrides: Any) -> ListingDraft:
    """A mug for twenty dollars."""
    return ListingDraft.model_validate(
        {"key": "mug", "title": "Stoneware mug", "variants": (VariantDraft(price=2000, quantity=5),), **overrides}
    )


def make_listing(session: WriteSession, *, shop: Shop | None = None, indexed: bool = True, **overrides: Any) -> Listing:
    """A listing for sale, found by search."""
    shop = shop or make_shop(session)
    draft = make_draft(**overrides)
    (saved,) = catalog_service.save_many(session, shop=shop, drafts=[draft], reason=Reason.OPENING, now=NOW)
    if indexed:
        index(session, saved.listing_id)
    (listing,) = catalog.listings(session, ids=[saved.listing_id])
    return listing


def make_pictures(session: WriteSession, *, shop: Shop, pictures: Mapping[str, StoredPicture]) -> None:
    """Pictures of the shop that have arrived, by their source."""
    for source, picture_id in media.want(session, shop_id=shop.id, sources=pictures, now=NOW).items():
        media.store(session, shop_id=shop.id, picture_id=picture_id, picture=pictures[source])


def index(session: WriteSession, *listing_ids: UUID) -> None:
    """What the search worker does."""
    search.reindex(session, listing_ids=listing_ids, now=NOW)


def make_user(session: WriteSession, **overrides: Any) -> SignedIn:
    """A member who is signed in, past all mails; the device they sign in with next is the first that is known."""
    now = utc_now()
    asked = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD, **overrides}
    joining.sign_up(session, **asked, browser_digest="browser", now=now)
    sign_up_id = session.execute(text("SELECT id FROM sign_up ORDER BY id DESC LIMIT 1")).scalar_one()
    issued = joining.issue_sign_up(session, sign_up_id=sign_up_id, now=now)
    assert issued is not None
    assert issued.token is not None
    verified = joining.verify(
        session, token=issued.token, browser_digest="browser", now=now, agent="Firefox", address="127.0.0.1"
    )
    assert verified.token is not None
    session.execute(text("DELETE FROM known_device WHERE user_id = :id"), {"id": verified.user.id})
    return SignedIn(user=verified.user, token=verified.token)


def make_owner(session: WriteSession, *, shop: Shop, **overrides: Any) -> SignedIn:
    """A member who owns the shop."""
    made = make_user(session, **overrides)
    members.own(session, slug=shop.slug, email=made.user.email, now=NOW)
    return made
