"""The search row of a listing."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from platform_app.domain.catalog import rules as catalog_rules
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.search import rules
from platform_app.domain.search.rules import analysis
from platform_app.domain.search.schemas import Card, CardPicture
from platform_app.domain.shared.money import Money

MAX_DESCRIPTION = 20_000  # characters that are indexed


def index_row(listing: Listing, *, tree: Mapping[str, Category], now: datetime) -> dict[str, Any]:
    """The row as JSON values; its card has the version of the analysis that made its words."""
    path = tree[listing.category].path if listing.category else ()
    card = _card(listing)
    description = catalog_rules.plain_text(listing.description)
    return {
        "shop_id": listing.shop_id,
        "listing_id": listing.id,
        "categories": path,
        "facets": sorted({key for facts in _variant_facts(listing) for key in rules.facet_keys(facts)}),
        "combinations": sorted({key for facts in _variant_facts(listing) for key in rules.combination_keys(facts)}),
        "condition": listing.condition,
        "price_min": card.price.amount,
        "price_max": card.price_max.amount,
        "in_stock": card.in_stock,
        "quality": rules.quality(
            pictures=len(listing.ready_pictures),
            in_stock=card.in_stock,
            described=len(description) > 80,
            age_days=(now - listing.created_at).total_seconds() / 86_400,
        ),
        "listed_at": listing.created_at,
        "card": {**card.model_dump(mode="json"), "analysis": analysis.VERSION},
        "document": _document(listing, labels=_labels(listing, tree), description=description[:MAX_DESCRIPTION]),
    }


def words(listing: Listing, *, tree: Mapping[str, Category]) -> Iterator[str]:
    """The words of a listing that completions and corrections can offer."""
    yield from analysis.lexicon(listing.title)
    for label in _labels(listing, tree):
        yield from analysis.lexicon(label)


def _labels(listing: Listing, tree: Mapping[str, Category]) -> list[str]:
    """What a listing is filed under: its tags, categories, shop, brand and model."""
    path = tree[listing.category].path if listing.category else ()
    named = [value for name, value in listing.attributes.items() if rules.is_name(name)]
    return [*listing.tags, *(tree[slug].name for slug in path), listing.shop_name, *named]


def _document(listing: Listing, *, labels: Iterable[str], description: str) -> str:
    """The words by weight: title; labels; attributes and options; description. Codes and the title are keys, too."""
    codes = dict.fromkeys(code for variant in listing.variants for code in (variant.sku, variant.barcode) if code)
    choices = dict.fromkeys(value for variant in listing.variants for value in variant.choice)
    fields = [(listing.title, "A"), *((text, "B") for text in labels)]
    fields += [(text, "C") for text in (*listing.attributes.values(), *choices)]
    keys = [key for key in (analysis.exact_key(listing.title),) if key]
    keys += [word for code in codes for word in analysis.code_words(code)]
    return analysis.document([*fields, (description, "D")], language=listing.language, keys=keys)


def _variant_facts(listing: Listing) -> list[dict[str, str]]:
    """The facts of each variant: the listing's attributes, overridden by the variant's choices."""
    shared = _facet_values(listing.attributes.items())
    return [shared | _facet_values(zip(listing.options, variant.choice, strict=False)) for variant in listing.variants]


def _facet_values(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    return {name: value.strip() for label, value in pairs if (name := rules.facet_name(label)) and value.strip()}


def _card(listing: Listing) -> Card:
    cheapest = min(listing.variants, key=lambda variant: variant.price)
    compare_at = cheapest.compare_at
    picture = listing.ready_pictures[0] if listing.ready_pictures else None
    return Card(
        id=listing.id,
        slug=listing.slug,
        title=listing.title,
        shop_slug=listing.shop_slug,
        shop_name=listing.shop_name,
        price=Money(amount=listing.lowest_price, currency=listing.currency),
        price_max=Money(amount=max(variant.price for variant in listing.variants), currency=listing.currency),
        compare_at=Money(amount=compare_at, currency=listing.currency) if compare_at else None,
        condition=listing.condition,
        in_stock=any(listing.can_be_bought(variant) for variant in listing.variants),
        holiday_until=listing.holiday_until,
        picture=CardPicture.model_validate(picture.model_dump(include={"content", "width", "height", "colour", "alt"}))
        if picture
        else None,
    )
