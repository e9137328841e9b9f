"""Saving and removing listings, many at a time."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from slugify import slugify
from sqlalchemy import Text, bindparam, cast, delete, func, insert, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, select

from platform_app.domain.catalog import models, queries
from platform_app.domain.catalog.schemas import Listing, ListingDraft, Saved
from platform_app.domain.media import service as media
from platform_app.domain.shared.tables import among, new_id
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.stock import service as stock
from platform_app.domain.stock.rules import Reason
from platform_app.domain.stock.schemas import Quantity
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, poke

LISTINGS_A_JOB = 500
# Foreign keys are checked row by row. Planned for a shop that the statistics do not know yet, each check may go through
# all the shop's rows, and a large import would take hours; a plan for any shop goes straight to the one row.
_PLAN_FOR_ANY_SHOP = text(
    "SELECT set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)"
)

_DROP_UNSHOWN = text("""
DELETE FROM picture WHERE shop_id = :shop_id AND source LIKE 'http%'
  AND NOT EXISTS (SELECT FROM listing_picture placed WHERE (placed.shop_id, placed.picture_id) = (picture.shop_id, picture.id))""")


def plan(stored: dict[str, Listing], drafts: Sequence[ListingDraft]) -> list[Saved]:
    """What saving these drafts over what is stored would do; changes nothing."""
    return [_compare(stored.get(draft.key), draft) for draft in drafts]


def save_many(
    session: WriteSession,
    *,
    shop: Shop,
    drafts: Sequence[ListingDraft],
    reason: Reason,
    now: datetime,
    ids: Mapping[str, UUID] | None = None,
    renamed: Mapping[UUID, tuple[str, ...]] | None = None,
) -> list[Saved]:
    """Make the shop's listings what the drafts say, by their keys; a draft that changes nothing writes nothing.

    `ids` are what new listings are to have, by their keys, and `renamed` the new choices of variants that stay the same.
    """
    shops.lock(session, shop_id=shop.id)
    session.execute(_PLAN_FOR_ANY_SHOP)
    stored = queries.by_keys(session, shop_id=shop.id, keys=[draft.key for draft in drafts])
    saved = [
        done.model_copy(update={"listing_id": (ids or {}).get(done.key, done.listing_id)})
        if done.before is None
        else done
        for done in plan(stored, drafts)
    ]
    changed = [(draft, done) for draft, done in zip(drafts, saved, strict=True) if done.changed]
    if not changed:
        return saved
    _lock(session, shop_id=shop.id, keys=[done.key for _, done in changed])
    pictures = media.want(session, shop_id=shop.id, sources=_sources(draft for draft, _ in changed), now=now)
    _write_listings(session, shop=shop, changed=changed, stored=stored, now=now)
    _write_pictures(session, shop_id=shop.id, changed=changed, pictures=pictures)
    known = {key: _with_choices(listing, renamed or {}) for key, listing in stored.items()}
    _free_choices(session, shop_id=shop.id, variant_ids=sorted(renamed or {}))
    quantities = _write_variants(session, shop_id=shop.id, changed=changed, stored=known, pictures=pictures, now=now)
    stock.set_on_hand(session, shop_id=shop.id, quantities=quantities, reason=reason, now=now)
    touched = [stored[done.key] for _, done in changed if done.key in stored]
    _announce(session, shop=shop, listing_ids=[done.listing_id for _, done in changed], known=touched)
    _tell_followers(session, changed)
    return saved


def remove_many(session: WriteSession, *, shop: Shop, keys: Sequence[str]) -> list[str]:
    """Delete the shop's listings with these keys and all they own; returns the keys that existed."""
    shops.lock(session, shop_id=shop.id)
    _lock(session, shop_id=shop.id, keys=keys)
    gone = session.execute(
        delete(models.Listing)
        .where(col(models.Listing.shop_id) == shop.id, col(models.Listing.key).in_(keys))
        .returning(col(models.Listing.key), col(models.Listing.id), col(models.Listing.slug))
    ).all()
    tags = [tag for _, listing_id, slug in gone for tag in (f"listing:{listing_id}", f"listing:{shop.slug}/{slug}")]
    poke(session, "catalog", f"shop:{shop.slug}", *tags)
    return [key for key, _, _ in gone]


def drop_unshown(session: WriteSession, *, shop: Shop) -> None:
    """Forget the fetched pictures that no listing of the shop shows any more."""
    shops.lock(session, shop_id=shop.id)
    session.execute(_DROP_UNSHOWN, {"shop_id": shop.id})


def reindex_showing(session: WriteSession, *, shop_id: UUID, picture_ids: Sequence[UUID]) -> None:
    """Index the listings that show these pictures again, since a picture has become ready."""
    listing_ids = queries.showing(session, shop_id=shop_id, picture_ids=picture_ids)
    found = queries.listings(session, ids=listing_ids)
    poke(session, *(tag for listing in found for tag in _tags(listing)))
    _index(session, listing_ids)


def close_if_empty(session: WriteSession, *, shop: Shop) -> bool:
    """Remove a shop that never had a listing, as one opened for a dry run; says whether it went."""
    shops.lock(session, shop_id=shop.id)
    listed = select(models.Listing.id).where(models.Listing.shop_id == shop.id).limit(1)
    if session.exec(listed).first() is not None:
        return False
    shops.close(session, shop=shop)
    return True


def plant_categories(session: WriteSession, *, tree: Sequence[tuple[str, str, str | None, int, str]]) -> None:
    """Add the categories (slug, name, parent slug, position, icon) that do not exist yet, parents first."""
    known = dict(session.exec(select(models.Category.slug, models.Category.id)).all())
    for slug, name, parent, position, icon in tree:
        if slug not in known:
            known[slug] = new_id()
            parent_id = known[parent] if parent else None
            fields = {"slug": slug, "name": name, "parent_id": parent_id, "position": position, "icon": icon}
            session.execute(upsert(models.Category).values(id=known[slug], **fields).on_conflict_do_nothing())
    poke(session, "categories", "catalog")


def _lock(session: WriteSession, *, shop_id: UUID, keys: Sequence[str]) -> None:
    """Lock listings in id order, as everything does that changes several."""
    listing = models.Listing
    mine = select(listing.id).where(listing.shop_id == shop_id, among(listing.key, keys))
    session.exec(mine.order_by(col(listing.id)).with_for_update(key_share=True)).all()


def _compare(stored: Listing | None, draft: ListingDraft) -> Saved:
    if stored is None:
        return Saved(key=draft.key, listing_id=new_id(), changed=True, before=None, version=1)
    before = queries.as_draft(stored)
    if before == draft:
        return Saved(key=draft.key, listing_id=stored.id, changed=False, before=before, version=stored.version)
    return Saved(key=draft.key, listing_id=stored.id, changed=True, before=before, version=stored.version + 1)


def _sources(drafts: Iterable[ListingDraft]) -> list[str]:
    return [picture.source for draft in drafts for picture in draft.pictures]


def _write_listings(
    session: WriteSession,
    *,
    shop: Shop,
    changed: Sequence[tuple[ListingDraft, Saved]],
    stored: dict[str, Listing],
    now: datetime,
) -> None:
    categories = dict(session.exec(select(models.Category.slug, models.Category.id)).all())

    def content(draft: ListingDraft) -> dict[str, Any]:
        same = {"key", "title", "description", "condition", "status", "attributes"}
        lists = {"tags": list(draft.tags), "options": list(draft.options)}
        category_id = categories.get(draft.category) if draft.category else None
        return {**draft.model_dump(include=same), **lists, "category_id": category_id, "updated_at": now}

    new = [(draft, done) for draft, done in changed if done.key not in stored]
    if new:
        free_slug = _slugs(session, shop_id=shop.id, titles=[draft.title for draft, _ in new])
        fixed = {"shop_id": shop.id, "currency": shop.currency, "created_at": now, "version": 1}
        rows = [
            {**fixed, **content(draft), "id": done.listing_id, "slug": free_slug(draft.title)} for draft, done in new
        ]
        session.execute(insert(models.Listing), rows)
    rows = [
        {**content(draft), "version": done.version, "of_shop": shop.id, "of_id": done.listing_id}
        for draft, done in changed
        if done.key in stored
    ]
    if rows:
        listing = models.Listing.__table__  # type: ignore[attr-defined]
        command = update(listing).where(listing.c.shop_id == bindparam("of_shop"), listing.c.id == bindparam("of_id"))
        names = rows[0].keys() - {"of_shop", "of_id"}
        session.connection().execute(command.values({name: bindparam(name) for name in names}), rows)


def _write_pictures(
    session: WriteSession, *, shop_id: UUID, changed: Sequence[tuple[ListingDraft, Saved]], pictures: dict[str, UUID]
) -> None:
    placed = models.ListingPicture
    ids = [done.listing_id for _, done in changed]
    session.execute(delete(placed).where(col(placed.shop_id) == shop_id, col(placed.listing_id).in_(ids)))
    rows = [
        {
            "shop_id": shop_id,
            "listing_id": done.listing_id,
            "position": place,
            "picture_id": pictures[picture.source],
            "alt": picture.alt,
        }
        for draft, done in changed
        for place, picture in enumerate(draft.pictures)
    ]
    if rows:
        session.execute(insert(placed), rows)


def _write_variants(
    session: WriteSession,
    *,
    shop_id: UUID,
    changed: Sequence[tuple[ListingDraft, Saved]],
    stored: dict[str, Listing],
    pictures: dict[str, UUID],
    now: datetime,
) -> list[Quantity]:
    """A variant keeps its id while its choice stays; returns what is to be on hand of each whose stock is said anew."""
    rows: list[dict[str, Any]] = []
    quantities: list[Quantity] = []
    dropped: list[UUID] = []
    prices: list[dict[str, Any]] = []
    for draft, done in changed:
        known = {variant.choice: variant for variant in stored[done.key].variants} if done.key in stored else {}
        for place, variant in enumerate(draft.variants):
            before = known.pop(variant.choice, None)
            variant_id = before.id if before else new_id()
            row = variant.model_dump(include={"sku", "price", "compare_at"})
            row |= {"shop_id": shop_id, "id": variant_id, "listing_id": done.listing_id, "position": place}
            row |= {"choice": list(variant.choice), "picture_id": pictures.get(variant.picture or "")}
            rows.append(row)
            if before is None or before.counted != variant.quantity:
                quantities.append(Quantity(variant_id=variant_id, on_hand=variant.quantity))
            if before and before.price != variant.price:
                change = {"variant_id": variant_id, "before": before.price, "price": variant.price}
                prices.append({"shop_id": shop_id, "id": new_id(), "listing_id": done.listing_id, "at": now, **change})
        dropped += [variant.id for variant in known.values()]
    if dropped:
        table = models.Variant
        session.execute(delete(table).where(col(table.shop_id) == shop_id, among(table.id, dropped)))
    command = upsert(models.Variant)
    kept = {name: command.excluded[name] for name in ("position", "choice", "sku", "price", "compare_at", "picture_id")}
    session.execute(command.on_conflict_do_update(index_elements=["shop_id", "id"], set_=kept), rows)
    if prices:
        session.execute(insert(models.PriceChange), prices)
    return quantities


def _with_choices(listing: Listing, renamed: Mapping[UUID, tuple[str, ...]]) -> Listing:
    """The listing as if its variants had these choices already."""
    variants = (
        variant.model_copy(update={"choice": renamed.get(variant.id, variant.choice)}) for variant in listing.variants
    )
    return listing.model_copy(update={"variants": tuple(variants)})


def _free_choices(session: WriteSession, *, shop_id: UUID, variant_ids: Sequence[UUID]) -> None:
    """Let go of the choices of these variants, which are about to get others, perhaps one another's."""
    if variant_ids:
        table = models.Variant
        mine = (col(table.shop_id) == shop_id) & among(table.id, variant_ids)
        session.execute(update(table).where(mine).values(choice=func.array_append([""], cast(table.id, Text))))


def _slugs(session: WriteSession, *, shop_id: UUID, titles: Sequence[str]) -> Callable[[str], str]:
    """A function that gives each title an address nobody in the shop has."""
    listing = models.Listing
    in_shop = select(listing.slug).where(listing.shop_id == shop_id)
    bases = Counter(_slug(title) for title in titles)
    taken = set(session.exec(in_shop.where(col(listing.slug).in_(bases))))
    crowded = [base for base, count in bases.items() if count > 1 or base in taken]
    if crowded:
        unnumbered = func.regexp_replace(listing.slug, "-[0-9]+$", "")
        taken |= set(session.exec(in_shop.where(unnumbered.in_(crowded))))
    counts: dict[str, int] = {}

    def free(title: str) -> str:
        base = _slug(title)
        slug = base
        while slug in taken:
            counts[base] = counts.get(base, 1) + 1
            slug = f"{base}-{counts[base]}"
        taken.add(slug)
        return slug

    return free


def _slug(title: str) -> str:
    return slugify(title, max_length=80, word_boundary=True) or "listing"


def _tags(listing: Listing) -> tuple[str, str]:
    return f"listing:{listing.id}", f"listing:{listing.shop_slug}/{listing.slug}"


def _announce(session: WriteSession, *, shop: Shop, listing_ids: Sequence[UUID], known: Sequence[Listing]) -> None:
    poke(session, "catalog", f"shop:{shop.slug}", *(tag for listing in known for tag in _tags(listing)))
    _index(session, listing_ids)


def _index(session: WriteSession, listing_ids: Sequence[UUID]) -> None:
    _queue(session, "workers.search.reindex", listing_ids)


def _tell_followers(session: WriteSession, changed: Sequence[tuple[ListingDraft, Saved]]) -> None:
    """Whoever likes a listing hears that it costs less now."""
    cheaper = [
        done.listing_id for draft, done in changed if done.before and draft.lowest_price < done.before.lowest_price
    ]
    _queue(session, "workers.favourites.notify_price_drop", cheaper)


def _queue(session: WriteSession, job: str, listing_ids: Sequence[UUID]) -> None:
    for start in range(0, len(listing_ids), LISTINGS_A_JOB):
        some: list[JsonValue] = [str(listing_id) for listing_id in listing_ids[start : start + LISTINGS_A_JOB]]
        outbox.add(session, job, listing_ids=some)
