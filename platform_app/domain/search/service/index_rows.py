"""The search row of a listing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from platform_app.domain.catalog import rules as catalog_rules
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.exchange_rates.rules import Rates
from platform_app.domain.search import rules
from platform_app.domain.search.rules import analysis, facets
from platform_app.domain.search.schemas import Card, CardPicture
from platform_app.domain.shared.money import Money

MAX_DESCRIPTION = 20_000  # characters that are indexed


@dataclass(frozen=True)
class ComparablePrices:
    """Prices in the market's currency; `rates` are needed for those in another one."""

    currency: str
    rates: Rates | None

    def amount(self, price: Money) -> int:
        """The price in minor units of the market's currency."""
        if price.currency == self.currency or self.rates is None:
            return price.amount
        return self.rates.convert(price.amount, price.currency, to=self.currency)

    def own_amount(self, price: Money) -> int | None:
        """The price in minor units of its own currency, if that is not the market's."""
        return price.amount if price.currency != self.currency else None


def facet_values(listing: Listing) -> set[tuple[str, str]]:
    """The values of filters that a listing has, as (name, value) in the seller's spelling."""
    return {(name, value) for facts, _ in _variant_facts(listing) for name, found in facts.items() for value in found}


def index_row(
    listing: Listing,
    *,
    tree: Mapping[str, Category],
    labels: Mapping[tuple[str, str], str],
    prices: ComparablePrices,
    now: datetime,
) -> dict[str, Any]:
    """The row as JSON values; `labels` are how facet values are shown, by name and key.

    Its card has the version of how it was made.
    """
    path = tree[listing.category].path if listing.category else ()
    card = _card(listing)
    description = catalog_rules.plain_text(listing.description)
    variants = [
        (named, is_available) for facts, is_available in _variant_facts(listing) for named in _shown(facts, labels)
    ]
    return {
        "shop_id": listing.shop_id,
        "listing_id": listing.id,
        "categories": path,
        "facets": sorted({key for named, is_on in variants for key in facets.fact_keys(named, is_available=is_on)}),
        "combinations": sorted(
            {key for named, is_on in variants for key in facets.combination_keys(named, is_available=is_on)}
        ),
        "condition": listing.condition,
        "price_min": prices.amount(card.price),
        "price_max": prices.amount(card.price_max),
        "own_price": prices.own_amount(card.price),
        "in_stock": card.in_stock,
        "quality": rules.quality(
            pictures=len(listing.ready_pictures),
            in_stock=card.in_stock,
            described=len(description) > 80,
            age_days=(now - listing.created_at).total_seconds() / 86_400,
        ),
        "listed_at": listing.created_at,
        "card": {**card.model_dump(mode="json"), "analysis": rules.index_version(prices.currency)},
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
    code_words = dict.fromkeys(word for code in codes for word in analysis.code_words(code))
    keys += [form for word in code_words for form in analysis.forms(word, (listing.language,))]
    return analysis.document([*fields, (description, "D")], language=listing.language, keys=keys)


def _variant_facts(listing: Listing) -> list[tuple[dict[str, list[str]], bool]]:
    """The facts of each variant, and whether it can be bought: its choices replace the listing's attributes."""
    shared = facets.facts(listing.attributes.items())
    return [
        (shared | facets.facts(zip(listing.options, variant.choice, strict=False)), listing.can_be_bought(variant))
        for variant in listing.variants
    ]


def _shown(facts: Mapping[str, Sequence[str]], labels: Mapping[tuple[str, str], str]) -> Iterator[dict[str, str]]:
    """A variant's single facts in the spelling in which they are shown."""
    return facets.single_facts(
        {name: list({labels[name, facets.key(name, value)]: None for value in found}) for name, found in facts.items()}
    )


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
