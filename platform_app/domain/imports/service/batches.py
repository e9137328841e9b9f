"""Apply the products of a batch to the shop's stored listings."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import MAX_LABEL, MAX_TAGS, Status
from platform_app.domain.catalog.schemas import Category, Listing, ListingInput
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules import categories, merging, products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import RowRefused
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.infra.db import WriteSession


@dataclass(frozen=True)
class Batch:
    """The products with their rows, the stored listings by key, and the new choices of stored variants."""

    built: list[tuple[list[Row], Product]]
    stored: dict[str, Listing]
    new_choices: dict[UUID, tuple[str, ...]]

    @property
    def inputs(self) -> list[ListingInput]:
        """The listings to save."""
        return [product.listing_input for _, product in self.built if product.listing_input]

    @property
    def slugs(self) -> dict[str, str]:
        """The slugs that listings had in another shop system, by key."""
        return {
            product.listing_input.key: product.slug
            for _, product in self.built
            if product.listing_input and product.slug
        }


def merge_with_stored(
    session: WriteSession, built: Iterable[tuple[list[Row], Product]], *, shop: Shop, lock: bool, as_drafts: bool
) -> Batch:
    """The batch with what its file leaves unsaid taken from the stored listings; `lock` keeps those as they are.

    With `as_drafts`, the file says nothing about the status: new listings are drafts.
    """
    parsed = list(built)
    if lock:
        shops.lock(session, shop_id=shop.id)
    keys = [product.listing_input.key for _, product in parsed if product.listing_input]
    stored = catalog.listings_by_key(session, shop_id=shop.id, keys=keys)
    tree = queries.categories(session)
    merged: list[tuple[list[Row], Product]] = []
    new_choices: dict[UUID, tuple[str, ...]] = {}
    for rows, product in parsed:
        if product.listing_input is None:
            merged.append((rows, product))
            continue
        listing = stored.get(product.listing_input.key)
        before = catalog.to_input(listing) if listing else None
        try:
            found = merging.merge(before, product.listing_input, product.given)
        except RowRefused as reason:
            merged.append((rows, products.refuse_all(rows, str(reason))))
            continue
        if listing:
            new_choices |= _new_choices(listing, found.listing_input, found.continued)
        assigned, lost = _assign_category(found.listing_input, tree)
        assigned, changed = _without_status(assigned, before) if as_drafts else (assigned, ())
        notes = (*product.notes, *found.notes, *lost, *changed)
        merged.append((rows, replace(product, listing_input=assigned, notes=notes)))
    return Batch(merged, stored, new_choices)


def restored_choices(stored: Mapping[str, Listing], inputs: Sequence[ListingInput]) -> dict[UUID, tuple[str, ...]]:
    """The choices that variants get back when their listings are restored."""
    found: dict[UUID, tuple[str, ...]] = {}
    for listing_input in inputs:
        listing = stored[listing_input.key]
        continued = merging.continued_variants(catalog.to_input(listing), listing_input)
        found |= _new_choices(listing, listing_input, continued)
    return found


def _new_choices(listing: Listing, after: ListingInput, continued: Sequence[int | None]) -> dict[UUID, tuple[str, ...]]:
    """The variants whose choice changes; one that is removed makes room for another with its choice."""
    choices = {
        listing.variants[index].id: variant.choice
        for variant, index in zip(after.variants, continued, strict=True)
        if index is not None
    }
    changed = {
        variant.id: choices[variant.id]
        for variant in listing.variants
        if variant.id in choices and choices[variant.id] != variant.choice
    }
    taken = set(changed.values())
    removed = (variant for variant in listing.variants if variant.id not in choices and variant.choice in taken)
    return changed | {variant.id: ("", str(variant.id)) for variant in removed}


def _without_status(listing_input: ListingInput, before: ListingInput | None) -> tuple[ListingInput, tuple[str, ...]]:
    """The listing as a draft, or with the status that it has; a remark if a new one would be another."""
    status = before.status if before else Status.DRAFT
    remarks = ("added as a draft",) if before is None and listing_input.status is not status else ()
    return listing_input.model_copy(update={"status": status}), remarks


def _assign_category(listing_input: ListingInput, tree: tuple[Category, ...]) -> tuple[ListingInput, tuple[str, ...]]:
    """Replace a category label by our category's slug; an unknown label becomes a tag, so that search finds it.

    What has no room is returned as remarks.
    """
    slug = categories.match(tree, listing_input.category)
    if slug or not listing_input.category:
        return listing_input.model_copy(update={"category": slug}), ()
    label = categories.last_step(listing_input.category)
    tags = listing_input.tags
    lost: tuple[str, ...] = ()
    if len(label) > MAX_LABEL:
        lost = (f'category "{label[:40]}" is not known here and too long for a tag, so it was left out',)
    elif label and label not in tags:
        lost = tuple(f'tag "{tag}" was left out to make room for the category' for tag in tags[MAX_TAGS - 1 :])
        tags = (*tags[: MAX_TAGS - 1], label)
    return listing_input.model_copy(update={"category": None, "tags": tags}), lost
