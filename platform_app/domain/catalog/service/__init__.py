"""Save and remove listings in bulk."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Boolean, bindparam, delete, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from platform_app.domain.catalog import models, queries
from platform_app.domain.catalog.events import ListingsChanged, ListingsPublished, PricesDropped
from platform_app.domain.catalog.rules import MAX_WISHED_SLUG, Status, is_valid_slug, title_slug
from platform_app.domain.catalog.schemas import Listing, ListingInput, SaveResult
from platform_app.domain.catalog.service import moving, restocking, variants
from platform_app.domain.catalog.tags import CATALOG, CATEGORIES, listing_tag, listing_url_tag
from platform_app.domain.media import service as media
from platform_app.domain.shared.model_base import in_array, new_id
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.tags import shop_tag
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import Reason
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate

LISTINGS_PER_EVENT = 500
# PostgreSQL checks foreign keys row by row. For a shop that the statistics do not include yet, a custom plan may scan
# all the shop's rows per check, and a large import would take hours. After five checks, `auto` turns to a generic plan,
# which uses the index. Forcing one would be refused by Citus, which has to know the owner to plan a statement.
_ALLOW_GENERIC_PLANS = text(
    "SELECT set_config('plan_cache_mode', 'auto', true), set_config('enable_seqscan', 'off', true)"
)

_DELETE_ORPHAN_PICTURES = text("""
DELETE FROM picture WHERE shop_id = :shop_id AND source LIKE 'http%'
  AND NOT EXISTS (SELECT FROM listing_picture placed WHERE (placed.shop_id, placed.picture_id) = (picture.shop_id, picture.id))""")


def plan(stored: Mapping[str, Listing], inputs: Sequence[ListingInput]) -> list[SaveResult]:
    """What saving these inputs over the stored listings would do; changes nothing."""
    return [_compare(stored.get(listing_input.key), listing_input) for listing_input in inputs]


def save_many(
    session: WriteSession,
    *,
    shop: Shop,
    inputs: Sequence[ListingInput],
    reason: Reason,
    now: datetime,
    ids: Mapping[str, UUID] | None = None,
    slugs: Mapping[str, str] | None = None,
    new_slugs: Mapping[str, str] | None = None,
    new_choices: Mapping[UUID, tuple[str, ...]] | None = None,
    stored: Mapping[str, Listing] | None = None,
    drops_after: timedelta = timedelta(),
) -> list[SaveResult]:
    """Create or update the shop's listings by key; an input that changes nothing writes nothing.

    `ids` and `slugs` are the ids and the preferred slugs of new listings by key; `new_slugs` are free slugs for existing ones, which otherwise keep theirs.
    `new_choices` are the new choices of existing variants by variant id. `stored` are the current listings by key, if the caller has loaded them while holding the shop's lock.
    Followers hear of lower prices `drops_after` the change.
    """
    shops.lock(session, shop_id=shop.id)
    session.execute(_ALLOW_GENERIC_PLANS)
    if stored is None:
        stored = queries.listings_by_key(session, shop_id=shop.id, keys=[each.key for each in inputs])
    planned = moving.mark_changed(plan(stored, inputs), stored=stored, new_slugs=new_slugs or {})
    saved = [_with_id(result, ids or {}) for result in planned]
    changed = [(listing_input, result) for listing_input, result in zip(inputs, saved, strict=True) if result.changed]
    if not changed:
        return saved
    previous = [stored[result.key] for _, result in changed if result.key in stored]
    _lock_listings(session, shop_id=shop.id, keys=[listing.key for listing in previous])
    pictures = media.request(
        session, shop_id=shop.id, sources=_picture_sources(listing_input for listing_input, _ in changed), now=now
    )
    _write_listings(session, shop=shop, changed=changed, stored=stored, slugs=slugs or {}, now=now)
    moving.move(session, shop=shop, stored=stored, new_slugs=new_slugs or {})
    _write_pictures(session, shop_id=shop.id, changed=changed, pictures=pictures)
    renamed = new_choices or {}
    known = {key: variants.with_choices(listing, renamed) for key, listing in stored.items()}
    quantities = variants.write(
        session, shop_id=shop.id, changed=changed, stored=known, renamed=set(renamed), pictures=pictures, now=now
    )
    stock.set_on_hand(session, shop_id=shop.id, quantities=quantities, reason=reason, now=now)
    _publish_change(session, shop=shop, listing_ids=[result.listing_id for _, result in changed], known=previous)
    _publish_new_listings(session, shop=shop, changed=changed, now=now)
    _publish_price_drops(session, shop=shop, changed=changed, after=drops_after)
    restocking.publish(session, shop_id=shop.id, changed=changed, stored=known)
    return saved


def remove_many(session: WriteSession, *, shop: Shop, keys: Sequence[str]) -> list[str]:
    """Delete the shop's listings with these keys and all they own; return the keys that existed."""
    shops.lock(session, shop_id=shop.id)
    _lock_listings(session, shop_id=shop.id, keys=keys)
    deleted = session.execute(
        delete(models.Listing)
        .where(col(models.Listing.shop_id) == shop.id, col(models.Listing.key).in_(keys))
        .returning(col(models.Listing.key), col(models.Listing.id), col(models.Listing.slug))
    ).all()
    tags = [
        tag for _, listing_id, slug in deleted for tag in (listing_tag(listing_id), listing_url_tag(shop.slug, slug))
    ]
    invalidate(session, CATALOG, shop_tag(shop.slug), *tags)
    return [key for key, _, _ in deleted]


def delete_orphan_pictures(session: WriteSession, *, shop: Shop) -> None:
    """Delete the shop's fetched pictures that no listing shows."""
    shops.lock(session, shop_id=shop.id)
    session.execute(_DELETE_ORPHAN_PICTURES, {"shop_id": shop.id})


def reindex_with_pictures(session: WriteSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> None:
    """Publish the change of the listings that show these pictures, after a picture has become ready."""
    listing_ids = queries.listing_ids_with_pictures(session, shop_id=shop_id, picture_ids=picture_ids)
    found = queries.shop_listings(session, shop_id=shop_id, ids=listing_ids)
    invalidate(session, *(tag for listing in found for tag in _cache_tags(listing)))
    _publish_in_batches(session, ListingsChanged, listing_ids, shop_id=shop_id)


def delete_shop_if_empty(session: WriteSession, *, shop: Shop) -> bool:
    """Delete a shop without listings, such as one opened for a dry run; return whether it was deleted."""
    shops.lock(session, shop_id=shop.id)
    listed = select(models.Listing.id).where(models.Listing.shop_id == shop.id).limit(1)
    if session.exec(listed).first() is not None:
        return False
    shops.delete_shop(session, shop=shop)
    return True


def seed_categories(session: WriteSession, *, tree: Sequence[tuple[str, str, str | None, int, str]]) -> None:
    """Add the categories (slug, name, parent slug, position, icon) that do not exist yet, parents first."""
    known = dict(session.exec(select(models.Category.slug, models.Category.id)).all())
    for slug, name, parent, position, icon in tree:
        if slug not in known:
            known[slug] = new_id()
            parent_id = known[parent] if parent else None
            fields = {"slug": slug, "name": name, "parent_id": parent_id, "position": position, "icon": icon}
            session.execute(upsert(models.Category).values(id=known[slug], **fields).on_conflict_do_nothing())
    invalidate(session, CATEGORIES, CATALOG)


def _with_id(result: SaveResult, ids: Mapping[str, UUID]) -> SaveResult:
    """The result of a save with the id that the caller wants for a new listing."""
    if result.before is not None or result.key not in ids:
        return result
    return result.model_copy(update={"listing_id": ids[result.key]})


def _lock_listings(session: WriteSession, *, shop_id: UUID, keys: Sequence[str]) -> None:
    """Lock listings in id order, like every command that changes several, to avoid deadlocks."""
    listing = models.Listing
    if keys:
        statement = select(listing.id).where(listing.shop_id == shop_id, in_array(listing.key, keys))
        session.exec(statement.order_by(col(listing.id)).with_for_update(key_share=True)).all()


def _compare(stored: Listing | None, listing_input: ListingInput) -> SaveResult:
    if stored is None:
        return SaveResult(key=listing_input.key, listing_id=new_id(), changed=True, before=None, version=1)
    before = queries.to_input(stored)
    if before == listing_input:
        return SaveResult(
            key=listing_input.key, listing_id=stored.id, changed=False, before=before, version=stored.version
        )
    return SaveResult(
        key=listing_input.key, listing_id=stored.id, changed=True, before=before, version=stored.version + 1
    )


def _picture_sources(inputs: Iterable[ListingInput]) -> list[str]:
    return [picture.source for listing_input in inputs for picture in listing_input.pictures]


def _write_listings(
    session: WriteSession,
    *,
    shop: Shop,
    changed: Sequence[tuple[ListingInput, SaveResult]],
    stored: Mapping[str, Listing],
    slugs: Mapping[str, str],
    now: datetime,
) -> None:
    categories = dict(session.exec(select(models.Category.slug, models.Category.id)).all())

    def content(listing_input: ListingInput, result: SaveResult) -> dict[str, Any]:
        same = {"key", "title", "description", "condition", "status", "attributes"}
        lists = {"tags": list(listing_input.tags), "options": list(listing_input.options)}
        category_id = categories.get(listing_input.category) if listing_input.category else None
        computed = {"category_id": category_id, "updated_at": now, "was_public": _was_public(listing_input, result)}
        return {**listing_input.model_dump(include=same), **lists, **computed}

    new = [(listing_input, result) for listing_input, result in changed if result.key not in stored]
    if new:
        wishes = [_base_slug(listing_input, slugs) for listing_input, _ in new]
        free_slug = queries.free_slugs(session, shop_id=shop.id, wishes=wishes)
        fixed = {"shop_id": shop.id, "currency": shop.currency, "created_at": now, "version": 1}
        rows = [
            {**fixed, **content(listing_input, result), "id": result.listing_id, "slug": free_slug(wish)}
            for (listing_input, result), wish in zip(new, wishes, strict=True)
        ]
        session.execute(insert(models.Listing), rows)
    rows = [
        {**content(listing_input, result), "version": result.version, "of_shop": shop.id, "of_id": result.listing_id}
        for listing_input, result in changed
        if result.key in stored
    ]
    if rows:
        listing = models.Listing.__table__  # type: ignore[attr-defined]
        command = update(listing).where(listing.c.shop_id == bindparam("of_shop"), listing.c.id == bindparam("of_id"))
        names = rows[0].keys() - {"of_shop", "of_id"}
        values: dict[str, Any] = {name: bindparam(name) for name in names}
        values["was_public"] = listing.c.was_public | bindparam("was_public", type_=Boolean)
        session.connection().execute(command.values(values), rows)


def _was_public(listing_input: ListingInput, result: SaveResult) -> bool:
    """Whether the listing is for sale, or was until now."""
    return Status.PUBLISHED in (listing_input.status, result.before.status if result.before else None)


def _write_pictures(
    session: WriteSession,
    *,
    shop_id: UUID,
    changed: Sequence[tuple[ListingInput, SaveResult]],
    pictures: dict[str, UUID],
) -> None:
    listing_picture = models.ListingPicture
    known_ids = [result.listing_id for _, result in changed if result.before is not None]
    if known_ids:
        of_known = (col(listing_picture.shop_id) == shop_id, in_array(listing_picture.listing_id, known_ids))
        session.execute(delete(listing_picture).where(*of_known))
    rows = [
        {
            "shop_id": shop_id,
            "listing_id": result.listing_id,
            "position": position,
            "picture_id": pictures[picture.source],
            "alt": picture.alt,
        }
        for listing_input, result in changed
        for position, picture in enumerate(listing_input.pictures)
    ]
    if rows:
        session.execute(insert(listing_picture), rows)


def _base_slug(listing_input: ListingInput, slugs: Mapping[str, str]) -> str:
    """The preferred slug if it is one and has room for a number, else one made of the title."""
    wish = slugs.get(listing_input.key, "")
    if is_valid_slug(wish) and len(wish) <= MAX_WISHED_SLUG:
        return wish
    return title_slug(listing_input.title)


def _cache_tags(listing: Listing) -> tuple[str, str]:
    return listing_tag(listing.id), listing_url_tag(listing.shop_slug, listing.slug)


def _publish_change(
    session: WriteSession, *, shop: Shop, listing_ids: Sequence[UUID], known: Sequence[Listing]
) -> None:
    invalidate(session, CATALOG, shop_tag(shop.slug), *(tag for listing in known for tag in _cache_tags(listing)))
    _publish_in_batches(session, ListingsChanged, listing_ids, shop_id=shop.id)


def _publish_in_batches(
    session: WriteSession,
    event: type[ListingsChanged | PricesDropped],
    listing_ids: Sequence[UUID],
    *,
    shop_id: UUID,
    after: timedelta = timedelta(),
) -> None:
    for start in range(0, len(listing_ids), LISTINGS_PER_EVENT):
        batch = tuple(listing_ids[start : start + LISTINGS_PER_EVENT])
        outbox.publish(session, event(shop_id=shop_id, listing_ids=batch), after=after)


def _publish_new_listings(
    session: WriteSession, *, shop: Shop, changed: Sequence[tuple[ListingInput, SaveResult]], now: datetime
) -> None:
    """Publish the listings that are for sale for the first time, as far as their last status shows."""
    new = [
        result.listing_id
        for listing_input, result in changed
        if listing_input.status is Status.PUBLISHED and (result.before is None or result.before.status is Status.DRAFT)
    ]
    for start in range(0, len(new), LISTINGS_PER_EVENT):
        batch = tuple(new[start : start + LISTINGS_PER_EVENT])
        outbox.publish(session, ListingsPublished(shop_id=shop.id, listing_ids=batch, published_at=now))


def _publish_price_drops(
    session: WriteSession, *, shop: Shop, changed: Sequence[tuple[ListingInput, SaveResult]], after: timedelta
) -> None:
    """Publish the listings whose lowest price dropped."""
    cheaper = [
        result.listing_id
        for listing_input, result in changed
        if result.before and listing_input.lowest_price < result.before.lowest_price
    ]
    _publish_in_batches(session, PricesDropped, cheaper, shop_id=shop.id, after=after)
