"""Each page's title, description, structured data and content, for search engines, previews and the first paint."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition
from platform_app.domain.catalog.schemas import Category, Listing
from platform_app.domain.media.schemas import DemoProgress
from platform_app.domain.search.schemas import Alternatives, Card, Results, Showcase
from platform_app.domain.sections.schemas import ShopSection
from platform_app.domain.shared import money
from platform_app.domain.shared.query_strings import href
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.sitepages.schemas import SitePage
from platform_app.html.shell import JsonLd, PageMetadata, absolute_url
from platform_app.presenters import catalog as catalog_presenters
from platform_app.presenters import search as search_presenters
from platform_app.presenters import shops as shop_presenters
from platform_app.presenters import sitepages as site_page_presenters
from platform_app.presenters.shared import LinkView
from platform_app.rest.media.pictures import picture_url

CategoryTree = Sequence[Category]
TAGLINE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."
MAX_DESCRIPTION = 160  # the number of characters that search engines show
_CONDITIONS = {
    Condition.NEW: "NewCondition",
    Condition.LIKE_NEW: "UsedCondition",
    Condition.GOOD: "UsedCondition",
    Condition.REFURBISHED: "RefurbishedCondition",
}


@dataclass(frozen=True)
class ResultList:
    """What a page lists: the results for the filters in its URL, and what to offer if there are none."""

    filters: Mapping[str, Sequence[str]]
    results: Results
    alternatives: Alternatives
    has_query_string: bool  # search engines see the page without one

    @property
    def query(self) -> str:
        """The words that were searched for."""
        return next(iter(self.filters.get("q", ())), "")


def home(*, showcase: Showcase, shops: Sequence[Shop], demo: DemoProgress, tree: CategoryTree) -> PageMetadata:
    """The home page."""
    organization = {
        "@context": "https://schema.org",
        "@type": "Organization",
        "name": "Plaza",
        "url": absolute_url("/"),
        "logo": absolute_url("/favicon.svg"),
    }
    values = {
        **_layout_context(tree),
        "hero": search_presenters.cards(showcase.hero),
        "newest": search_presenters.cards(showcase.newest),
        "shops": shop_presenters.newest(shops),
        "demo": demo.text,
    }
    title = "Plaza · Good things from independent shops"
    return PageMetadata(title, TAGLINE, "/", "home.html", values, data=[organization])


def search(*, listed: ResultList, tree: CategoryTree) -> PageMetadata:
    """Search results; they are not for other search engines' indexes."""
    title = search_presenters.page_title(listed.query, "Search")
    values = {
        **_layout_context(tree, query=listed.query),
        **_results_context(listed, path="/search"),
        "heading": f"“{listed.query}”" if listed.query else "Everything",
    }
    return PageMetadata(
        title, "Search all shops on Plaza.", "/search", "results.html", values, is_indexed=not listed.has_query_string
    )


def category(*, category: Category, listed: ResultList, tree: CategoryTree) -> PageMetadata:
    """A category; with filters, search engines see it as the same page."""
    by_slug = {each.slug: each for each in tree}
    path = catalog_presenters.breadcrumbs(category, tree)
    non_empty = {count.value for count in listed.results.facets.categories}
    values = {
        **_layout_context(tree, query=listed.query),
        **_results_context(listed, path=f"/c/{category.slug}"),
        "category": category.name,
        "breadcrumbs": path[:-1],
        "subcategories": [
            LinkView(by_slug[slug].name, f"/c/{slug}") for slug in category.children if slug in non_empty
        ],
    }
    description = f"{category.name} from independent shops on Plaza: {listed.results.total_text}."
    return PageMetadata(
        search_presenters.page_title(listed.query, category.name, in_place=True),
        description,
        f"/c/{category.slug}",
        "results.html",
        values,
        image=_first_picture(listed.results.items),
        data=[_breadcrumbs(path)],
        is_indexed=not listed.has_query_string,
    )


def shop(
    *,
    shop: Shop,
    followers: int,
    shop_sections: Sequence[ShopSection],
    listed: ResultList,
    tree: CategoryTree,
) -> PageMetadata:
    """A shop's page."""
    path, view = f"/shops/{shop.slug}", shop_presenters.shop(shop)
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
        **_results_context(listed, path=path, shop=shop.slug),
        "shop": view,
        "other_filters": search_presenters.other_filters(listed.filters),
        "section_links": shop_presenters.section_links(shop_sections, path=path, filters=listed.filters),
        "followers": shop_presenters.followers(followers),
        "sections": [
            (anchor, name, text)
            for anchor, name, text in (
                ("about", "About the shop", view.about),
                ("shipping", "Shipping", view.shipping),
                ("returns", "Returns", view.returns),
            )
            if text
        ],
    }
    description = _truncate(shop.tagline or shop.about or f"{shop.name} on Plaza.")
    image = picture_url(shop.cover, 1600) if shop.cover else _first_picture(listed.results.items)
    title = search_presenters.page_title(listed.query, shop.name, in_place=True)
    return PageMetadata(
        title, description, path, "results.html", values, image, data=[store], is_indexed=not listed.has_query_string
    )


def listing(*, listing: Listing, related: Sequence[Card], tree: CategoryTree, chosen: str = "") -> PageMetadata:
    """A listing's page; `chosen` has the values of the variant in the URL."""
    view = catalog_presenters.listing(listing)
    variant = view.variants[catalog_presenters.chosen_variant(view, chosen)]
    path = catalog_presenters.breadcrumbs(next((each for each in tree if each.slug == listing.category), None), tree)
    values = {
        **_layout_context(tree),
        "listing": view,
        "variant": variant,
        "chosen_path": href(f"/shops/{listing.shop_slug}/{listing.slug}", {"variant": chosen}),
        "shown_picture": max(0, variant.picture) if chosen else 0,
        "breadcrumbs": path,
        "options": [
            (
                option.name,
                option.labels[variant.choice[index]],
                catalog_presenters.option_values(view, index, choice=variant.choice),
            )
            for index, option in enumerate(view.options)
        ],
        "related": search_presenters.cards(related),
    }
    url_path = f"/shops/{listing.shop_slug}/{listing.slug}"
    picture = listing.ready_pictures[0] if listing.ready_pictures else None
    return PageMetadata(
        f"{listing.title} · {listing.shop_name} · Plaza",
        _truncate(rules.plain_text(listing.description) or f"{listing.title} from {listing.shop_name} on Plaza."),
        url_path,
        "listing.html",
        values,
        image=picture_url(picture.content or "", 400) if picture else "",
        kind="product",
        data=[_product(listing, url_path), _breadcrumbs([*path, LinkView(listing.title, url_path)])],
    )


def ended_listing(*, listing: Listing, related: Sequence[Card], tree: CategoryTree) -> PageMetadata:
    """The page of a listing that is no longer for sale; 410 tells crawlers to forget it."""
    view = catalog_presenters.ended_listing(listing)
    values = {**_layout_context(tree), "listing": view, "related": search_presenters.cards(related)}
    return PageMetadata(
        f"{listing.title} · {listing.shop_name} · Plaza",
        view.reason,
        f"/shops/{listing.shop_slug}/{listing.slug}",
        "ended.html",
        values,
        is_indexed=False,
        status=410,
    )


def site_page(*, page: SitePage, tree: CategoryTree) -> PageMetadata:
    """A page that the operator writes."""
    return PageMetadata(
        site_page_presenters.title(page),
        _truncate(rules.plain_text(page.text)),
        f"/pages/{page.slug}",
        "site_page.html",
        {**_layout_context(tree), "page": site_page_presenters.site_page(page)},
    )


def not_found(*, tree: CategoryTree, status: int = 404) -> PageMetadata:
    """The page for a URL that does not exist, or that cannot be read at the moment."""
    title, description = "Not found · Plaza", "There is nothing at this address."
    return PageMetadata(
        title, description, "/", "not_found.html", _layout_context(tree), is_indexed=False, status=status
    )


def _layout_context(tree: CategoryTree, *, query: str = "") -> Mapping[str, object]:
    return {
        "menu": catalog_presenters.category_menu(tree),
        "site_pages": site_page_presenters.FOOTER_LINKS,
        "query": query,
        "has_search": False,
    }


def _results_context(listed: ResultList, *, path: str, shop: str = "") -> Mapping[str, object]:
    """The context that all result pages share; each page overrides parts of it."""
    return {
        "shop": None,
        "category": "",
        "heading": "",
        "sections": [],
        "subcategories": [],
        "listings": search_presenters.cards(listed.results.items),
        "count": listed.results.total_text,
        "words": listed.query,
        "correction": search_presenters.correction(listed.results.correction, path=path, filters=listed.filters),
        "zero_results": search_presenters.zero_results(listed.alternatives, filters=listed.filters, shop=shop),
        "is_narrowed": bool(
            listed.filters.keys() - ({"as_typed", "section", "sort"} if shop else {"q", "as_typed", "sort"})
        ),
    }


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
        **_shipping_details(listing),
        **_return_policy(listing),
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


def _shipping_details(listing: Listing) -> dict[str, object]:
    """What delivery within the shop's country costs, and how long it takes; nothing if the shop does not say."""
    terms = listing.delivery_terms
    if terms.delivery_cost is None:
        return {}
    is_free = terms.free_delivery_from is not None and listing.lowest_price >= terms.free_delivery_from
    cost = 0 if is_free else terms.delivery_cost
    details: dict[str, object] = {
        "@type": "OfferShippingDetails",
        "shippingRate": {
            "@type": "MonetaryAmount",
            "value": money.format_decimal(cost, listing.currency),
            "currency": listing.currency,
        },
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": listing.shop_country},
    }
    if terms.delivery_days_to is not None:
        days = {"minValue": terms.delivery_days_from, "maxValue": terms.delivery_days_to, "unitCode": "DAY"}
        transit = {"@type": "QuantitativeValue", **days}
        details["deliveryTime"] = {"@type": "ShippingDeliveryTime", "transitTime": transit}
    return {"shippingDetails": details}


def _return_policy(listing: Listing) -> dict[str, object]:
    days = listing.delivery_terms.returns_days
    if days is None:
        return {}
    policy: dict[str, object] = {"@type": "MerchantReturnPolicy", "applicableCountry": listing.shop_country}
    if days == 0:
        policy["returnPolicyCategory"] = "https://schema.org/MerchantReturnNotPermitted"
    else:
        policy["returnPolicyCategory"] = "https://schema.org/MerchantReturnFiniteReturnWindow"
        policy["merchantReturnDays"] = days
    return {"hasMerchantReturnPolicy": policy}


def _logo(content: str | None) -> dict[str, str]:
    return {"logo": absolute_url(picture_url(content, 400))} if content else {}


def _breadcrumbs(path: Sequence[LinkView]) -> JsonLd:
    items = [
        {"@type": "ListItem", "position": position, "name": link.label, "item": absolute_url(link.href)}
        for position, link in enumerate([LinkView("Home", "/"), *path], start=1)
    ]
    return {"@context": "https://schema.org", "@type": "BreadcrumbList", "itemListElement": items}


def _first_picture(cards: Sequence[Card]) -> str:
    return next((picture_url(card.picture.content, 400) for card in cards if card.picture), "")


def _truncate(text: str) -> str:
    collapsed = " ".join(text.split())
    return collapsed if len(collapsed) <= MAX_DESCRIPTION else collapsed[: MAX_DESCRIPTION - 1].rsplit(" ", 1)[0] + "…"
