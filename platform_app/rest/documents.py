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
from platform_app.rest.html import Document, JsonLd, absolute
from platform_app.rest.media import picture_url

Tree = Sequence[Category]
PROMISE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."
SHOPS = 6  # on the front page
DESCRIBED = 160  # characters a search engine shows
_CONDITIONS = {
    Condition.NEW: "NewCondition",
    Condition.LIKE_NEW: "UsedCondition",
    Condition.GOOD: "UsedCondition",
    Condition.REFURBISHED: "RefurbishedCondition",
}


def home(*, found: Showcase, shops: Sequence[Shop], demo: DemoProgress, tree: Tree) -> Document:
    """The front page."""
    organization = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": "Plaza",
        "url": absolute("/"),
        "logo": absolute("/favicon.svg"),
    }
    values = {**_around(tree), "found": found, "shops": shops[:SHOPS], "demo": demo.text}
    title = "Plaza · Good things from independent shops"
    return Document(title, PROMISE, "/", "home.html", values, data=[organization])


def search(
    *, query: str, found: Results, instead: Alternatives, tree: Tree, is_filtered: bool, is_narrowed: bool
) -> Document:
    """Search results: for visitors, not for the index of another search engine."""
    heading = f"“{query}”" if query else "Everything"
    title = f"{query} · Plaza" if query else "Search · Plaza"
    values = {
        **_around(tree, query=query),
        "heading": heading,
        "found": found.items,
        "count": found.total_text,
        "instead": instead,
        "is_narrowed": is_narrowed,
    }
    is_indexed = not query and not is_filtered
    return Document(title, "Search all shops on Plaza.", "/search", "results.html", values, is_indexed=is_indexed)


def category(
    *, place: Category, query: str, found: Results, tree: Tree, is_filtered: bool, is_narrowed: bool
) -> Document:
    """A category; narrowed down, it is the same page to a search engine."""
    known = {each.slug: each for each in tree}
    path = [known[slug] for slug in place.path]
    counted = {count.value for count in found.facets.categories}
    below = [known[slug] for slug in place.children if slug in counted]
    values = {
        **_around(tree, query=query),
        "heading": place.name,
        "path": path,
        "below": below,
        "found": found.items,
        "count": found.total_text,
        "is_narrowed": is_narrowed,
    }
    description = f"{place.name} from independent shops on Plaza: {found.total_text}."
    return Document(
        f"{place.name} · Plaza",
        description,
        f"/c/{place.slug}",
        "results.html",
        values,
        image=_first_picture(found.items),
        data=[_breadcrumbs([(each.name, f"/c/{each.slug}") for each in path])],
        is_indexed=not is_filtered,
    )


def shop(*, shop: Shop, found: Results, tree: Tree, is_filtered: bool, is_narrowed: bool) -> Document:
    """A shop's own page."""
    path = f"/shops/{shop.slug}"
    store = {
        "@context": "https://schema.org",
        "@type": "Store",
        "name": shop.name,
        "description": shop.tagline,
        "url": absolute(path),
        "address": {"@type": "PostalAddress", "addressCountry": shop.country},
        **_logo(shop.mark),
    }
    values = {
        **_around(tree),
        "shop": shop,
        "words": [
            (anchor, name, text)
            for anchor, name, text in (
                ("about", "About the shop", shop.about),
                ("shipping", "Shipping", shop.shipping_policy),
                ("returns", "Returns", shop.returns_policy),
            )
            if text
        ],
        "found": found.items,
        "count": found.total_text,
        "is_narrowed": is_narrowed,
    }
    description = _shortened(shop.tagline or shop.about or f"{shop.name} on Plaza.")
    image = picture_url(shop.cover, 1600) if shop.cover else _first_picture(found.items)
    title = f"{shop.name} · Plaza"
    return Document(title, description, path, "results.html", values, image, data=[store], is_indexed=not is_filtered)


def listing(*, listing: Listing, related: Sequence[Card], tree: Tree) -> Document:
    """A listing's page."""
    known = {each.slug: each for each in tree}
    path = [known[slug] for slug in known[listing.category].path] if listing.category in known else []
    shown = next((each for each in listing.variants if listing.can_be_bought(each)), listing.variants[0])
    picture = listing.shown_pictures[0] if listing.shown_pictures else None
    values = {
        **_around(tree),
        "listing": listing,
        "path": path,
        "pictures": listing.shown_pictures,
        "price": Money(amount=shown.price, currency=listing.currency),
        "was": Money(amount=shown.was, currency=listing.currency) if shown.was else None,
        "saving": shown.saving,
        "stock": rules.stock_text(shown.available),
        "in_stock": listing.can_be_bought(shown),
        "options": [
            (name, shown.choice[place], _values(listing, shown, place)) for place, name in enumerate(listing.options)
        ],
        "description": rules.safe_html(listing.description),
        "related": related,
    }
    address = f"/shops/{listing.shop_slug}/{listing.slug}"
    crumbs = [*((each.name, f"/c/{each.slug}") for each in path), (listing.title, address)]
    return Document(
        f"{listing.title} · {listing.shop_name} · Plaza",
        _shortened(rules.plain_text(listing.description) or f"{listing.title} from {listing.shop_name} on Plaza."),
        address,
        "listing.html",
        values,
        image=picture_url(picture.content or "", 400) if picture else "",
        kind="product",
        data=[_product(listing, address), _breadcrumbs(crumbs)],
    )


def missing(*, tree: Tree, status: int = 404) -> Document:
    """What does not exist, or cannot be read just now."""
    title, description = "Not found · Plaza", "There is nothing at this address."
    return Document(title, description, "/", "missing.html", _around(tree), is_indexed=False, status=status)


def _around(tree: Tree, *, query: str = "") -> Mapping[str, object]:
    return {"menu": [each for each in tree if each.depth == 1], "query": query}


def _values(listing: Listing, shown: Variant, place: int) -> list[tuple[str, bool]]:
    """The values of an option, and whether each can be had with the others as they are shown."""
    buyable = {variant.choice for variant in listing.variants if variant.in_stock}
    before, after = shown.choice[:place], shown.choice[place + 1 :]
    values = dict.fromkeys(variant.choice[place] for variant in listing.variants)
    return [(value, (*before, value, *after) in buyable) for value in values]


def _product(listing: Listing, address: str) -> JsonLd:
    prices = [variant.price for variant in listing.variants]
    offer: dict[str, object] = {
        "@type": "Offer" if min(prices) == max(prices) else "AggregateOffer",
        "priceCurrency": listing.currency,
        "availability": "https://schema.org/"
        + ("InStock" if any(listing.can_be_bought(each) for each in listing.variants) else "OutOfStock"),
        "itemCondition": f"https://schema.org/{_CONDITIONS[listing.condition]}",
        "url": absolute(address),
        "seller": {"@type": "Organization", "name": listing.shop_name, **_logo(listing.shop_mark)},
    }
    if min(prices) == max(prices):
        offer["price"] = money.decimal_text(prices[0], listing.currency)
    else:
        offer["lowPrice"] = money.decimal_text(min(prices), listing.currency)
        offer["highPrice"] = money.decimal_text(max(prices), listing.currency)
        offer["offerCount"] = len(prices)
    return {
        "@context": "https://schema.org",
        "@type": "Product",
        "name": listing.title,
        "description": rules.plain_text(listing.description)[:5000],
        "image": [absolute(picture_url(picture.content or "", 400)) for picture in listing.shown_pictures],
        "sku": listing.variants[0].sku or str(listing.id),
        "url": absolute(address),
        "offers": offer,
    }


def _logo(mark: str | None) -> dict[str, str]:
    return {"logo": absolute(picture_url(mark, 400))} if mark else {}


def _breadcrumbs(path: Sequence[tuple[str, str]]) -> JsonLd:
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": absolute(address)}
        for place, (name, address) in enumerate([("Home", "/"), *path], start=1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def _first_picture(found: Sequence[Card]) -> str:
    return next((picture_url(card.picture.content, 400) for card in found if card.picture), "")


def _shortened(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= DESCRIBED else words[: DESCRIBED - 1].rsplit(" ", 1)[0] + "…"
