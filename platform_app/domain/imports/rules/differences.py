"""The differences between two versions of a listing, in words for the seller."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from platform_app.domain.catalog import rules as catalog
from platform_app.domain.catalog.schemas import ListingInput, VariantInput
from platform_app.domain.shared import money

MAX_DIFFERENCES = 12  # per listing
EXCERPT_LENGTH = 120  # characters
_CONTEXT_LENGTH = 20  # characters before the first difference
_SIMPLE_FIELDS = ("title", "category", "condition", "status")


@dataclass(frozen=True)
class Difference:
    """One changed field."""

    field: str
    before: str
    after: str


def differences(before: ListingInput, after: ListingInput, *, currency: str) -> tuple[Difference, ...]:
    """The first differences between two versions of a listing, at most MAX_DIFFERENCES."""
    return tuple(islice(_all_differences(before, after, currency), MAX_DIFFERENCES))


def _all_differences(before: ListingInput, after: ListingInput, currency: str) -> Iterator[Difference]:
    for name in _SIMPLE_FIELDS:
        yield from _if_changed(name, str(getattr(before, name) or ""), str(getattr(after, name) or ""))
    yield from _variants(before, after, currency)
    yield from _description(before.description, after.description)
    yield from _if_changed("tags", ", ".join(before.tags), ", ".join(after.tags))
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        yield from _if_changed(name, before.attributes.get(name, ""), after.attributes.get(name, ""))
    yield from _if_changed("options", ", ".join(before.options), ", ".join(after.options))
    if before.pictures != after.pictures:
        yield Difference("pictures", str(len(before.pictures)), str(len(after.pictures)))


def _variants(before: ListingInput, after: ListingInput, currency: str) -> Iterator[Difference]:
    old_variants = {variant.choice: variant for variant in before.variants}
    new_variants = {variant.choice: variant for variant in after.variants}
    for choice, variant in new_variants.items():
        if choice not in old_variants:
            yield Difference(_variant_label("variant", choice), "", _price(variant.price, currency))
            continue
        old, new = _values(old_variants[choice], currency), _values(variant, currency)
        for name, value in new.items():
            yield from _if_changed(_variant_label(name, choice), old[name], value)
    for choice in old_variants.keys() - new_variants.keys():
        yield Difference(_variant_label("variant", choice), _price(old_variants[choice].price, currency), "")
    if list(old_variants) != list(new_variants) and old_variants.keys() == new_variants.keys():
        yield Difference("order of the variants", _choices(before), _choices(after))


def _values(variant: VariantInput, currency: str) -> dict[str, str]:
    return {
        "price": _price(variant.price, currency),
        "compare-at price": _price(variant.compare_at, currency),
        "quantity": "unlimited" if variant.quantity is None else str(variant.quantity),
        "SKU": variant.sku,
        "picture": variant.picture or "",
        "barcode": variant.barcode,
        "weight": variant.weight,
        "measure": variant.measure,
        "base measure": variant.base_measure,
    }


def _description(before: str, after: str) -> Iterator[Difference]:
    """Excerpts of both texts from shortly before the first difference."""
    if before == after:
        return
    old, new = catalog.plain_text(before), catalog.plain_text(after)
    if old == new:
        yield Difference("description", "same words, different formatting", "")
        return
    same = next((index for index, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, same - _CONTEXT_LENGTH)
    lead = "…" if start else ""
    yield Difference("description", lead + _truncate(old[start:]), lead + _truncate(new[start:]))


def _if_changed(name: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(name, _truncate(before), _truncate(after))


def _variant_label(name: str, choice: tuple[str, ...]) -> str:
    return f"{name} of {' / '.join(choice)}" if choice else name


def _choices(listing_input: ListingInput) -> str:
    return _truncate(", ".join(" / ".join(variant.choice) for variant in listing_input.variants))


def _price(amount: int | None, currency: str) -> str:
    return "" if amount is None else money.format_money(amount, currency)


def _truncate(text: str) -> str:
    return text if len(text) <= EXCERPT_LENGTH else text[: EXCERPT_LENGTH - 1].rstrip() + "…"
