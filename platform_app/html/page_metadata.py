"""What each page says about itself: to search engines, link previews, and visitors whose script has not run yet."""

from collections.abc import Mapping, Sequence

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category, Listing, Variant
from platform_app.domain.media.schemas import DemoProgress
from platform_app.domain.search.schemas import Alternatives, Card, Results, Showcase
from platform_app.domain.shared import money
from platform_app.domain.shared.money import Money
from platform_app.domain.shops.schemas import Shop
from platform_app.html.shell import JsonLd, PageMetadata, absolute_url
from platform_app.rest.media.pictures import picture_url

CategoryTree = Sequence[Category]
TAGLINE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."
MAX_SHOPS = 6  # on the front page
MAX_DESCRIPTION = 160  # characters a search engine shows
_CONDITIONS = {
    Condition.NEW: "NewCondition",
    Condition.LIKE_NEW: "UsedCondition",
    Condition.GOOD: "UsedCondition",
    Condition.REFURBISHED: "RefurbishedCondition",
}


def home(*, showcase: Showcase, shops: Sequence[Shop], demo: DemoProgress, tree: CategoryTree) -> PageMetadata:
    """The front page."""
    organization = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": "Plaza",
        "url": absolute_url("/"),
        "logo": absolute_url("/favicon.svg"),
    }
    values = {**_layout_context(tree), "found": showcase, "shops": shops[:MAX_SHOPS], "demo": demo.text}
    title = "Plaza · Good things from independent shops"
    return PageMetadata(title, TAGLINE, "/", "home.html", values, data=[organization])


def search(
    *,
    query: str,
    results: Results,
    alternatives: Alternatives,
    tree: CategoryTree,
    is_filtered: bool,
    is_narrowed: bool,
) -> PageMetadata:
    """Search results: for visitors, not for the index of another search engine."""
    heading = f"“{query}”" if query else "Everything"
    title = f"{query} · Plaza" if query else "Search · Plaza"
    values = {
        **_layout_context(tree, query=query),
        "heading": heading,
        "found": results.items,
        "count": results.total_text,
        "alternatives": alternatives,
        "is_narrowed": is_narrowed,
    }
    is_indexed = not query and not is_filtered
    return PageMetadata(title, "Search all shops on Plaza.", "/search", "results.html", values, is_indexed=is_indexed)


def category(
    *, category: Category, query: str, results: Results, tree: CategoryTree, is_filtered: bool, is_narrowed: bool
) -> PageMetadata:
    """A category; narrowed down, it is the same page to a search engine."""
    by_slug = {each.slug: each for each in tree}
    path = [by_slug[slug] for slug in category.path]
    non_empty = {count.value for count in results.facets.categories}
    subcategories = [by_slug[slug] for slug in category.children if slug in non_empty]
    values = {
        **_layout_context(tree, query=query),
        "heading": category.name,
        "path": path,
        "subcategories": subcategories,
        "found": results.items,
        "count": results.total_text,
        "is_narrowed": is_narrowed,
    }
    description = f"{category.name} from independent shops on Plaza: {results.total_text}."
    return PageMetadata(
        f"{category.name} · Plaza",
        description,
        f"/c/{category.slug}",
        "results.html",
        values,
        image=_first_picture(results.items),
        data=[_breadcrumbs([(each.name, f"/c/{each.slug}") for each in path])],
        is_indexed=not is_filtered,
    )


def shop(*, shop: Shop, results: Results, tree: CategoryTree, is_filtered: bool, is_narrowed: bool) -> PageMetadata:
    """A shop's own page."""
    path = f"/shops/{shop.slug}"
    store = {
        "@context": "https://schema.org",
        "@type": "Store",
        "name": shop.name,
        "description": shop.tagline,
        "url": absolute_url(path),
        "address": {"@type": "PostalAddress", "addressCountry": shop.country},
        **_logo(shop.mark),
    }
    values = {
        **_layout_context(tree),
        "shop": shop,
        "sections": [
            (anchor, name, text)
            for anchor, name, text in (
                ("about", "About the shop", shop.about),
                ("shipping", "Shipping", shop.shipping_policy),
                ("returns", "Returns", shop.returns_policy),
            )
            if text
        ],
        "found": results.items,
        "count": results.total_text,
        "is_narrowed": is_narrowed,
    }
    description = _truncate(shop.tagline or shop.about or f"{shop.name} on Plaza.")
    image = picture_url(shop.cover, 1600) if shop.cover else _first_picture(results.items)
    title = f"{shop.name} · Plaza"
    return PageMetadata(
        title, description, path, "results.html", values, image, data=[store], is_indexed=not is_filtered
    )


def listing(*, listing: Listing, related: Sequence[Card], tree: CategoryTree) -> PageMetadata:
    """A listing's page."""
    by_slug = {each.slug: each for each in tree}
    path = [by_slug[slug] for slug in by_slug[listing.category].path] if listing.category in by_slug else []
    variant = next((each for each in listing.variants if listing.can_be_bought(each)), listing.variants[0])
    picture = listing.ready_pictures[0] if listing.ready_pictures else None
    values = {
        **_layout_context(tree),
        "listing": listing,
        "path": path,
        "pictures": listing.ready_pictures,
        "price": Money(amount=variant.price, currency=listing.currency),
        "was": Money(amount=variant.former_price, currency=listing.currency) if variant.former_price else None,
        "saving": variant.discount_percent,
        "stock": rules.stock_label(variant.available),
        "in_stock": listing.can_be_bought(variant),
        "options": [
            (name, variant.choice[index], _option_values(listing, variant, index))
            for index, name in enumerate(listing.options)
        ],
        "description": rules.sanitize_html(listing.description),
        "related": related,
    }
    url_path = f"/shops/{listing.shop_slug}/{listing.slug}"
    breadcrumbs = [*((each.name, f"/c/{each.slug}") for each in path), (listing.title, url_path)]
    return PageMetadata(
        f"{listing.title} · {listing.shop_name} · Plaza",
        _truncate(rules.plain_text(listing.description) or f"{listing.title} from {listing.shop_name} on Plaza."),
        url_path,
        "listing.html",
        values,
        image=picture_url(picture.content or "", 400) if picture else "",
        kind="product",
        data=[_product(listing, url_path), _breadcrumbs(breadcrumbs)],
    )


def not_found(*, tree: CategoryTree, status: int = 404) -> PageMetadata:
    """What does not exist, or cannot be read just now."""
    title, description = "Not found · Plaza", "There is nothing at this address."
    return PageMetadata(
        title, description, "/", "not_found.html", _layout_context(tree), is_indexed=False, status=status
    )


def _layout_context(tree: CategoryTree, *, query: str = "") -> Mapping[str, object]:
    return {"menu": [each for each in tree if each.depth == 1], "query": query}


def _option_values(listing: Listing, selected: Variant, index: int) -> list[tuple[str, bool]]:
    """The values of an option, and whether each can be had with the others as they are shown."""
    buyable = {variant.choice for variant in listing.variants if variant.in_stock}
    before, after = selected.choice[:index], selected.choice[index + 1 :]
    values = dict.fromkeys(variant.choice[index] for variant in listing.variants)
    return [(value, (*before, value, *after) in buyable) for value in values]


def _product(listing: Listing, url_path: str) -> JsonLd:
    prices = [variant.price for variant in listing.variants]
    offer: dict[str, object] = {
        "@type": "Offer" if min(prices) == max(prices) else "AggregateOffer",
        "priceCurrency": listing.currency,
        "availability": "https://schema.org/"
        + ("InStock" if any(listing.can_be_bought(each) for each in listing.variants) else "OutOfStock"),
        "itemCondition": f"https://schema.org/{_CONDITIONS[listing.condition]}",
        "url": absolute_url(url_path),
        "seller": {"@type": "Organization", "name": listing.shop_name, **_logo(listing.shop_logo)},
    }
    if min(prices) == max(prices):
        offer["price"] = money.format_decimal(prices[0], listing.currency)
    else:
        offer["lowPrice"] = money.format_decimal(min(prices), listing.currency)
        offer["highPrice"] = money.format_decimal(max(prices), listing.currency)
        offer["offerCount"] = len(prices)
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": listing.title,
        "description": rules.plain_text(listing.description)[:5000],
        "image": [absolute_url(picture_url(picture.content or "", 400)) for picture in listing.ready_pictures],
        "sku": listing.variants[0].sku or str(listing.id),
        "url": absolute_url(url_path),
        "offers": offer,
    }


def _logo(content: str | None) -> dict[str, str]:
    return {"logo": absolute_url(picture_url(content, 400))} if content else {}


def _breadcrumbs(path: Sequence[tuple[str, str]]) -> JsonLd:
    items = [
        {"@type": "ListItem", "position": position, "name": name, "item": absolute_url(url_path)}
        for position, (name, url_path) in enumerate([("Home", "/"), *path], start=1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def _first_picture(cards: Sequence[Card]) -> str:
    return next((picture_url(card.picture.content, 400) for card in cards if card.picture), "")


def _truncate(text: str) -> str:
    collapsed = " ".join(text.split())
    return collapsed if len(collapsed) <= MAX_DESCRIPTION else collapsed[: MAX_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
