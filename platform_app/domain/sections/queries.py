"""Queries for a shop's sections and pinned listings."""

from uuid import UUID

from sqlmodel import col, func, select

from platform_app.domain.catalog.models import Listing
from platform_app.domain.catalog.rules import Status
from platform_app.domain.sections.models import PinnedListing, Section, SectionListing, SectionOrder
from platform_app.domain.sections.schemas import Pinned, SectionList, ShopSection
from platform_app.domain.sections.schemas import Section as SectionView
from platform_app.domain.sections.tags import sections_tag
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache
from platform_app.infra.db import ReadSession


@cache.cached(tuple[ShopSection, ...], tags=lambda shop: (sections_tag(shop), shop_tag(shop)))
def of_shop(session: ReadSession, *, shop: str) -> tuple[ShopSection, ...]:
    """The sections of a shop that have a listing for sale, in the seller's order."""
    shop_id = shops.shop_id(session, slug=shop)
    if shop_id is None:
        return ()
    placed, listing = SectionListing, Listing
    is_same = (col(listing.shop_id) == placed.shop_id) & (col(listing.id) == placed.listing_id)
    filled = (
        select(placed.section_id)
        .join(listing, is_same)
        .where(placed.shop_id == shop_id, listing.status == Status.PUBLISHED)
        .distinct()
    )
    section_ids = set(session.exec(filled))
    rows = session.exec(select(Section).where(Section.shop_id == shop_id).order_by(col(Section.position)))
    return tuple(ShopSection(slug=row.slug, title=row.title) for row in rows if row.id in section_ids)


def section_list(session: ReadSession, *, user_id: UUID, shop: str) -> SectionList:
    """A shop's sections and pinned listings, for its members."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    return list_of(session, shop_id=membership.shop_id)


def list_of(session: ReadSession, *, shop_id: UUID) -> SectionList:
    """A shop's sections and pinned listings; checks no membership."""
    placed, listing, pinned = SectionListing, Listing, PinnedListing
    counts = dict(
        session.exec(
            select(placed.section_id, func.count()).where(placed.shop_id == shop_id).group_by(col(placed.section_id))
        ).all()
    )
    sections = session.exec(select(Section).where(Section.shop_id == shop_id).order_by(col(Section.position))).all()
    is_same = (col(listing.shop_id) == pinned.shop_id) & (col(listing.id) == pinned.listing_id)
    titles = session.exec(
        select(pinned.listing_id, listing.title)
        .join(listing, is_same)
        .where(pinned.shop_id == shop_id)
        .order_by(col(pinned.position))
    ).all()
    row = session.get(SectionOrder, shop_id, populate_existing=True)
    return SectionList(
        version=row.version if row else 0,
        sections=tuple(
            SectionView(id=each.id, slug=each.slug, title=each.title, listings=counts.get(each.id, 0))
            for each in sections
        ),
        pinned=tuple(Pinned(listing_id=listing_id, title=title) for listing_id, title in titles),
    )


def section_of_listing(session: ReadSession, *, user_id: UUID, shop: str, listing_id: UUID) -> UUID | None:
    """The section of a listing, for the shop's members."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    row = session.get(SectionListing, (membership.shop_id, listing_id))
    return row.section_id if row else None


def section_id(session: ReadSession, *, shop_id: UUID, slug: str) -> UUID | None:
    """The section of the shop with this slug."""
    return session.exec(select(Section.id).where(Section.shop_id == shop_id, Section.slug == slug)).first()
