"""A listing as its page would show a seller's draft, before it is saved."""

from datetime import datetime
from uuid import UUID

from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, Picture, Variant
from platform_app.domain.editing import queries
from platform_app.domain.editing.schemas import DraftPreview, Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.editing.service import listing_builder
from platform_app.domain.editing.service.listing_builder import Parts
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import DeliveryTerms, Shop
from platform_app.infra.db import ReadSession

UNTITLED = "Untitled"
# What the page of a listing without any variant shows: nothing can be bought.
_NO_VARIANT = Variant(
    id=UUID(int=0),
    choice=(),
    sku="",
    price=0,
    compare_at=None,
    tracked=True,
    on_hand=0,
    reserved=0,
    picture_id=None,
)


def draft(session: ReadSession, *, user_id: UUID, shop: str, listing_id: UUID, now: datetime) -> DraftPreview:
    """The shop's listing with its unsaved changes, which may be incomplete, for members who edit it; ListingNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.LISTINGS)
    edit = queries.edit(session, user_id=user_id, shop=shop, listing_id=listing_id)
    stored = queries.shop_listing(session, shop_id=membership.shop_id, listing_id=listing_id)
    status = edit.status or Status.DRAFT
    parts = listing_builder.read(session, membership=membership, content=edit.content, stored=stored, status=status)
    unchanged = stored or _unsaved(edit, shop=shops.by_id(session, shop_id=membership.shop_id), now=now)
    return DraftPreview(
        listing=_with_content(unchanged, edit.content, parts),
        status=edit.status,
        is_pending=edit.is_pending,
        problems=parts.problems,
    )


def _unsaved(edit: Edit, *, shop: Shop, now: datetime) -> Listing:
    """A listing without content, for a draft that was never saved."""
    return Listing(
        id=edit.listing_id,
        shop_id=shop.id,
        shop_slug=shop.slug,
        shop_name=shop.name,
        shop_tagline=shop.tagline,
        shop_country=shop.country,
        shop_logo=shop.mark,
        language=shop.language,
        holiday_until=shop.holiday_until,
        holiday_note=shop.holiday_note,
        delivery_terms=DeliveryTerms.model_validate(shop.model_dump(include=set(DeliveryTerms.model_fields))),
        slug=edit.web_address,
        key=str(edit.listing_id),
        title="",
        description="",
        category=None,
        condition=edit.content.condition,
        status=Status.DRAFT,
        tags=(),
        attributes={},
        options=(),
        currency=edit.currency,
        version=0,
        created_at=now,
        updated_at=now,
        variants=(),
        pictures=(),
    )


def _with_content(listing: Listing, content: ListingContent, parts: Parts) -> Listing:
    variants = _variants(listing, content, parts)
    return listing.model_copy(
        update={
            "title": content.title or UNTITLED,
            "description": content.description,
            "category": content.category if "category" not in parts.problems else None,
            "condition": content.condition,
            "tags": content.tags,
            "attributes": content.attributes,
            "options": content.option_names if variants else (),
            "variants": variants or (_NO_VARIANT,),
            "pictures": _pictures(content, parts),
        }
    )


def _variants(listing: Listing, content: ListingContent, parts: Parts) -> tuple[Variant, ...]:
    """The offered variants; a row whose choice does not match the options is left out."""
    reserved = {variant.id: variant.reserved for variant in listing.variants}
    picture_ids = {picture.id for picture in parts.pictures.values()}
    offered = [(index, row) for index, row in enumerate(content.variants) if row.is_offered]
    found = []
    for (index, row), values in zip(offered, parts.variants, strict=True):
        has_price = f"variants.{index}.price" not in parts.problems
        own = {
            "id": row.id or UUID(int=index + 1),
            "tracked": values["quantity"] is not None,
            "on_hand": values["quantity"] or 0,
            "reserved": reserved.get(row.id, 0) if row.id else 0,
            "picture_id": row.picture if row.picture in picture_ids else None,
            **({} if has_price else {"price": 0, "compare_at": None}),
        }
        if len(row.choice) == len(content.option_names):
            found.append(Variant.model_validate({**values, **own}))
    return tuple(found)


def _pictures(content: ListingContent, parts: Parts) -> tuple[Picture, ...]:
    """The pictures in order, without those that are still uploading."""
    return tuple(
        Picture.model_validate({**parts.pictures[each.key].model_dump(), "alt": each.alt})
        for each in content.pictures
        if each.key in parts.pictures
    )
