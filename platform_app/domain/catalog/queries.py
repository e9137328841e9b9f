"""Queries for categories and listings; one statement loads a complete listing."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import TextClause, text
from sqlmodel import col, func, select

from platform_app.domain.catalog import models, rules
from platform_app.domain.catalog.errors import ListingGone, ListingMoved, ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import (
    Category,
    Listing,
    ListingInput,
    PictureInput,
    PriceChange,
    VariantInput,
)
from platform_app.domain.catalog.tags import CATEGORIES, listing_tag, listing_url_tag
from platform_app.domain.media import queries as media
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shared.money import Money
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.tags import shop_tag
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

_LISTING_SQL = """
SELECT listing.*, category.slug AS category, shop.slug AS shop_slug, shop.name AS shop_name,
  shop.tagline AS shop_tagline, shop.country AS shop_country, shop.mark AS shop_logo, shop.language,
  shop.holiday_until, shop.holiday_note, shop.closed_at AS shop_closed_at,
  jsonb_build_object('delivery_cost', shop.delivery_cost, 'free_delivery_from', shop.free_delivery_from,
      'delivery_days_from', shop.delivery_days_from, 'delivery_days_to', shop.delivery_days_to,
      'returns_days', shop.returns_days) AS delivery_terms,
  (SELECT jsonb_agg(jsonb_build_object(
      'id', variant.id, 'choice', variant.choice, 'sku', variant.sku, 'price', variant.price,
      'barcode', variant.barcode, 'weight', variant.weight, 'measure', variant.measure,
      'base_measure', variant.base_measure,
      'compare_at', variant.compare_at, 'picture_id', variant.picture_id,
      'tracked', stock.tracked, 'on_hand', stock.on_hand, 'reserved', stock.reserved) ORDER BY variant.position)
   FROM variant JOIN stock ON (stock.shop_id, stock.variant_id) = (variant.shop_id, variant.id)
   WHERE (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id)) AS variants,
  (SELECT coalesce(jsonb_agg(jsonb_build_object(
      'id', picture.id, 'source', picture.source, 'state', picture.state, 'content', picture.content,
      'width', picture.width, 'height', picture.height, 'colour', picture.colour, 'alt', placed.alt)
      ORDER BY placed.position), '[]')
   FROM listing_picture placed JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id)
   WHERE (placed.shop_id, placed.listing_id) = (listing.shop_id, listing.id)) AS pictures
FROM listing JOIN shop ON shop.id = listing.shop_id LEFT JOIN category ON category.id = listing.category_id
"""
_BY_ID = text(_LISTING_SQL + "WHERE listing.id = :id")
_OF_SHOP = text(_LISTING_SQL + "WHERE listing.shop_id = :shop_id AND listing.id = ANY(:ids) ORDER BY listing.id")
_OF_SHOPS = text(_LISTING_SQL + "WHERE listing.shop_id = ANY(:shop_ids) AND listing.id = ANY(:ids)")
_SHOPS_OF = text("SELECT shop_id, id FROM listing WHERE id = ANY(:ids) ORDER BY shop_id, id")
_BY_KEYS = text(_LISTING_SQL + "WHERE listing.shop_id = :shop_id AND listing.key = ANY(:keys)")
_AFTER_KEY = text(
    _LISTING_SQL + "WHERE listing.shop_id = :shop_id AND listing.key > :key ORDER BY listing.key LIMIT :limit"
)
_BY_SLUG = text(
    _LISTING_SQL
    + "WHERE listing.shop_id = :shop_id AND shop.slug = :shop AND listing.slug = :listing "
    + "AND listing.status = 'published' AND shop.closed_at IS NULL"
)
_ENDED = text(
    _LISTING_SQL
    + "WHERE listing.shop_id = :shop_id AND shop.slug = :shop AND listing.slug = :listing "
    + "AND listing.status = 'archived' AND listing.was_public AND shop.closed_at IS NULL"
)
_MOVED = text("""
SELECT listing.slug FROM former_slug
JOIN listing ON (listing.shop_id, listing.id) = (former_slug.shop_id, former_slug.listing_id)
JOIN shop ON shop.id = listing.shop_id AND shop.closed_at IS NULL
WHERE former_slug.shop_id = :shop_id AND former_slug.slug = :slug
  AND (listing.status = 'published' OR (listing.status = 'archived' AND listing.was_public))""")
_IS_TAKEN = text("""
SELECT EXISTS (SELECT FROM listing WHERE shop_id = :shop_id AND slug = :slug AND id <> :listing_id)
  OR EXISTS (SELECT FROM former_slug WHERE shop_id = :shop_id AND slug = :slug AND listing_id <> :listing_id)""")

_LOWEST_PRICES = text("""
SELECT listing.id, listing.currency, min(variant.price) AS amount FROM listing
JOIN variant ON (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id)
JOIN shop ON shop.id = listing.shop_id AND shop.closed_at IS NULL
WHERE listing.shop_id = ANY(:shop_ids) AND listing.id = ANY(:ids) AND listing.status = 'published'
GROUP BY listing.shop_id, listing.id""")


@cache.cached(tuple[Category, ...], tags=lambda: (CATEGORIES,))
def categories(session: ReadSession) -> tuple[Category, ...]:
    """The whole category tree, parents before children, in the operator's order."""
    rows = session.exec(
        select(models.Category).order_by(col(models.Category.position), col(models.Category.slug))
    ).all()
    children: dict[UUID | None, list[models.Category]] = {}
    for row in rows:
        children.setdefault(row.parent_id, []).append(row)
    return tuple(_flatten(children, parent=None, ancestors=()))


@cache.cached(Listing, tags=lambda shop, listing: (listing_url_tag(shop, listing), shop_tag(shop)))
def listing_by_slug(session: ReadSession, *, shop: str, listing: str) -> Listing:
    """The published listing of an open shop with these slugs.

    ListingNotFound; Gone if it or its shop is deleted; ListingMoved if it has another slug now.
    """
    shop_id = shops.shop_id(session, slug=shop) if rules.is_valid_slug(shop, listing) else None
    rows = _fetch(session, _BY_SLUG, shop_id=shop_id, shop=shop, listing=listing) if shop_id else []
    if not rows:
        shops.require_not_gone(session, slug=shop)
        _require_not_moved(session, shop_id=shop_id, shop=shop, listing=listing)
        _require_not_gone(session, shop=shop, listing=listing)
        raise ListingNotFound
    return rows[0]


@cache.cached(Listing, tags=lambda shop, listing: (listing_url_tag(shop, listing), shop_tag(shop)))
def ended_listing(session: ReadSession, *, shop: str, listing: str) -> Listing:
    """The listing with these slugs that was for sale and is not any more; ListingNotFound."""
    shop_id = shops.shop_id(session, slug=shop) if rules.is_valid_slug(shop, listing) else None
    rows = _fetch(session, _ENDED, shop_id=shop_id, shop=shop, listing=listing) if shop_id else []
    if not rows:
        raise ListingNotFound
    return rows[0]


@cache.cached(Listing, tags=lambda listing_id: (listing_tag(listing_id),))
def published_listing(session: ReadSession, *, listing_id: UUID) -> Listing:
    """The published listing with this id; ListingNotFound."""
    rows = _fetch(session, _BY_ID, id=listing_id)
    if not rows or not rows[0].is_public:
        raise ListingNotFound
    return rows[0]


def shop_listings(session: ReadSession, *, shop_id: UUID, ids: Sequence[UUID]) -> list[Listing]:
    """The shop's listings among `ids`, in any status, in the order of their ids."""
    return _fetch(session, _OF_SHOP, shop_id=shop_id, ids=list(ids))


def listings_of_shops(session: ReadSession, *, ids: Sequence[tuple[UUID, UUID]]) -> list[Listing]:
    """The existing listings among these (shop id, listing id) pairs, in any status."""
    return _fetch(session, _OF_SHOPS, **_split_ids(ids))


def ids_by_shop(session: ReadSession, *, listing_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """The listings among these ids by their shop, for callers that do not know it."""
    by_shop: dict[UUID, list[UUID]] = defaultdict(list)
    for shop_id, listing_id in session.execute(_SHOPS_OF, {"ids": list(listing_ids)}):
        by_shop[shop_id].append(listing_id)
    return by_shop


def listing_ids_after(session: ReadSession, *, shop_id: UUID, after: UUID | None, limit: int) -> list[UUID]:
    """Up to `limit` of the shop's listing ids after `after`, in id order."""
    in_shop = select(models.Listing.id).where(models.Listing.shop_id == shop_id)
    remaining = in_shop if after is None else in_shop.where(col(models.Listing.id) > after)
    return list(session.exec(remaining.order_by(col(models.Listing.id)).limit(limit)))


def variant_ids(session: ReadSession, *, shop_id: UUID, listing_ids: Sequence[UUID]) -> list[UUID]:
    """The variants of the shop's listings among `listing_ids`."""
    variant = models.Variant
    return list(
        session.exec(select(variant.id).where(variant.shop_id == shop_id, in_array(variant.listing_id, listing_ids)))
    )


def is_slug_taken(session: ReadSession, *, shop_id: UUID, slug: str, listing_id: UUID) -> bool:
    """Whether another listing of the shop has this slug, or had it and is still found by it."""
    values = {"shop_id": shop_id, "slug": slug, "listing_id": listing_id}
    return bool(session.execute(_IS_TAKEN, values).scalar_one())


def free_slugs(session: ReadSession, *, shop_id: UUID, wishes: Sequence[str]) -> Callable[[str], str]:
    """A function that returns a slug for each of the wishes that is unique in the shop: the wish itself, or numbered."""
    bases = Counter(wishes)

    def used(matches: Callable[[Any], Any]) -> set[str]:
        tables = (models.Listing, models.FormerSlug)
        statements = (select(each.slug).where(each.shop_id == shop_id, matches(each.slug)) for each in tables)
        return {slug for statement in statements for slug in session.exec(statement)}

    taken = used(lambda slug: col(slug).in_(bases))
    crowded = [base for base, count in bases.items() if count > 1 or base in taken]
    if crowded:
        taken |= used(lambda slug: func.regexp_replace(slug, "-[0-9]+$", "").in_(crowded))
    counts: dict[str, int] = {}

    def unique_slug(base: str) -> str:
        slug = base
        while slug in taken:
            counts[base] = counts.get(base, 1) + 1
            slug = f"{base}-{counts[base]}"
        taken.add(slug)
        return slug

    return unique_slug


def status_counts(session: ReadSession, *, shop_id: UUID) -> dict[Status, int]:
    """The number of the shop's listings by status."""
    rows = session.exec(
        select(models.Listing.status, func.count())
        .where(models.Listing.shop_id == shop_id)
        .group_by(models.Listing.status)
    )
    counts = Counter[str]()
    for status, count in rows:  # an unknown status is counted with the one that it is read as
        counts[status] += count
    return {status: counts[status] for status in Status}


def listings_by_key(session: ReadSession, *, shop_id: UUID, keys: Sequence[str]) -> dict[str, Listing]:
    """The shop's listings with these keys, by key."""
    return {listing.key: listing for listing in _fetch(session, _BY_KEYS, shop_id=shop_id, keys=list(keys))}


def lowest_prices(session: ReadSession, *, ids: Sequence[tuple[UUID, UUID]]) -> dict[UUID, Money]:
    """The price of the cheapest variant of each published listing among these (shop id, listing id) pairs."""
    rows = session.execute(_LOWEST_PRICES, _split_ids(ids))
    return {row.id: Money(amount=row.amount, currency=row.currency) for row in rows}


def listings_after_key(session: ReadSession, *, shop_id: UUID, key: str, limit: int) -> list[Listing]:
    """Up to `limit` of the shop's listings after `key`, in any status, in key order."""
    return _fetch(session, _AFTER_KEY, shop_id=shop_id, key=key, limit=limit)


def listing_ids_with_pictures(session: ReadSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> list[UUID]:
    """The listings that show any of these pictures."""
    placed = models.ListingPicture
    rows = session.exec(
        select(placed.listing_id).where(placed.shop_id == shop_id, col(placed.picture_id).in_(picture_ids)).distinct()
    )
    return sorted(rows)


def picture_sources(session: ReadSession, *, shop_id: UUID, keys: Sequence[str]) -> list[str]:
    """The sources of the pictures of the shop's listings with these keys."""
    # Three statements without a join: no plan for tables without statistics can be worse than reading each once.
    listing, placed = models.Listing, models.ListingPicture
    listing_ids = session.exec(select(listing.id).where(listing.shop_id == shop_id, in_array(listing.key, keys))).all()
    picture_ids = session.exec(
        select(placed.picture_id).where(placed.shop_id == shop_id, in_array(placed.listing_id, listing_ids)).distinct()
    ).all()
    return media.picture_sources(session, shop_id=shop_id, picture_ids=picture_ids)


def price_changes(session: ReadSession, *, shop_id: UUID, listing_id: UUID, since: datetime) -> tuple[PriceChange, ...]:
    """The price changes of the shop's listing since a time, latest first."""
    change = models.PriceChange
    rows = session.exec(
        select(change)
        .where(change.shop_id == shop_id, change.listing_id == listing_id, change.at >= since)
        .order_by(col(change.at).desc(), col(change.id).desc())
        .limit(rules.PRICE_CHANGE_LIMIT)
    )
    return tuple(PriceChange.model_validate(row) for row in rows)


def to_input(listing: Listing) -> ListingInput:
    """The input that would create this exact listing."""
    sources = {picture.id: picture.source for picture in listing.pictures}
    return ListingInput(
        key=listing.key,
        title=listing.title,
        description=listing.description,
        category=listing.category,
        condition=listing.condition,
        status=listing.status,
        tags=listing.tags,
        attributes=listing.attributes,
        options=listing.options,
        variants=tuple(
            VariantInput(
                choice=variant.choice,
                sku=variant.sku,
                barcode=variant.barcode,
                weight=variant.weight,
                measure=variant.measure,
                base_measure=variant.base_measure,
                price=variant.price,
                compare_at=variant.compare_at,
                quantity=variant.on_hand if variant.tracked else None,
                picture=sources.get(variant.picture_id) if variant.picture_id else None,
            )
            for variant in listing.variants
        ),
        pictures=tuple(PictureInput(source=picture.source, alt=picture.alt) for picture in listing.pictures),
    )


def _split_ids(ids: Sequence[tuple[UUID, UUID]]) -> dict[str, list[UUID]]:
    """Parameters of a statement about listings of several shops."""
    return {"shop_ids": sorted({shop_id for shop_id, _ in ids}), "ids": [listing_id for _, listing_id in ids]}


def _require_not_moved(session: ReadSession, *, shop_id: UUID | None, shop: str, listing: str) -> None:
    values = {"shop_id": shop_id, "slug": listing}
    current = session.execute(_MOVED, values).scalar_one_or_none() if shop_id else None
    if current is not None:
        raise ListingMoved(shop=shop, slug=current)


def _require_not_gone(session: ReadSession, *, shop: str, listing: str) -> None:
    found = shops.find_by_slug(session, slug=shop) if rules.is_valid_slug(shop, listing) else None
    if found and session.get(models.FormerListing, (found.id, listing)) is not None:
        raise ListingGone


def _fetch(session: ReadSession, statement: TextClause, **values: object) -> list[Listing]:
    rows = session.execute(statement, values).mappings()
    return [Listing.model_validate(dict(row)) for row in rows if row["variants"]]


def _flatten(
    children: Mapping[UUID | None, list[models.Category]], *, parent: UUID | None, ancestors: tuple[str, ...]
) -> list[Category]:
    found: list[Category] = []
    for row in children.get(parent, []):
        path = (*ancestors, row.slug)
        child_slugs = tuple(child.slug for child in children.get(row.id, []))
        fields: dict[str, Any] = {"id": row.id, "slug": row.slug, "name": row.name, "icon": row.icon}
        found.append(Category(**fields, path=path, depth=len(path), children=child_slugs))
        found += _flatten(children, parent=row.id, ancestors=path)
    return found
