"""The first paint and the app show a listing alike, in every state that a listing can have.

The app's side is the view as it is sent to the browser, evaluated in Node by the page's own JavaScript.
"""

import json
import re
import subprocess
import sys
from datetime import UTC, date, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import UUID

import pytest
import reflex as rx

from pages.catalog import variant_picker
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.catalog.schemas import Category, Listing, Picture, Variant
from platform_app.domain.media.rules import PictureState
from platform_app.domain.search.schemas import Card, CardPicture
from platform_app.domain.shared.money import Money
from platform_app.domain.shops.schemas import DeliveryTerms
from platform_app.html import page_metadata, shell
from platform_app.presenters import catalog, search
from state.core.wire_format import dumps

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
UNTIL = date(2026, 12, 24)
CONTENT = "ab" * 32
NODE = Path(sys.executable).parent / "node"
SHELL = "<html><head></head><body></body></html>"
TREE = (Category(id=UUID(int=1), slug="mugs", name="Mugs", icon="", path=("mugs",), depth=1, children=()),)
PICTURE = Picture(
    id=UUID(int=9),
    source="content:a",
    state=PictureState.READY,
    content=CONTENT,
    width=900,
    height=1000,
    colour="#aabbcc",
    alt="",
)


def variant(
    *choice: str, price: int = 2000, on_hand: int | None = None, compare_at: int | None = None, measure: str = ""
) -> Variant:
    """A variant; without `on_hand`, its stock is unlimited."""
    return Variant(
        id=UUID(int=hash((choice, price)) % 2**100),
        choice=choice,
        sku="",
        price=price,
        measure=measure,
        compare_at=compare_at,
        tracked=on_hand is not None,
        on_hand=on_hand or 0,
        reserved=0,
        picture_id=PICTURE.id if choice == ("Blue",) else None,
    )


def listing(*variants: Variant, options: tuple[str, ...] = (), **overrides: Any) -> Listing:
    """A published listing with these variants."""
    values: dict[str, Any] = {
        "id": UUID(int=2), "shop_id": UUID(int=3), "shop_slug": "clay-and-co", "shop_name": "Clay & Co",
        "shop_tagline": "Pots", "shop_country": "PT", "shop_logo": "cd" * 32, "language": "en", "slug": "mug", "key": "mug",
        "title": "A “mug”", "description": "Holds tea.", "category": "mugs", "condition": Condition.NEW,
        "status": Status.PUBLISHED, "tags": (), "attributes": {"Material": "Clay & glaze"}, "options": options,
        "currency": "USD", "version": 1, "created_at": NOW, "updated_at": NOW, "variants": variants, "pictures": (),
    }  # fmt: skip
    return Listing(**{**values, **overrides})


SIZES = (variant("S", on_hand=0), variant("M", on_hand=2), variant("L", price=2600, compare_at=3000))
GRID = (
    variant("S", "Oat", on_hand=0),
    variant("S", "Sage", on_hand=3, compare_at=2500),
    variant("M", "Oat", price=2400),
)
TERMS = DeliveryTerms(
    delivery_cost=490, free_delivery_from=5000, delivery_days_from=3, delivery_days_to=5, returns_days=30
)
LISTINGS = {
    "one variant": listing(variant()),
    "one variant, reduced": listing(variant(compare_at=2500), condition=Condition.GOOD),
    "unit price": listing(variant(measure="750 ml", compare_at=2500)),
    "unit prices": listing(variant("Small", measure="250 g"), variant("Sack", measure="25 kg"), options=("Size",)),
    "sold out": listing(variant(on_hand=0)),
    "all sizes sold out": listing(variant("S", on_hand=0), variant("M", on_hand=0), options=("Size",)),
    "few left": listing(variant(on_hand=2)),
    "price range": listing(*SIZES, options=("Size",)),
    "several options": listing(*GRID, options=("Size", "Colour")),
    "holiday": listing(variant(), holiday_until=UNTIL, holiday_note="Gone fishing."),
    "holiday, sold out": listing(variant(on_hand=0), holiday_until=UNTIL),
    "holiday, several options": listing(*GRID, options=("Size", "Colour"), holiday_until=UNTIL),
    "delivery and returns": listing(variant(compare_at=2500), delivery_terms=TERMS),
    "delivery on holiday": listing(*GRID, options=("Size", "Colour"), holiday_until=UNTIL, delivery_terms=TERMS),
    "no returns": listing(variant(), delivery_terms=DeliveryTerms(returns_days=0)),
    "pictures": listing(variant("Red"), variant("Blue"), options=("Colour",), pictures=(PICTURE,)),
}


@pytest.mark.parametrize("name", LISTINGS)
def test_the_page_of_a_listing_is_shown_alike(name: str) -> None:
    found = LISTINGS[name]
    metadata = page_metadata.listing(listing=found, related=(), tree=TREE)
    assert first_paint(shell.render_page(SHELL, metadata)) == app(catalog.listing(found))


@pytest.mark.parametrize(
    ("name", "chosen", "price"),
    [
        ("several options", "M/Oat", "$24.00"),
        ("several options", "S/Oat", "$20.00"),
        ("several options", "M/Sage", "$20.00"),  # no such variant: the default one
        ("price range", "L", "$26.00"),
        ("pictures", "Blue", "$20.00"),
        ("one variant", "Blue", "$20.00"),
    ],
)
def test_the_variant_in_the_url_is_shown_alike(name: str, chosen: str, price: str) -> None:
    found = LISTINGS[name]
    metadata = page_metadata.listing(listing=found, related=(), tree=TREE, chosen=chosen)
    painted = first_paint(shell.render_page(SHELL, metadata))
    assert painted == app(catalog.listing(found), chosen=chosen)
    prices = painted["prices"]
    assert isinstance(prices, list)
    assert prices[0] == price
    selected = [option[1] for option in painted["options"]]  # type: ignore[attr-defined]
    assert ("/".join(selected) == chosen) is (chosen not in ("M/Sage",) and name != "one variant")


def test_the_sample_listings_differ_in_what_they_show() -> None:
    shown = {name: app(catalog.listing(found)) for name, found in LISTINGS.items()}
    assert shown["sold out"]["stock"] == "Sold out"
    assert shown["few left"]["stock"] == "Only 2 left"
    waiting = {name for name, each in shown.items() if each["can_wait"]}
    assert waiting == {"sold out", "all sizes sold out", "holiday, sold out"}
    assert shown["price range"] | {"options": []} == shown["few left"] | {"options": []}
    assert shown["price range"]["options"] == [("Size", "M", [("S", True), ("M", False), ("L", False)])]
    assert shown["one variant, reduced"]["prices"] == ["$20.00", "$25.00", "Save 20%"]
    assert shown["unit price"]["prices"] == ["$20.00", "$25.00", "Save 20%", "$26.67 / l"]
    assert shown["unit prices"]["prices"] == ["$20.00", "$80.00 / kg"]
    holiday, working = shown["holiday, several options"], shown["several options"]
    assert (holiday["stock"], working["stock"]) == ("On holiday until 24 December", "Only 3 left")
    # A holiday changes neither the shown variant nor the struck-out values.
    assert holiday["options"] == working["options"]
    assert working["options"] == [
        ("Size", "S", [("S", False), ("M", True)]),
        ("Colour", "Sage", [("Oat", True), ("Sage", False)]),
    ]
    assert shown["holiday"]["note"] == "Gone fishing."
    assert shown["one variant"]["terms"] == []
    assert shown["no returns"]["terms"] == ["No returns"]
    assert shown["delivery and returns"]["terms"] == [
        "Delivery $4.90 · 3–5 days", "Free delivery from $50.00", "Returns within 30 days",
    ]  # fmt: skip


@pytest.mark.parametrize("in_stock", [True, False])
@pytest.mark.parametrize("holiday_until", [None, UNTIL])
@pytest.mark.parametrize(("high", "compare_at"), [(2000, None), (2600, None), (2000, 2500)])
@pytest.mark.parametrize("condition", [Condition.NEW, Condition.LIKE_NEW])
def test_the_card_of_a_listing_is_shown_alike(
    in_stock: bool, holiday_until: date | None, high: int, compare_at: int | None, condition: Condition
) -> None:
    found = Card(
        id=UUID(int=2),
        slug="mug",
        title="A mug",
        shop_slug="clay-and-co",
        shop_name="Clay & Co",
        price=Money(amount=2000, currency="USD"),
        price_max=Money(amount=high, currency="USD"),
        compare_at=Money(amount=compare_at, currency="USD") if compare_at else None,
        condition=condition,
        in_stock=in_stock and holiday_until is None,
        holiday_until=holiday_until,
        picture=CardPicture(content=CONTENT, width=900, height=1000, colour="#aabbcc", alt=""),
    )
    view = search.card(found)
    metadata = page_metadata.listing(listing=LISTINGS["holiday"], related=[found], tree=TREE)
    article = "<article" + shell.render_page(SHELL, metadata).rsplit("<article", 1)[1].split("</article>")[0]
    stock = (view.holiday_text or "Sold out") if view.sold_out else ""
    former = ["Was ", view.compare_at] if view.compare_at else []
    assert texts(article) == [
        *filter(None, (stock, view.condition)), view.title, view.price, *former, view.shop_name,
    ]  # fmt: skip
    assert f'href="{view.href}"' in article
    assert (f"/media/pictures/{view.picture}/{view.width}.webp {view.width}w" in article, view.width) == (True, 800)


def app(view: catalog.ListingView, *, chosen: str = "") -> dict[str, object]:
    """What the app's page shows first, according to its own JavaScript; `chosen` is the variant in its URL."""
    selected = variant_picker.selected_variant()
    values = {
        name: [
            (str(variant_picker._is_unavailable(rx.Var(str(option)), rx.Var(str(index)))), label)
            for index, label in enumerate(view.options[option].labels)
        ]
        for option, name in enumerate(each.name for each in view.options)
    }
    script = ", ".join(
        f"[{json.dumps(name)}, [{', '.join(f'[{json.dumps(label)}, {expression}]' for expression, label in each)}]]"
        for name, each in values.items()
    )
    state, loaded = str(variant_picker._LISTING).split(".")[0], str(variant_picker.ListingState.loaded).split(".")[1]
    listing_state = f"{{{str(variant_picker._LISTING).split('.')[1]}: {dumps(view)}, {loaded}: '/here'}}"
    picked = re.fullmatch(r"refs\['(\w+)'\]\[(\w+)\]", str(variant_picker._SELECTED.value))
    assert picked is not None
    nothing_picked = {picked[1]: {"": {"listing": "", "index": 0}}}
    location = f"globalThis.location = new URL('https://plaza.example/?variant={quote(chosen)}');" if chosen else ""
    definitions = f"{location} {variant_picker._SCRIPT} const {state} = {listing_state}, {picked[2]} = '', refs = {json.dumps(nothing_picked)};"
    output = subprocess.run(
        [NODE, "-e", f"{definitions} console.log(JSON.stringify([{selected!s}, [{script}]]))"],
        capture_output=True, check=True, text=True,
    ).stdout  # fmt: skip
    shown, options = json.loads(output)
    return {
        "title": view.title,
        "prices": [
            each for each in (shown["price"], shown["compare_at"], shown["saving"], shown["unit_price"]) if each
        ],
        "condition": view.condition,
        "terms": view.delivery_terms,
        "options": [
            (name, view.options[index].labels[shown["choice"][index]], [tuple(value) for value in each])
            for index, (name, each) in enumerate(options)
        ],
        "stock": shown["stock"],
        "is_muted": shown["sold_out"],
        "note": view.holiday_note,
        "can_wait": shown["alert_id"] != "",
        "details": [(each.name, each.value) for each in view.details],
        "report": view.report_href,
        "shop": [view.shop_name, view.shop_tagline, view.shop_country],
        "logo": view.shop_logo,
        "pictures": [(each.src, each.srcset, each.alt) for each in view.pictures[:1]],
    }


def first_paint(page: str) -> dict[str, object]:
    """What the first paint shows, read from its HTML."""
    paint = page.split('<main class="', 1)[1].split("</main>", maxsplit=1)[0]
    price, rest = between(paint, "<h1", "</h1>")[1].split("</p>", 1)
    condition, rest = rest.split("</p>", 1)
    terms = rest.partition('<ul aria-label="Delivery and returns"')[2]
    options_part, stock_part = rest.split('<p class="text-', 1)
    stock, note_part = stock_part.split("</p>", 1)
    note = re.match(r'<p class="mt-2[^>]*>(.*?)</p>', note_part)
    shop = between(paint, '<section aria-label="The shop"', "</section>")[0]
    logo = re.search(r"/media/pictures/(\w+)/400\.webp", shop)
    options = []
    for block in options_part.split('<p class="mb-2')[1:]:
        name, selected, *labels = texts("<p " + block)
        struck = [("line-through" in each) for each in re.findall(r'<span class="([^"]*inline-flex[^"]*)"', block)]
        options.append((name, selected.removeprefix(": "), list(zip(labels, struck, strict=True))))
    details = texts("<dl" + between(paint, "<dl", "</dl>")[0])
    report = re.search(r'<a href="([^"]+)" rel="nofollow" [^>]*>Report this listing</a>', paint)
    image = re.search(
        r'<img src="([^"]+)" srcset="([^"]+)" [^>]*alt="([^"]*)" width="\d+" height="\d+" decoding', paint
    )
    return {
        "title": texts("<h1" + between(paint, "<h1", "</h1>")[0])[0],
        "prices": [each for each in texts(price) if each != "Was "],
        "condition": texts(condition)[0],
        "terms": texts("<ul" + terms.partition("</ul>")[0]) if terms else [],
        "options": options,
        "stock": texts("<p " + stock)[0],
        "is_muted": stock.startswith("soft"),
        "note": texts(note.group())[0] if note else "",
        "can_wait": "<span>Tell me when it's back</span>" in paint,
        "details": list(zip(details[::2], details[1::2], strict=True)),
        "report": report[1] if report else "",
        "shop": [each for each in texts("<section" + shop) if len(each) > 1],
        "logo": logo[1] if logo else "",
        "pictures": [(image[1], image[2], texts(f"<p>{image[3]}</p>")[0])] if image else [],
    }


def between(text: str, start: str, end: str) -> tuple[str, str]:
    """The text between two markers, and the text after them."""
    inner, _, rest = text.split(start, 1)[1].partition(end)
    return inner, rest


def texts(html: str) -> list[str]:
    """The texts of some HTML, without whitespace."""
    found: list[str] = []
    parser = HTMLParser()
    parser.handle_data = found.append  # type: ignore[method-assign]
    parser.feed(html)
    parser.close()
    return [each for each in found if each.strip()]
