"""What an import would change about a listing, in words a seller recognises."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from platform_app.domain.catalog import rules as catalog
from platform_app.domain.catalog.schemas import ListingDraft, VariantDraft
from platform_app.domain.shared import money

MOST = 12  # of one listing
EXCERPT = 120  # characters
_LEAD = 20  # characters before the first one that differs
_PLAIN = ("title", "category", "condition", "status")


@dataclass(frozen=True)
class Difference:
    """One thing that would be different."""

    field: str
    before: str
    after: str


def differences(before: ListingDraft, after: ListingDraft, *, currency: str) -> tuple[Difference, ...]:
    """The first of the things in which a listing would be different."""
    return tuple(islice(_all(before, after, currency), MOST))


def _all(before: ListingDraft, after: ListingDraft, currency: str) -> Iterator[Difference]:
    for name in _PLAIN:
        yield from _told(name, str(getattr(before, name) or ""), str(getattr(after, name) or ""))
    yield from _variants(before, after, currency)
    yield from _description(before.description, after.description)
    yield from _told("tags", ", ".join(before.tags), ", ".join(after.tags))
    for name in sorted(before.attributes.keys() | after.attributes.keys()):
        yield from _told(name, before.attributes.get(name, ""), after.attributes.get(name, ""))
    yield from _told("options", ", ".join(before.options), ", ".join(after.options))
    if before.pictures != after.pictures:
        yield Difference("pictures", str(len(before.pictures)), str(len(after.pictures)))


def _variants(before: ListingDraft, after: ListingDraft, currency: str) -> Iterator[Difference]:
    had = {variant.choice: variant for variant in before.variants}
    has = {variant.choice: variant for variant in after.variants}
    for choice, variant in has.items():
        if choice not in had:
            yield Difference(_named("variant", choice), "", _price(variant.price, currency))
            continue
        old, new = _values(had[choice], currency), _values(variant, currency)
        for name, value in new.items():
            yield from _told(_named(name, choice), old[name], value)
    for choice in had.keys() - has.keys():
        yield Difference(_named("variant", choice), _price(had[choice].price, currency), "")
    if list(had) != list(has) and had.keys() == has.keys():
        yield Difference("order of the variants", _choices(before), _choices(after))


def _values(variant: VariantDraft, currency: str) -> dict[str, str]:
    return {
        "price": _price(variant.price, currency),
        "compare-at price": _price(variant.compare_at, currency),
        "quantity": "not counted" if variant.quantity is None else str(variant.quantity),
        "SKU": variant.sku,
        "picture": variant.picture or "",
    }


def _description(before: str, after: str) -> Iterator[Difference]:
    """Both from shortly before the first character that differs."""
    if before == after:
        return
    old, new = catalog.plain_text(before), catalog.plain_text(after)
    if old == new:
        yield Difference("description", "the same words, laid out differently", "")
        return
    same = next((place for place, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    start = max(0, same - _LEAD)
    lead = "…" if start else ""
    yield Difference("description", lead + _cut(old[start:]), lead + _cut(new[start:]))


def _told(name: str, before: str, after: str) -> Iterator[Difference]:
    if before != after:
        yield Difference(name, _cut(before), _cut(after))


def _named(name: str, choice: tuple[str, ...]) -> str:
    return f"{name} of {' / '.join(choice)}" if choice else name


def _choices(draft: ListingDraft) -> str:
    return _cut(", ".join(" / ".join(variant.choice) for variant in draft.variants))


def _price(amount: int | None, currency: str) -> str:
    return "" if amount is None else money.display(amount, currency)


def _cut(text: str) -> str:
    return text if len(text) <= EXCERPT else text[: EXCERPT - 1].rstrip() + "…"
