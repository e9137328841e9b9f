"""Apply a file's product to the stored listing: what the file does not say stays, and variants stay themselves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from platform_app.domain.catalog.rules import MAX_PICTURES
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports.rules.readings import Given, RowRefused

_LISTING_FIELDS = ("title", "description", "category", "condition", "status", "tags")
_MEASURES = ("barcode", "weight", "measure", "base_measure")
_VARIANT_FIELDS = ("sku", "price", "compare_at", "quantity", "picture", *_MEASURES)


@dataclass(frozen=True)
class Merged:
    """The listing to save, and for each of its variants the position of the stored variant that it continues."""

    listing_input: ListingInput
    continued: tuple[int | None, ...]
    notes: tuple[str, ...] = ()


def merge(before: ListingInput | None, after: ListingInput, given: Given) -> Merged:
    """The file's listing with what it leaves unsaid taken from the stored one; RowRefused if that is impossible."""
    if before is None:
        _require_prices(after.variants, given)
        return Merged(after, (None,) * len(after.variants))
    notes: tuple[str, ...] = ()
    fields: dict[str, object] = {name: getattr(before, name) for name in _LISTING_FIELDS if name not in given.fields}
    if "pictures" not in given.fields:  # those of variants may still be new
        gallery = _gallery(before, after)
        fields["pictures"] = gallery[:MAX_PICTURES]
        if len(gallery) > MAX_PICTURES:
            notes = (f"{len(gallery) - MAX_PICTURES:,} pictures over the limit of {MAX_PICTURES} were left out",)
    if given.attributes is not None:
        kept = {name: value for name, value in before.attributes.items() if name not in given.attributes}
        fields["attributes"] = kept | after.attributes
    if "options" in given.fields or not before.options:
        continued = continued_variants(before, after)
        variants = tuple(
            _with_stored(variant, None if index is None else before.variants[index], given)
            for variant, index in zip(after.variants, continued, strict=True)
        )
    else:
        continued = tuple(range(len(before.variants)))
        fields["options"] = before.options
        variants = _updated_by_sku(before, after, given)
    merged = after.model_copy(update={**fields, "variants": variants})
    return Merged(_with_pictures_of_variants(merged), continued, notes)


def continued_variants(before: ListingInput, after: ListingInput) -> tuple[int | None, ...]:
    """For each new variant the position of the stored one with its SKU, or else with its option values."""
    by_sku = {sku: index for sku, index in _unique_skus(before.variants).items() if sku in _unique_skus(after.variants)}
    found = [by_sku.get(variant.sku) for variant in after.variants]
    taken = {index for index in found if index is not None}
    by_choice = {
        frozenset(zip(before.options, variant.choice, strict=False)): index
        for index, variant in enumerate(before.variants)
        if index not in taken
    }
    for index, variant in enumerate(after.variants):
        if found[index] is None:
            found[index] = by_choice.pop(frozenset(zip(after.options, variant.choice, strict=False)), None)
    return tuple(found)


def _unique_skus(variants: Sequence[VariantInput]) -> Mapping[str, int]:
    counts = Counter(variant.sku for variant in variants)
    return {variant.sku: index for index, variant in enumerate(variants) if variant.sku and counts[variant.sku] == 1}


def _updated_by_sku(before: ListingInput, after: ListingInput, given: Given) -> tuple[VariantInput, ...]:
    """The stored variants, changed by the rows with their SKUs; the file has no option columns."""
    by_sku = _unique_skus(before.variants)
    changed = list(before.variants)
    for variant in after.variants:
        index = 0 if len(changed) == len(after.variants) == 1 else by_sku.get(variant.sku)
        if index is None:
            raise RowRefused(
                f"this listing has {len(changed):,} variants, and the file says neither their options nor a known SKU"
            )
        kept = before.variants[index]
        changed[index] = _with_stored(variant, kept, given).model_copy(update={"choice": kept.choice})
    return tuple(changed)


def _with_stored(variant: VariantInput, stored: VariantInput | None, given: Given) -> VariantInput:
    if stored is None:
        _require_prices((variant,), given)
        return variant
    kept = {name: getattr(stored, name) for name in _VARIANT_FIELDS if name not in given.fields}
    merged = variant.model_copy(update=kept)
    if merged.compare_at is not None and merged.compare_at <= merged.price:
        return merged.model_copy(update={"compare_at": None})
    return merged


def _require_prices(variants: Sequence[VariantInput], given: Given) -> None:
    if variants and "price" not in given.fields:
        raise RowRefused("is new here, and the file has no column with its price")


def _gallery(before: ListingInput, after: ListingInput) -> tuple[PictureInput, ...]:
    sources = {picture.source for picture in before.pictures}
    added = tuple(picture for picture in after.pictures if picture.source not in sources)
    return (*before.pictures, *added)


def _with_pictures_of_variants(listing_input: ListingInput) -> ListingInput:
    """The listing, its variants without pictures that it no longer shows."""
    sources = {picture.source for picture in listing_input.pictures}
    variants = tuple(
        variant
        if variant.picture is None or variant.picture in sources
        else variant.model_copy(update={"picture": None})
        for variant in listing_input.variants
    )
    return listing_input.model_copy(update={"variants": variants})
