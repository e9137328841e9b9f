"""Queries for sellers' listings and edits. Queries for a user first check their membership of the shop."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlmodel import col, select

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status, lowest_prior_price, readable_title_slug
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.editing import models, rules
from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import (
    Edit,
    EditPicture,
    ListingFilter,
    ListingRow,
    PriceHistory,
    PriceHistoryEntry,
    Undo,
    VariantPrice,
)
from platform_app.domain.editing.schemas.content import (
    ListingContent,
    Option,
    PictureContent,
    RemovedVariant,
    VariantContent,
)
from platform_app.domain.media import queries as media
from platform_app.domain.media.rules import UploadState
from platform_app.domain.shared import paging
from platform_app.domain.shared.enums import known_member
from platform_app.domain.shared.money import Money, format_decimal
from platform_app.domain.shared.paging import Page
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Membership
from platform_app.infra.db import ReadSession

PRICE_HISTORY_LIMIT = 50

# Sorted by id, that is by creation: a row keeps its position when it changes.
_LISTING_ROWS = text("""
WITH selected AS (
  (SELECT id, false AS is_new FROM listing WHERE shop_id = :shop_id AND id < :before
     AND (:status = '' OR status = :status)
     AND (:like = '' OR title ILIKE :like OR key ILIKE :like OR EXISTS (SELECT FROM variant
       WHERE (variant.shop_id, variant.listing_id) = (listing.shop_id, listing.id) AND variant.sku ILIKE :like))
   ORDER BY id DESC LIMIT :limit)
  UNION ALL
  (SELECT listing_id, true FROM listing_edit WHERE shop_id = :shop_id AND listing_id < :before
     AND :writes AND base = 0 AND is_pending AND version > 1 AND :status IN ('', 'draft')
     AND (:like = '' OR content ->> 'title' ILIKE :like)
   ORDER BY listing_id DESC LIMIT :limit)
  ORDER BY id DESC LIMIT :limit
)
SELECT selected.id, listing.slug, coalesce(listing.title, edit.content ->> 'title') AS title,
  coalesce(listing.status, 'draft') AS status, coalesce(edit.is_pending AND :writes, false) AS has_edit, listing.currency,
  offered.price, offered.price_max, coalesce(offered.variants, 0) AS variants, offered.stock, shown.content AS picture,
  shown.width AS picture_width,
  coalesce(listing.updated_at, edit.saved_at) AS updated_at
FROM selected LEFT JOIN listing ON NOT is_new AND listing.shop_id = :shop_id AND listing.id = selected.id
LEFT JOIN listing_edit edit ON edit.shop_id = :shop_id AND edit.listing_id = selected.id AND edit.is_pending
LEFT JOIN LATERAL (SELECT min(price) AS price, max(price) AS price_max, count(*) AS variants,
    sum(on_hand) FILTER (WHERE tracked) AS stock
  FROM variant JOIN stock ON (stock.shop_id, stock.variant_id) = (variant.shop_id, variant.id)
  WHERE variant.shop_id = :shop_id AND variant.listing_id = selected.id) offered ON true
LEFT JOIN LATERAL (SELECT picture.content, picture.width FROM listing_picture placed
  JOIN picture ON (picture.shop_id, picture.id) = (placed.shop_id, placed.picture_id) AND picture.state = 'ready'
  WHERE placed.shop_id = :shop_id AND placed.listing_id = selected.id ORDER BY placed.position LIMIT 1) shown ON true
ORDER BY selected.id DESC""")
_EDIT_FOR_UPLOAD = text("""
SELECT listing_id, content ->> 'title' FROM listing_edit WHERE shop_id = :shop_id
  AND content @> jsonb_build_object('pictures', jsonb_build_array(jsonb_build_object('upload_id', CAST(:upload_id AS text))))
LIMIT 1""")
_MAX_ID = UUID(int=2**128 - 1)


def listing_rows(session: ReadSession, *, user_id: UUID, shop: str, params: ListingFilter) -> Page[ListingRow]:
    """The shop's listings, newest first.

    Members who may edit listings also see unsaved edits; members who only manage stock do not.
    """
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=rules.VIEW_PERMISSIONS)
    search_text = rules.single_line(params.q)
    scope = f"{membership.shop_id}/{search_text}/{params.status or ''}"
    before = _decode_position(scope, params.cursor)
    records = session.execute(
        _LISTING_ROWS,
        {
            "shop_id": membership.shop_id,
            "before": before,
            "status": params.status or "",
            "like": f"%{_escape_like(search_text)}%" if search_text else "",
            "limit": params.limit + 1,
            "writes": membership.has_permission(Permission.LISTINGS),
        },
    ).mappings()
    items = [_to_row(dict(row), membership.currency) for row in records]
    shown = items[: params.limit]
    next_cursor = paging.encode(scope, str(shown[-1].id)) if len(items) > params.limit else None
    return Page[ListingRow](items=tuple(shown), next_cursor=next_cursor)


def edit(session: ReadSession, *, user_id: UUID, shop: str, listing_id: UUID) -> Edit:
    """The unsaved edit of the shop's listing, or the listing's own content without one; ListingNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    row = session.get(models.ListingEdit, (membership.shop_id, listing_id), populate_existing=True)
    stored = shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    return to_edit(session, membership=membership, listing_id=listing_id, row=row, stored=stored)


def prices(session: ReadSession, *, user_id: UUID, shop: str, listing_id: UUID, now: datetime) -> PriceHistory:
    """The current prices of the shop's listing and their changes in the last year; ListingNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    listing = shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    if listing is None:
        raise ListingNotFound
    changes = catalog.price_changes(
        session, shop_id=membership.shop_id, listing_id=listing_id, since=now - rules.PRICE_HISTORY_PERIOD
    )
    choices = {variant.id: variant.choice for variant in listing.variants}

    def money(amount: int) -> Money:
        return Money(amount=amount, currency=listing.currency)

    return PriceHistory(
        variants=tuple(
            VariantPrice(
                choice=variant.choice,
                price=money(variant.price),
                compare_at=money(variant.compare_at) if variant.compare_at else None,
                lowest=money(
                    lowest_prior_price(
                        variant.price,
                        [(each.at, each.before, each.price) for each in changes if each.variant_id == variant.id],
                        now=now,
                    )
                ),
            )
            for variant in listing.variants
        ),
        steps=tuple(
            PriceHistoryEntry(
                choice=choices[each.variant_id], before=money(each.before), price=money(each.price), at=each.at
            )
            for each in changes[:PRICE_HISTORY_LIMIT]
        ),
    )


def latest_undo(session: ReadSession, *, membership: Membership, now: datetime) -> Undo | None:
    """The shop's latest bulk change that this member can still undo."""
    change = models.BulkChange
    actions = [each.value for each in BulkAction if each.can_be_undone and membership.has_permission(each.permission)]
    row = session.exec(
        select(change)
        .where(change.shop_id == membership.shop_id, change.undo_until > now, col(change.undone_at).is_(None))
        .where(col(change.action).in_(actions))
        .order_by(col(change.at).desc(), col(change.id).desc())
        .limit(1)
    ).one_or_none()
    return to_undo(row) if row else None


def to_undo(row: models.BulkChange) -> Undo:
    """A bulk change as something to undo."""
    return Undo(id=row.id, action=BulkAction(row.action), listings=len(row.listing_ids), until=row.undo_until)


def provisional_price_ids(session: ReadSession, *, shop_ids: Sequence[UUID], now: datetime) -> set[UUID]:
    """The listings of these shops whose prices were lowered in bulk, as long as that can be undone. For jobs."""
    change = models.BulkChange
    is_open = (col(change.undo_until) > now) & col(change.undone_at).is_(None) & col(change.lowers_prices)
    found = session.exec(select(change.listing_ids).where(col(change.shop_id).in_(shop_ids), is_open))
    return {listing_id for listing_ids in found for listing_id in listing_ids}


def shop_listing(session: ReadSession, *, shop_id: UUID, listing_id: UUID) -> Listing | None:
    """The shop's listing with this id; None if it has none."""
    return next(iter(catalog.shop_listings(session, shop_id=shop_id, ids=[listing_id])), None)


def to_edit(
    session: ReadSession,
    *,
    membership: Membership,
    listing_id: UUID,
    row: models.ListingEdit | None,
    stored: Listing | None,
) -> Edit:
    """The edit from its row and the stored listing; ListingNotFound if both are missing."""
    is_pending = row is not None and row.is_pending
    if stored is None and not is_pending:
        raise ListingNotFound
    current = stored.version if stored else 0
    content = ListingContent.model_validate(row.content) if row and is_pending else to_content(stored, row)
    return Edit(
        listing_id=listing_id,
        version=row.version if row else 0,
        base=row.base if row and is_pending else current,
        is_pending=is_pending,
        is_stale=row is not None and is_pending and row.base != current,
        status=stored.status if stored else None,
        slug=stored.slug if stored else None,
        web_address=content.slug or _given_slug(content, stored),
        currency=stored.currency if stored else membership.currency,
        content=content,
        pictures=edit_pictures(session, shop_id=membership.shop_id, picture_contents=content.pictures),
        saved_at=row.saved_at if row and is_pending else None,
    )


def _given_slug(content: ListingContent, stored: Listing | None) -> str:
    """The slug without one that the seller chose: the listing's own, or that of the title if people can read it."""
    return stored.slug if stored and not stored.is_slug_open else readable_title_slug(content.title)


def to_content(listing: Listing | None, row: models.ListingEdit | None = None) -> ListingContent:
    """The content that would create this exact listing; the row of its last edit remembers what was removed then."""
    if listing is None:
        return ListingContent()
    remembered = ListingContent.model_validate(row.content).removed if row and not row.is_pending else ()
    options = tuple(
        Option(name=name, values=_option_values(listing, index, remembered))
        for index, name in enumerate(listing.options)
    )
    variants = tuple(
        VariantContent(
            id=variant.id,
            choice=variant.choice,
            price=format_decimal(variant.price, listing.currency),
            compare_at=format_decimal(variant.compare_at, listing.currency) if variant.compare_at else "",
            stock="" if variant.tracked_quantity is None else str(variant.tracked_quantity),
            stock_was="" if variant.tracked_quantity is None else str(variant.tracked_quantity),
            sku=variant.sku,
            barcode=variant.barcode,
            weight=variant.weight,
            measure=variant.measure,
            base_measure=variant.base_measure,
            picture=variant.picture_id,
        )
        for variant in listing.variants
    )
    content = ListingContent(
        title=listing.title,
        description=listing.description,
        category=listing.category,
        condition=listing.condition,
        tags=listing.tags,
        attributes=listing.attributes,
        options=options,
        variants=variants,
        pictures=tuple(PictureContent(picture_id=each.id, alt=each.alt) for each in listing.pictures),
    )
    offered = {each.choice for each in variants}
    gridded = content.with_removed(remembered).with_variant_grid()
    rows = (
        each
        if each.is_offered == (each.choice in offered)
        else each.model_copy(update={"is_offered": each.choice in offered})
        for each in gridded.variants
    )
    return gridded.model_copy(update={"variants": tuple(rows)})


def _option_values(listing: Listing, index: int, remembered: Sequence[RemovedVariant]) -> tuple[str, ...]:
    """The values of an option: those of the listing's variants, and those of the rows that are not offered."""
    values = dict.fromkeys(variant.choice[index] for variant in listing.variants)
    known = {value.casefold() for value in values}
    for each in remembered:
        if not each.is_in_grid or set(each.names) != set(listing.options):
            continue
        value = each.row.choice[each.names.index(listing.options[index])]
        if value.casefold() not in known and len(values) < rules.MAX_OPTION_VALUES:
            values[value] = None
            known.add(value.casefold())
    return tuple(values)


def edit_pictures(
    session: ReadSession, *, shop_id: UUID, picture_contents: Sequence[PictureContent]
) -> tuple[EditPicture, ...]:
    """The current state of the pictures; pictures of another shop count as missing."""
    if not picture_contents:
        return ()
    upload_ids = [each.upload_id for each in picture_contents if each.upload_id and not each.picture_id]
    uploads = {each.id: each for each in media.uploads(session, shop_id=shop_id, upload_ids=upload_ids)}
    known = [each.picture_id for each in picture_contents if each.picture_id]
    uploaded_ids = [each.picture_id for each in uploads.values() if each.picture_id]
    pictures = {each.id: each for each in media.pictures(session, shop_id=shop_id, picture_ids=[*known, *uploaded_ids])}

    def to_edit_picture(each: PictureContent) -> EditPicture:
        upload = uploads.get(each.upload_id) if each.upload_id else None
        picture = pictures.get(each.picture_id or (upload.picture_id if upload else None) or UUID(int=0))
        if picture:
            values: dict[str, object] = {
                "state": picture.state,
                "content": picture.content,
                "width": picture.width,
                "colour": picture.colour,
                "reason": picture.reason,
            }
        elif upload:
            values = {"state": upload.state, "content": None, "width": None, "colour": None, "reason": upload.reason}
        else:
            values = {
                "state": UploadState.REFUSED,
                "content": None,
                "width": None,
                "colour": None,
                "reason": "no longer exists",
            }
        return EditPicture.model_validate(
            {"key": each.key, "picture_id": picture.id if picture else None, "alt": each.alt, **values}
        )

    return tuple(map(to_edit_picture, picture_contents))


def _to_row(record: dict[str, object], currency: str) -> ListingRow:
    def money(amount: object) -> Money | None:
        return Money(amount=int(str(amount)), currency=str(record["currency"] or currency)) if amount else None

    values = {**record, "price": money(record["price"]), "price_max": money(record["price_max"])}
    return ListingRow.model_validate(
        {
            **values,
            "title": record["title"] or "",
            "status": known_member(Status, str(record["status"]), unknown=Status.ARCHIVED),
        }
    )


def edit_for_upload(session: ReadSession, *, shop_id: UUID, upload_id: UUID) -> tuple[UUID, str] | None:
    """The listing whose edit includes this upload, and its title. For jobs: checks no membership."""
    record = session.execute(_EDIT_FOR_UPLOAD, {"shop_id": shop_id, "upload_id": str(upload_id)}).first()
    return (record[0], record[1] or "") if record else None


def _decode_position(scope: str, cursor: str | None) -> UUID:
    if cursor is None:
        return _MAX_ID
    (position,) = paging.decode(scope, cursor, str)
    try:
        return UUID(str(position))
    except ValueError:
        raise paging.InvalidCursor from None


def _escape_like(term: str) -> str:
    return term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
