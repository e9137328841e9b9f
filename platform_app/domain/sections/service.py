"""Group a shop's listings into sections, and pin some of them."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import delete, insert, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from platform_app.domain.catalog.models import Listing
from platform_app.domain.sections import queries, rules
from platform_app.domain.sections.errors import (
    InvalidSection,
    SectionNotFound,
    SectionsChanged,
    TooManyPinned,
    TooManySections,
)
from platform_app.domain.sections.models import PinnedListing, Section, SectionListing, SectionOrder
from platform_app.domain.sections.schemas import SectionList
from platform_app.domain.sections.tags import sections_tag
from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra.db import WriteSession, invalidate


def add(session: WriteSession, *, user_id: UUID, shop: str, title: str) -> SectionList:
    """Add a section at the end. InvalidSection, TooManySections."""
    membership, found = _lock(session, user_id=user_id, shop=shop)
    if len(found) >= rules.MAX_SECTIONS:
        raise TooManySections(rules.MAX_SECTIONS)
    clean = _clean_title(title, others=found)
    slug = _free_slug(rules.base_slug(clean), taken={each.slug for each in found})
    values = {"shop_id": membership.shop_id, "id": new_id(), "slug": slug, "title": clean, "position": len(found)}
    session.execute(insert(Section).values(values))
    return _finish(session, membership)


def change(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    section_id: UUID,
    version: int,
    title: str | None = None,
    position: int | None = None,
) -> SectionList:
    """Give a section another title or position, from 0; its slug stays.

    SectionNotFound, SectionsChanged, InvalidSection.
    """
    membership, found = _lock(session, user_id=user_id, shop=shop, version=version)
    section = _require(found, section_id)
    others = [each for each in found if each is not section]
    if title is not None:
        section.title = _clean_title(title, others=others)
        session.add(section)
        session.flush()
    if position is not None:
        others.insert(min(position, len(others)), section)
        _number(session, others)
    return _finish(session, membership)


def remove(session: WriteSession, *, user_id: UUID, shop: str, section_id: UUID, version: int) -> SectionList:
    """Delete a section; its listings stay, in no section. SectionNotFound, SectionsChanged."""
    membership, found = _lock(session, user_id=user_id, shop=shop, version=version)
    section = _require(found, section_id)
    own = (col(Section.shop_id) == membership.shop_id) & (col(Section.id) == section_id)
    session.execute(delete(Section).where(own))
    _number(session, [each for each in found if each is not section])
    return _finish(session, membership)


def assign(
    session: WriteSession, *, user_id: UUID, shop: str, listing_ids: Collection[UUID], section_id: UUID | None
) -> int:
    """Put the shop's listings among `listing_ids` into a section, or into none; return how many there are.

    SectionNotFound.
    """
    membership, found = _lock(session, user_id=user_id, shop=shop)
    if section_id is not None:
        _require(found, section_id)
    own = _own_listings(session, membership, listing_ids)
    placed = SectionListing
    if own:
        session.execute(
            delete(placed).where(col(placed.shop_id) == membership.shop_id, in_array(placed.listing_id, own))
        )
    if own and section_id is not None:
        rows = [{"shop_id": membership.shop_id, "listing_id": each, "section_id": section_id} for each in own]
        session.execute(insert(placed), rows)
    _finish(session, membership)
    return len(own)


def pin(
    session: WriteSession, *, user_id: UUID, shop: str, listing_ids: Sequence[UUID], is_pinned: bool
) -> SectionList:
    """Pin the shop's listings after those that are pinned, or unpin them; doing so twice changes nothing. TooManyPinned."""
    membership, _ = _lock(session, user_id=user_id, shop=shop)
    own = _own_listings(session, membership, listing_ids)
    before = [each.listing_id for each in queries.list_of(session, shop_id=membership.shop_id).pinned]
    kept = [each for each in before if each not in own] if not is_pinned else before
    added = [each for each in dict.fromkeys(listing_ids) if each in own and each not in before] if is_pinned else []
    return _write_pinned(session, membership, [*kept, *added])


def set_pinned(
    session: WriteSession, *, user_id: UUID, shop: str, listing_ids: Sequence[UUID], version: int
) -> SectionList:
    """Pin exactly the shop's listings among these, in this order. SectionsChanged, TooManyPinned."""
    membership, _ = _lock(session, user_id=user_id, shop=shop, version=version)
    own = _own_listings(session, membership, listing_ids)
    return _write_pinned(session, membership, [each for each in dict.fromkeys(listing_ids) if each in own])


def _write_pinned(session: WriteSession, membership: Membership, listing_ids: Sequence[UUID]) -> SectionList:
    if len(listing_ids) > rules.MAX_PINNED:
        raise TooManyPinned(rules.MAX_PINNED)
    session.execute(delete(PinnedListing).where(col(PinnedListing.shop_id) == membership.shop_id))
    rows = [
        {"shop_id": membership.shop_id, "listing_id": each, "position": position}
        for position, each in enumerate(listing_ids)
    ]
    if rows:
        session.execute(insert(PinnedListing), rows)
    return _finish(session, membership)


def _lock(
    session: WriteSession, *, user_id: UUID, shop: str, version: int | None = None
) -> tuple[Membership, list[Section]]:
    """The membership, and the shop's sections in order, locked and with a new version; SectionsChanged for another one."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    row = upsert(SectionOrder).values(shop_id=membership.shop_id, version=1)
    changed = row.on_conflict_do_update(index_elements=["shop_id"], set_={"version": SectionOrder.version + 1})
    current = session.execute(changed.returning(col(SectionOrder.version))).scalar_one()
    if version is not None and version != current - 1:
        raise SectionsChanged
    of_shop = select(Section).where(Section.shop_id == membership.shop_id).order_by(col(Section.position))
    return membership, list(session.exec(of_shop.execution_options(populate_existing=True)))


def _finish(session: WriteSession, membership: Membership) -> SectionList:
    session.flush()
    invalidate(session, sections_tag(membership.slug), shop_tag(membership.slug))
    return queries.list_of(session, shop_id=membership.shop_id)


def _require(found: Sequence[Section], section_id: UUID) -> Section:
    section = next((each for each in found if each.id == section_id), None)
    if section is None:
        raise SectionNotFound
    return section


def _clean_title(title: str, *, others: Sequence[Section]) -> str:
    clean = rules.clean_title(title)
    if not clean:
        raise InvalidSection(fields={"title": "Enter a title."})
    if len(clean) > rules.MAX_TITLE:
        raise InvalidSection(fields={"title": f"Use at most {rules.MAX_TITLE} characters."})
    if any(each.title.casefold() == clean.casefold() for each in others):
        raise InvalidSection(fields={"title": "Your shop has a section with this title."})
    return clean


def _free_slug(base: str, *, taken: Collection[str]) -> str:
    candidates = [base, *(f"{base}-{number}" for number in range(2, rules.MAX_SECTIONS + 2))]
    return next(each for each in candidates if each not in taken)


def _number(session: WriteSession, sections: Sequence[Section]) -> None:
    for position, section in enumerate(sections):
        own = (col(Section.shop_id) == section.shop_id) & (col(Section.id) == section.id)
        session.execute(update(Section).where(own).values(position=position))


def _own_listings(session: WriteSession, membership: Membership, listing_ids: Collection[UUID]) -> list[UUID]:
    """The shop's listings among these, locked against deletion, so that an insert cannot fail its foreign key."""
    if not listing_ids:
        return []
    own = select(Listing.id).where(Listing.shop_id == membership.shop_id, in_array(Listing.id, set(listing_ids)))
    return list(session.exec(own.order_by(col(Listing.id)).with_for_update(key_share=True, read=True)))
