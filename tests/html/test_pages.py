"""The HTML of a page before any script runs."""

import html
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app import main
from platform_app.domain.catalog import queries
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.rules import sanitize_html
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.media import service as media
from platform_app.domain.media.schemas import StoredPicture
from platform_app.domain.sections import service as sections
from platform_app.domain.sitepages import service as sitepages
from platform_app.domain.sitepages.rules import Slug
from platform_app.domain.sitepages.rules.default_texts import DEFAULT_PAGES
from platform_app.domain.stock.rules import Reason
from platform_app.html import pages
from platform_app.html.frontend import Frontend
from platform_app.infra import cache, db
from platform_app.presenters.sitepages import FOOTER_LINKS
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.factories import NOW, make_draft, make_listing, make_owner, make_pictures, make_shop
from tests.html import structured_data

pytestmark = pytest.mark.usefixtures("clean")
CONTENT = "cd" * 32
SHELL = """<!DOCTYPE html><html><head><title>Old</title><meta content="x" name="description"/>
<link rel="modulepreload" href="/assets/root-C.js"/></head><body><section></section>
<script type="module" async="">import "/assets/root-C.js";</script></body></html>"""
HOSTILE = 'Mug </script><script>alert(1)</script> "&<b>'


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    """A client without JavaScript."""
    for name in ("index.html", "__spa-fallback.html"):
        (tmp_path / name).write_text(SHELL)
    cache.set_listening(False)
    cache._redis.cache_clear()
    app = rest.build()
    app.include_router(pages.build_router(Frontend(tmp_path), main.shell_pages()))
    with TestClient(RequestMiddleware(app), raise_server_exceptions=False) as one:
        yield one
        assert one.portal is not None
        one.portal.call(cache._redis().aclose)
    cache._redis.cache_clear()


@pytest.fixture
def mug() -> Listing:
    """A listing with hostile texts."""
    with db.writing() as session:
        catalog.seed_categories(session, tree=[("home", "Home", None, 0, "lamp"), ("mugs", "Mugs", "home", 0, "")])
        shop = make_shop(session)
        stored = StoredPicture(content=CONTENT, width=640, height=800, colour="#aabbcc")
        make_pictures(session, shop=shop, pictures={"content:a": stored})
        return make_listing(
            session,
            shop=shop,
            key="wicked",
            title=HOSTILE,
            category="mugs",
            description="<p>Holds tea.</p><script>steal()</script>",
            options=("Size",),
            variants=(
                VariantInput(choice=("S",), price=2000, compare_at=2500, quantity=2),
                VariantInput(choice=("L",), price=2400, quantity=0),
            ),
            pictures=({"source": "content:a", "alt": "A mug"},),
        )


def offers(product: Mapping[str, object]) -> dict[str, Any]:
    found = product["offers"]
    assert isinstance(found, dict)
    return found


def json_ld(body: str) -> list[dict[str, object]]:
    """The structured data of a page."""
    return [json.loads(each) for each in re.findall(r'<script type="application/ld\+json">(.*?)</script>', body)]


def test_a_listing_is_complete_without_scripts(client: TestClient, mug: Listing) -> None:
    body = client.get(f"/shops/clay-and-co/{mug.slug}").text
    assert body.count("<title>") == 1
    assert "alert(1)</script>" not in body
    assert "steal" not in body
    for part in (
        "$20.00",
        "Was </span>$25.00</s>",
        "Save 20%",
        "<p>Holds tea.</p>",
        f"/media/pictures/{CONTENT}/640.webp",
        'alt="A mug"',
        "Only 2 left",
    ):
        assert part in body
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/shops/clay-and-co/{mug.slug}">' in body
    assert body.index('<body><div id="first-paint">') < body.index("<section></section>")


def test_a_listing_has_metadata_and_structured_data(client: TestClient, mug: Listing) -> None:
    product, crumbs = json_ld(client.get(f"/shops/clay-and-co/{mug.slug}").text)
    assert (product["@type"], product["name"]) == ("Product", HOSTILE)
    offers = product["offers"]
    assert isinstance(offers, dict)
    assert (offers["@type"], offers["lowPrice"], offers["highPrice"], offers["priceCurrency"]) == (
        "AggregateOffer",
        "20.00",
        "24.00",
        "USD",
    )
    assert offers["availability"] == "https://schema.org/InStock"
    items = crumbs["itemListElement"]
    assert isinstance(items, list)
    assert [(each["position"], each["name"]) for each in items] == [(1, "Home"), (2, "Home"), (3, "Mugs"), (4, HOSTILE)]


@pytest.mark.parametrize(
    ("path", "kinds"),
    [
        ("/", ["Organization"]),
        ("/search", []),
        ("/c/mugs", ["BreadcrumbList"]),
        ("/shops/clay-and-co", ["Store"]),
        ("/shops/clay-and-co/{slug}", ["Product", "BreadcrumbList"]),
    ],
)
def test_structured_data_is_valid_for_search_engines(
    client: TestClient, mug: Listing, path: str, kinds: list[str]
) -> None:
    found = json_ld(client.get(path.format(slug=mug.slug)).text)
    assert [each["@type"] for each in found] == kinds
    assert [structured_data.problems(each, is_root=True) for each in found] == [[]] * len(kinds)


def test_a_shop_shows_its_logo_and_banner_and_names_the_logo_in_structured_data(client: TestClient) -> None:
    logo_key, banner_key = "1" * 64, "2" * 64
    with db.writing() as session:
        shop = make_shop(session, mark=logo_key, cover=banner_key)
        session.execute(text("UPDATE shop SET cover_alt = 'Shelves \"of\" mugs'"))
        mug = make_listing(session, shop=shop)
    body = client.get("/shops/clay-and-co").text
    banner = re.search(rf'<img src="/media/pictures/{banner_key}/800.webp" [^>]*>', body)
    assert banner is not None
    assert 'alt="Shelves &#34;of&#34; mugs" width="1600" height="533" fetchpriority="high"' in banner.group()
    assert (
        f'srcset="/media/pictures/{banner_key}/800.webp 800w, /media/pictures/{banner_key}/1600.webp 1600w"'
        in banner.group()
    )
    logo = f"http://127.0.0.1:8000/media/pictures/{logo_key}/400.webp"
    (store,) = json_ld(body)
    assert (store["logo"], structured_data.problems(store, is_root=True)) == (logo, [])
    product = json_ld(client.get(f"/shops/clay-and-co/{mug.slug}").text)[0]
    assert offers(product)["seller"] == {"@type": "Organization", "name": "Clay & Co", "logo": logo}
    assert structured_data.problems(product, is_root=True) == []


def test_the_terms_of_a_shop_are_on_its_listings_page_and_in_its_structured_data(client: TestClient) -> None:
    terms = {"delivery_cost": 490, "free_delivery_from": 5000, "delivery_days_from": 3, "delivery_days_to": 5}
    with db.writing() as session:
        shop = make_shop(session, country="PT", currency="EUR", **terms, returns_days=30)
        make_listing(session, shop=shop, key="mug")
        make_listing(session, shop=shop, key="vase", title="Vase", variants=(VariantInput(price=5000),))
    body = client.get("/shops/clay-and-co/stoneware-mug").text
    assert re.findall(r'<li class="wrap-anywhere">(.*?)</li>', body) == [
        "Delivery €4.90 · 3–5 days", "Free delivery from €50.00", "Returns within 30 days",
    ]  # fmt: skip
    product, vase = json_ld(body)[0], json_ld(client.get("/shops/clay-and-co/vase").text)[0]
    assert offers(product)["shippingDetails"] == {
        "@type": "OfferShippingDetails",
        "shippingRate": {"@type": "MonetaryAmount", "value": "4.90", "currency": "EUR"},
        "shippingDestination": {"@type": "DefinedRegion", "addressCountry": "PT"},
        "deliveryTime": {
            "@type": "ShippingDeliveryTime",
            "transitTime": {"@type": "QuantitativeValue", "minValue": 3, "maxValue": 5, "unitCode": "DAY"},
        },
    }
    assert offers(product)["hasMerchantReturnPolicy"] == {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": "PT",
        "returnPolicyCategory": "https://schema.org/MerchantReturnFiniteReturnWindow",
        "merchantReturnDays": 30,
    }
    assert offers(vase)["shippingDetails"]["shippingRate"]["value"] == "0.00"
    assert [structured_data.problems(each, is_root=True) for each in (product, vase)] == [[], []]


def test_a_shop_that_takes_no_returns_says_so_and_nothing_else(client: TestClient) -> None:
    with db.writing() as session:
        make_listing(session, shop=make_shop(session, returns_days=0))
    body = client.get("/shops/clay-and-co/stoneware-mug").text
    offers = json_ld(body)[0]["offers"]
    assert isinstance(offers, dict)
    assert offers["hasMerchantReturnPolicy"] == {
        "@type": "MerchantReturnPolicy",
        "applicableCountry": "US",
        "returnPolicyCategory": "https://schema.org/MerchantReturnNotPermitted",
    }
    assert ("shippingDetails" in offers, "No returns</li>" in body) == (False, True)
    assert structured_data.problems(json_ld(body)[0], is_root=True) == []


def test_the_validator_finds_each_mistake(client: TestClient, mug: Listing) -> None:
    product, crumbs = json_ld(client.get(f"/shops/clay-and-co/{mug.slug}").text)
    offers = {**product["offers"], "lowPrice": "99.00"}  # type: ignore[dict-item]
    assert structured_data.problems({**product, "name": " ", "colour": "oat", "@context": ""}, is_root=True) == [
        "no @context",
        "Product has a colour",
        "Product: name is ' '",
    ]
    assert structured_data.problems(offers) == ["the lowest price is above the highest"]
    assert structured_data.problems({"@type": "Offer", "price": "1,50"})[0] == "Offer has no priceCurrency"
    items = list(reversed(crumbs["itemListElement"]))  # type: ignore[call-overload]
    assert structured_data.problems({**crumbs, "itemListElement": items}) == ["positions are [4, 3, 2, 1]"]
    assert structured_data.problems({"@type": "Poem"}) == ["Poem is no type we use"]


@pytest.mark.parametrize(
    ("path", "heading"),
    [
        ("/", "Good things, from the people who make them."),
        ("/search?q=mug", "“mug”"),
        ("/c/mugs", "Mugs"),
        ("/shops/clay-and-co", "Clay &amp; Co"),
    ],
)
def test_every_page_has_its_heading_and_a_link_to_the_listing(
    client: TestClient, mug: Listing, path: str, heading: str
) -> None:
    body = client.get(path).text
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", body) == [heading]
    assert f'href="/shops/clay-and-co/{mug.slug}"' in body


@pytest.mark.parametrize("slug", Slug)
def test_a_page_that_the_operator_writes_can_be_read_without_scripts(client: TestClient, slug: Slug) -> None:
    answer = client.get(f"/pages/{slug}")
    page = DEFAULT_PAGES[slug]
    assert (answer.status_code, "s-maxage=2" in answer.headers["cache-control"]) == (200, True)
    assert f"<title>{page.title} · Plaza</title>" in answer.text
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", answer.text) == [page.title]
    assert f'<link rel="canonical" href="http://127.0.0.1:8000/pages/{slug}">' in answer.text
    assert f'<div class="prose mt-6">{sanitize_html(page.text)}</div>' in answer.text
    assert "noindex" not in answer.text


def test_an_edited_page_is_shown_at_once_and_its_markup_is_safe(client: TestClient) -> None:
    assert client.get("/pages/imprint").status_code == 200
    with db.writing() as session:
        sitepages.edit(session, slug="imprint", title="A & B", text=HOSTILE, version=0, now=NOW)
    body = client.get("/pages/imprint").text
    assert ("<h1" in body, "A &amp; B</h1>" in body, "alert(1)" in body) == (True, True, False)
    assert "Last changed on 23 November 2026" in body


@pytest.mark.parametrize("path", ["/", "/search", "/c/mugs", "/shops/clay-and-co", "/pages/help", "/pages/nothing"])
def test_every_footer_links_selling_and_the_pages_that_the_operator_writes(
    client: TestClient, mug: Listing, path: str
) -> None:
    footer = client.get(path).text.partition("<footer")[2].partition("</footer>")[0]
    links = re.findall(r'<a href="([^"]+)"[^>]*>(.*?)</a>', footer)
    assert links[0] == ("/sell", "Sell on Plaza")
    assert links[-5:] == [(each.href, each.label) for each in FOOTER_LINKS]


def test_a_deleted_listing_and_a_deleted_shop_answer_410(client: TestClient, mug: Listing) -> None:
    with db.writing() as session:
        session.execute(text("INSERT INTO former_shop VALUES ('old-shop', now())"))
        values = {"shop_id": mug.shop_id}
        session.execute(text("INSERT INTO former_listing VALUES (:shop_id, 'old-mug', now())"), values)
    for path in ("/shops/old-shop", "/shops/old-shop/anything", "/shops/clay-and-co/old-mug"):
        answer = client.get(path)
        assert (answer.status_code, 'name="robots" content="noindex,follow"' in answer.text) == (410, True)


@pytest.mark.parametrize(
    "path",
    ["/c/nowhere", "/shops/nobody", "/shops/nobody/nothing", "/shops/a%00b", "/pages/nothing", "/c/" + "x" * 5000],
)
def test_a_missing_page_is_a_404_that_is_not_indexed(client: TestClient, mug: Listing, path: str) -> None:
    answer = client.get(path)
    assert answer.status_code == 404
    assert '<meta name="robots" content="noindex,follow">' in answer.text


@pytest.mark.parametrize(
    ("path", "is_indexed"),
    [
        ("/c/mugs", True),
        ("/c/mugs?in_stock=1", False),
        ("/search", True),
        ("/search?q=x", False),
        ("/search?colour=Oat&size=M&sort=price_up&page=99999999999999999999", False),
        ("/c/mugs?colour=Nonesuch&colour=Oat&size=M&brand=&min=-5&page=-1", False),
        ("/shops/clay-and-co?sort=newest&min=4", False),
    ],
)
def test_combined_filters_are_not_indexed(client: TestClient, mug: Listing, path: str, is_indexed: bool) -> None:
    body = client.get(path).text
    assert ("noindex" not in body) is is_indexed
    assert f'<link rel="canonical" href="http://127.0.0.1:8000{path.split("?", maxsplit=1)[0]}">' in body


def test_an_unchanged_page_is_answered_with_304(client: TestClient, mug: Listing) -> None:
    path = f"/shops/clay-and-co/{mug.slug}"
    first = client.get(path)
    again = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    with db.writing() as session:
        more_expensive = make_draft(key="wicked", title=HOSTILE, variants=(VariantInput(price=3300, quantity=1),))
        catalog.save_many(session, shop=make_shop(session), inputs=[more_expensive], reason=Reason.EDIT, now=NOW)
    changed = client.get(path, headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert "$33.00" in changed.text


def test_the_sitemap_lists_the_categories_the_shops_and_the_pages_of_the_operator(
    client: TestClient, mug: Listing
) -> None:
    namespace = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found = ElementTree.fromstring(client.get("/sitemaps/places.xml").text).findall(".//s:loc", namespace)
    assert [str(each.text).removeprefix("http://127.0.0.1:8000") for each in found] == [
        "/", "/c/home", "/c/mugs", "/shops/clay-and-co", "/pages/help", "/pages/contact", "/pages/terms",
        "/pages/privacy", "/pages/imprint",
    ]  # fmt: skip


def test_the_sitemap_lists_every_listing(client: TestClient, mug: Listing) -> None:
    namespace = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}
    found = ElementTree.fromstring(client.get("/sitemap.xml").text).findall(".//s:loc", namespace)
    pages_ = [str(each.text).removeprefix("http://127.0.0.1:8000") for each in found]
    assert pages_[0] == "/sitemaps/places.xml"
    listed = ElementTree.fromstring(client.get(pages_[1]).text)
    assert [each.text for each in listed.findall(".//s:loc", namespace)] == [
        f"http://127.0.0.1:8000/shops/clay-and-co/{mug.slug}"
    ]
    assert [each.text for each in listed.findall(".//s:lastmod", namespace)] == ["2026-11-23T09:00:00+00:00"]
    assert "Sitemap: http://127.0.0.1:8000/sitemap.xml" in client.get("/robots.txt").text


@pytest.mark.parametrize("path", ["/robots.txt", "/sitemap.xml"])
def test_pages_for_crawlers_answer_head_requests(client: TestClient, path: str) -> None:
    answer = client.head(path)
    assert (answer.status_code, answer.content) == (200, b"")


def test_a_page_with_parameters_is_served_from_the_routes_table(client: TestClient, tmp_path: Path) -> None:
    (tmp_path / "sell" / "open").mkdir(parents=True)
    (tmp_path / "sell" / "open" / "index.html").write_text("<html><head><title>Open</title></head></html>")
    studio = client.get("/sell/clay-and-co/figures")
    assert (studio.status_code, studio.headers["x-robots-tag"]) == (200, "noindex")
    assert "<title>Analytics · Plaza</title></head>" in studio.text
    own_file = client.get("/sell/open")
    assert (own_file.status_code, own_file.headers["x-robots-tag"]) == (200, "noindex")
    assert own_file.text == "<html><head><title>Open</title></head></html>"


def test_a_search_without_results_shows_alternatives_without_scripts(client: TestClient, mug: Listing) -> None:
    body = client.get("/search?q=linen+mogg").text
    assert "Nothing found for “linen mogg”" in body
    body = client.get("/search", params={"q": "mug qqzzqq"}).text
    assert re.search(r'Did you mean <a href="/search\?q=mug"[^>]*><u>“mug”</u></a>\?', body)
    assert re.search(r'Related categories</p><ul[^>]*><li><a href="/c/mugs"[^>]*>Mugs</a></li></ul>', body)


def test_filters_in_the_url_apply_before_any_script(client: TestClient, mug: Listing) -> None:
    assert "1 listing" in client.get("/c/mugs?min=20&max=20").text
    nothing = client.get("/c/mugs?min=21").text
    assert ("0 listings" in nothing, f'href="/shops/clay-and-co/{mug.slug}"' in nothing) == (True, False)
    assert "0 listings" in client.get("/shops/clay-and-co?condition=refurbished").text
    assert "1 listing" in client.get("/search?category=mugs&in_stock=1").text


def test_a_shop_is_searched_before_any_script_and_keeps_its_filters(client: TestClient, mug: Listing) -> None:
    with db.writing() as session:
        other = make_shop(session, slug="other-things", name="Other Things")
        make_listing(session, shop=other, key="kettle", title="Copper kettle")
    body = client.get("/shops/clay-and-co?q=mug&sort=price_up&max=30").text
    form = re.search(r'<form action="/shops/clay-and-co" role="search".*?</form>', body)
    assert form is not None
    assert re.findall(r'name="(\w+)"(?: [a-z-]+="[^"]*")*? value="([^"]*)"', form.group()) == [
        ("max", "30"),
        ("sort", "price_up"),
        ("q", "mug"),
    ]
    assert f'href="/shops/clay-and-co/{mug.slug}"' in body
    nothing = client.get("/shops/clay-and-co?q=kettle").text
    assert "Nothing found for “kettle”" in nothing
    assert '<a href="/search?q=kettle"><u>Search all of Plaza: 1 listing</u></a>' in nothing
    assert ("other-things" in nothing, "other-things" in client.get("/search?q=kettle").text) == (False, True)


@pytest.mark.parametrize("path", ["/search", "/c/mugs", "/shops/clay-and-co"])
def test_a_page_says_which_words_it_corrected_before_any_script(client: TestClient, mug: Listing, path: str) -> None:
    found = client.get(f"{path}?q=mugg&sort=newest").text
    words = "“mug” and similar words"  # "mugs", the category
    said = re.search(
        rf'Showing results for <span[^>]*>{words}</span>. Search instead for <a href="([^"]+)"[^>]*>', found
    )
    assert said is not None
    assert html.unescape(said[1]) == f"{path}?q=mugg&sort=newest&as_typed=1"
    typed = client.get(html.unescape(said[1])).text
    assert ("Showing results for" in typed, "Nothing found for “mugg”" in typed) == (False, True)
    assert re.search(r'Did you mean <a href="[^"]*q=mug"[^>]*><u>“mug”</u></a>\?', typed)


def test_a_shops_sections_and_pinned_listings_are_shown_before_any_script(client: TestClient, mug: Listing) -> None:
    with db.writing() as session:
        shop = make_shop(session)
        owner = make_owner(session, shop=shop).user.id
        kettle = make_listing(session, shop=shop, key="kettle", title="Kettle")
        (section,) = sections.add(session, user_id=owner, shop=shop.slug, title="For tea & more").sections
        sections.assign(session, user_id=owner, shop=shop.slug, listing_ids=[kettle.id], section_id=section.id)
        sections.pin(session, user_id=owner, shop=shop.slug, listing_ids=[mug.id], is_pinned=True)
    body = client.get("/shops/clay-and-co?").text
    links = re.search(r'<nav aria-label="Sections".*?</nav>', body)
    assert links is not None
    assert re.findall(r'<a href="([^"]+)"( aria-current="true")?[^>]*>([^<]+)</a>', links.group()) == [
        ("/shops/clay-and-co", ' aria-current="true"', "All"),
        ("/shops/clay-and-co?section=for-tea-more", "", "For tea &amp; more"),
    ]
    cards = r'<a href="(/shops/clay-and-co/[^"]+)" class="after'
    assert re.findall(cards, body) == [f"/shops/clay-and-co/{mug.slug}", "/shops/clay-and-co/kettle"]
    inside = client.get("/shops/clay-and-co?section=for-tea-more").text
    assert re.findall(cards, inside) == ["/shops/clay-and-co/kettle"]
    form = re.search(r'<form action="/shops/clay-and-co" role="search".*?</form>', inside)
    assert form is not None
    assert '<input type="hidden" name="section" value="for-tea-more">' in form.group()


def test_scripts_are_deferred_until_the_first_paint(client: TestClient, mug: Listing) -> None:
    body = client.get("/c/mugs").text
    deferred = re.search(
        r'<script type="text/plain" id="scripts-after-paint" data-preload="(.*?)">(.*?)</script>', body
    )
    assert deferred is not None
    assert json.loads(html.unescape(deferred[1])) == ["/assets/root-C.js"]
    assert deferred[2] == 'import "/assets/root-C.js";'
    assert ('type="module" async' in body, '<link rel="modulepreload"' in body) == (False, False)


@pytest.mark.parametrize("query", ["\x00", "💥", "\u202eabc", '"', "& | !", "word " * 10_000])
def test_any_search_text_makes_a_page(client: TestClient, mug: Listing, query: str) -> None:
    answer = client.get("/search", params={"q": query})
    assert (answer.status_code, answer.text.count("<h1 ")) == (200, 1)


def test_the_home_page_shows_the_progress_of_the_demo(client: TestClient) -> None:
    assert "Nothing is for sale yet" in client.get("/").text
    source = "demo:mug-sage-0.webp"
    with db.writing() as session:
        shop = make_shop(session)
        wanted = media.request(session, shop_id=shop.id, sources=[source], now=NOW)
    body = client.get("/").text
    assert "Adding the demo shops: 0 of 1" in body
    assert "Nothing is for sale yet" not in body
    with db.writing() as session:
        stored = StoredPicture(content=CONTENT, width=800, height=1000, colour="#aabbcc")
        media.mark_ready(session, shop_id=shop.id, picture_id=wanted[source], picture=stored)
    assert "Adding the demo shops" not in client.get("/").text


def test_a_former_web_address_leads_to_the_listing_with_its_query(client: TestClient, mug: Listing) -> None:
    former = f"/shops/clay-and-co/{mug.slug}"
    assert client.get(former).status_code == 200
    with db.writing() as session:
        catalog.save_many(
            session,
            shop=make_shop(session),
            inputs=[queries.to_input(mug)],
            reason=Reason.EDIT,
            now=NOW,
            new_slugs={mug.key: "cup"},
        )
    answer = client.get(f"{former}?variant=large%20one&x=%22%0d%0aSet-Cookie", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"], answer.headers["cache-control"]) == (
        301, "/shops/clay-and-co/cup?variant=large%20one&x=%22%0d%0aSet-Cookie", "no-cache",
    )  # fmt: skip
    assert client.get("/shops/clay-and-co/cup").status_code == 200
    assert client.get(f"{former}/report", follow_redirects=False).status_code == 200


@pytest.mark.parametrize(("left", "reason"), [(0, "This item has been sold."), (2, "This listing has ended.")])
def test_an_ended_listing_keeps_its_title_and_is_gone_for_crawlers(client: TestClient, left: int, reason: str) -> None:
    with db.writing() as session:
        catalog.seed_categories(session, tree=[("home", "Home", None, 0, "lamp")])
        shop = make_shop(session)
        make_listing(session, shop=shop, key="other", title="Another vase", category="home")
        for status in ("published", "archived"):
            variants = (VariantInput(price=100, quantity=left),)
            make_listing(
                session, shop=shop, key="vase", title="A vase", category="home", status=status, variants=variants
            )
    answer = client.get("/shops/clay-and-co/a-vase")
    assert (answer.status_code, answer.headers["content-type"]) == (410, "text/html; charset=utf-8")
    assert "<title>A vase · Clay &amp; Co · Plaza</title>" in answer.text
    assert "noindex" in answer.text
    body = answer.text.partition('<main class="')[2]
    assert re.findall(r"<h1[^>]*>(.*?)</h1>", body) == ["A vase"]
    assert reason in body
    assert 'href="/shops/clay-and-co/another-vase"' in body


@pytest.mark.parametrize("statuses", [("draft",), ("draft", "archived"), ("published", "draft")])
def test_what_visitors_have_not_seen_or_a_seller_reworks_stays_unknown(
    client: TestClient, statuses: tuple[str, ...]
) -> None:
    with db.writing() as session:
        for status in statuses:
            make_listing(session, title="A secret vase", status=status)
    answer = client.get("/shops/clay-and-co/a-secret-vase")
    assert answer.status_code == 404
    assert "secret vase" not in answer.text
