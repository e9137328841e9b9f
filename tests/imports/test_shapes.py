"""Exports of other shop systems, known by their headers."""

import io
from pathlib import Path

import pytest

from platform_app.domain.catalog.schemas import ListingInput
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import feeds, formats
from platform_app.domain.imports.rules.budgets import MAX_RECORD_BYTES, MAX_ROW_BYTES
from tests.imports.helpers import import_file, listings
from tests.imports.test_cases import Outcome, outcome
from workers import imports_files

SHAPES = Path(__file__).parent / "data" / "shapes"
Variant = tuple[tuple[str, ...], str, int, int | None, int | None]


def shape(name: str, *, currency: str = "USD") -> Outcome:
    """Read a file of this folder without any mapping."""
    return outcome(name, folder=SHAPES, currency=currency)


def variants(listing: ListingInput) -> list[Variant]:
    """Choice, SKU, price, former price and stock of each variant."""
    return [(each.choice, each.sku, each.price, each.compare_at, each.quantity) for each in listing.variants]


def pictures(listing: ListingInput) -> list[str]:
    """The sources of the gallery, without their common start."""
    return [picture.source.rpartition("/")[2] for picture in listing.pictures]


@pytest.mark.parametrize("path", sorted(SHAPES.iterdir()), ids=lambda path: path.name)
def test_a_file_is_known_by_its_header(path: Path) -> None:
    with imports_files.open_local(path) as table:
        kind = formats.detect_format(table.header, requested=formats.Format.AUTO, mapping={})
    assert kind == path.name.partition(".")[0].partition("-")[0]


def test_squarespace_s_further_variants_follow_their_product() -> None:
    found = shape("squarespace.csv")
    scarf, cap = found.listings["p1"], found.listings["p2"]
    assert (scarf.title, scarf.options, scarf.tags) == ("Wool scarf", ("Colour",), ("wool", "warm"))
    assert variants(scarf) == [(("Red",), "SC-R", 3000, 4000, 3), (("Blue",), "SC-B", 4000, None, None)]
    assert (scarf.category, pictures(scarf)) == ("/winter/scarves", ["a.jpg", "b.jpg"])
    assert (cap.status, variants(cap)) == ("draft", [((), "CAP", 1500, None, 0)])
    assert found.refused == {5: "gift cards can't be sold here"}
    assert (found.notes, found.ignored) == ({}, ("Product Page", "Weight"))


def test_wix_s_surcharges_and_discounts_make_the_price() -> None:
    found = shape("wix.csv")
    shirt, candle, mug = (found.listings[f"product_{number}"] for number in (1, 2, 3))
    assert (shirt.options, shirt.attributes) == (("Size", "Colour"), {"Brand": "Lumo"})
    assert variants(shirt) == [
        (("S", "White"), "SH-S", 4500, 5000, 4),
        (("M", "White"), "SH-M", 4995, 5550, 0),
    ]
    assert [picture.source for picture in shirt.pictures] == [
        "https://static.wixstatic.com/media/a1_mv2.jpg",
        "https://static.wixstatic.com/media/b2_mv2.jpg",
    ]
    assert (candle.status, variants(candle)) == ("draft", [((), "CA", 1200, None, 7)])
    assert variants(mug) == [(("Matt",), "MU", 2000, None, 0), (("Shiny",), "MU", 2000, None, 0)]
    assert found.notes == {
        "product_3": ("the file has one stock for all variants, so each is sold out until you set its stock",)
    }
    assert found.refused == {7: "its product isn't in the file"}
    assert found.ignored == ("weight", "productOptionType1", "productOptionType2", "ribbon")


def test_etsy_s_lists_become_variants() -> None:
    found = shape("etsy.csv")
    bowl, ring, sheet = found.listings.values()
    assert (bowl.title, bowl.tags, bowl.attributes) == (
        "Oak & ash bowl",
        ("wood bowl", "oak"),
        {"Material": "oak, ash"},
    )
    assert (variants(bowl), pictures(bowl)) == ([((), "BOWL", 4500, None, 1)], ["1.jpg", "2.jpg", "10.jpg"])
    assert (ring.key, ring.options) == ("R-6", ("Size",))
    assert variants(ring) == [((size,), f"R-{size}", 2000, None, 0) for size in "678"]
    assert [each.choice for each in sheet.variants] == [("A4", "No"), ("A4", "Oak"), ("A3", "No"), ("A3", "Oak")]
    stock = "is that of all variants, so each is sold out until you set its stock"
    assert found.notes == {
        "R-6": (f"quantity 6 {stock}",),
        "P-1": ("the file has 2 SKUs for 4 variants, so they were left out", f"quantity 4 {stock}"),
    }
    assert (found.refused, found.ignored) == ({}, ())


@pytest.mark.parametrize(
    ("name", "title", "option", "skus"),
    [
        ("etsy-german.csv", "Eichenschale", ("Größe",), {"Klein": "E-K", "Groß": "E-G"}),
        ("etsy-french.csv", "Bol en chêne", ("Taille",), {"Petit": "B-P", "Grand": "B-G"}),
    ],
)
def test_etsy_speaks_the_language_of_its_seller(
    name: str, title: str, option: tuple[str, ...], skus: dict[str, str]
) -> None:
    (bowl,) = shape(name, currency="EUR").listings.values()
    assert (bowl.title, bowl.options, pictures(bowl)) == (title, option, ["1.jpg"])
    assert {each.choice[0]: each.sku for each in bowl.variants} == skus
    assert [each.price for each in bowl.variants] == [4500, 4500]
    assert {line: reason[:26] for line, reason in shape(name).refused.items()} == {2: "currency is EUR, but the s"}


def test_magento_s_configurable_product_gathers_its_variations_wherever_they_stand() -> None:
    found = shape("magento.csv")
    hoodie, bag = found.listings["HOOD"], found.listings["BAG"]
    assert (hoodie.title, hoodie.options, hoodie.status) == ("Warm hoodie", ("Size", "Colour"), "published")
    assert variants(hoodie) == [
        (("S", "Black"), "HOOD-S", 5200, None, 5),
        (("M", "Black"), "HOOD-M", 4000, 5200, 0),
    ]
    assert hoodie.attributes == {"material": "Cotton, Fleece", "care": "Cold wash"}
    assert (hoodie.category, pictures(hoodie)) == ("Men/Hoodies,Sale", [f"{name}.jpg" for name in "123sm"])
    assert [each.picture for each in hoodie.variants] == ["https://m.example/s.jpg", "https://m.example/m.jpg"]
    assert (bag.status, bag.description, variants(bag)) == ("draft", "A bag.", [((), "BAG", 3000, None, 9)])
    assert found.refused == {5: "is a text of another store view", 7: 'product type "bundle" is not supported'}
    assert (found.notes, found.ignored) == ({}, ("weight",))


def test_prestashop_s_products_and_that_their_prices_are_without_tax() -> None:
    found = shape("prestashop.csv")
    vase, old = found.listings["1"], found.listings["2"]
    assert (vase.title, vase.description, vase.tags) == ("Vase", "<p>Long</p>", ("glass", "clear"))
    assert (variants(vase), vase.variants[0].barcode) == ([((), "V-1", 1990, None, 7)], "4006381333931")
    assert (vase.attributes, pictures(vase)) == ({"Material": "Glass", "Colour": "Clear"}, ["1.jpg", "2.jpg"])
    assert (old.status, old.condition, old.description) == ("draft", "used_good", "Only a summary")
    assert (found.notes, found.refused, found.ignored) == ({}, {}, ("Tax rules ID",))
    assert found.remark == "Its prices are without tax, and were taken as they are."
    french = shape("prestashop-french.csv", currency="EUR")
    assert (variants(french.listings["1"]), french.remark) == ([((), "V-1", 1990, None, 7)], "")


def test_bigcommerce_s_variants_and_images_follow_their_product() -> None:
    found = shape("bigcommerce.csv")
    pot, cup = found.listings["TP"], found.listings["CUP"]
    assert (pot.options, pot.condition, pictures(pot)) == (("Colour", "Size"), "used_good", ["1.jpg", "red.jpg"])
    assert variants(pot) == [
        (("Red", "Large"), "TP-R", 4000, None, 3),
        (("Blue", "Large"), "TP-B", 4500, None, 2),
    ]
    assert pot.variants[0].barcode == "4006381333931"
    assert (cup.status, variants(cup)) == ("draft", [((), "CUP", 800, 1000, None)])
    assert (found.refused, found.notes) == ({}, {})
    old = shape("bigcommerce-old.csv")
    (shirt,) = old.listings.values()
    assert (shirt.attributes, shirt.category) == ({"Brand": "Acme"}, "Clothes/Shirts;Sale")
    assert (variants(shirt), pictures(shirt)) == ([(("Small", "Red"), "SHIRT-S", 2000, 2500, 4)], ["1.jpg", "2.jpg"])
    assert old.refused == {4: 'a row for "rule" is not imported'}


def test_ebay_s_variations_follow_their_item_and_its_header_names_the_currency() -> None:
    found = shape("ebay.csv", currency="GBP")
    boots, old = found.listings["BOOT"], found.listings["OLD"]
    assert (boots.options, boots.condition) == (("Size", "Colour"), "used_good")
    assert boots.attributes == {"Brand": "Acme", "Country/Region of Manufacture": "Portugal"}
    assert variants(boots) == [
        (("6", "Brown"), "BOOT-6", 8000, None, 1),
        (("7", "Brown"), "BOOT-7", 8500, None, 0),
    ]
    assert (pictures(boots), boots.variants[0].picture) == (["1.jpg", "2.jpg", "3.jpg"], "https://e.example/3.jpg")
    assert (boots.variants[1].barcode, old.status, old.variants[0].barcode) == ("4006381333931", "archived", "")
    assert found.refused == {6: "is an auction, whose start price is not a price"}
    assert found.ignored == ("*Category",)
    reason = "currency is GBP, but the shop sells in USD"
    assert shape("ebay.csv").refused == {**dict.fromkeys((3, 4, 5, 7), reason), **found.refused}


def test_google_s_feed_as_xml() -> None:
    found = shape("google.xml", currency="GBP")
    oil = found.listings["1"]
    (variant,) = oil.variants
    assert (oil.title, oil.description, oil.attributes) == ("Oil & vinegar", "<p>Pressed.</p>", {"Color": "Green"})
    assert (variants(oil), pictures(oil)) == ([((), "1", 900, None, None)], ["1.jpg", "2.jpg", "3.jpg"])
    assert (variant.barcode, variant.weight) == ("4006381333931", "0.9 kg")
    assert (variant.measure, variant.base_measure) == ("500 ml", "100 ml")
    assert (found.refused, found.notes, found.ignored) == ({}, {}, ("shipping",))


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"<?xml version='1.0'?><a/>", "This XML file has no products: it should be an RSS or Atom feed with items."),
        (b"<?xml version='1.0'?><rss><item><id>1</id>", "The XML has an error at line 1: no element found."),
        (b"<?xml version='1.0'?>\n<rss><item></rss>", "The XML has an error at line 2: mismatched tag."),
        (b"<!DOCTYPE x [<!ENTITY a 'b'>]>\n<rss/>", "This XML file has a document type, which Plaza does not read."),
        (
            b"<rss><item a='" + b"x" * (MAX_RECORD_BYTES + 70_000),
            "A tag of this XML file has more than 8,388,608 bytes.",
        ),
        (b"<rss><item><" + b"x" * 1001 + b"/></item></rss>", "Item 1 has an element with a name of 1,001 characters."),
        (
            b"<rss><item>" + b"".join(b"<a%d/>" % number for number in range(1001)) + b"</item></rss>",
            "The items of this feed have more than 1,000 elements.",
        ),
    ],
)
def test_a_feed_that_cannot_be_read_is_refused(body: bytes, reason: str) -> None:
    with pytest.raises(FileRefused) as refusal:
        feeds.read_feed(io.BytesIO(body))
    assert str(refusal.value) == reason


def test_an_item_that_is_too_large_is_refused_and_the_others_are_read() -> None:
    large = b"x" * (MAX_ROW_BYTES + 1)
    body = b"<rss><item><id>1</id><title>%s</title></item><item><id>2</id><title>Mug</title></item></rss>" % large
    header, rows = feeds.read_feed(io.BytesIO(body))
    assert header == ["id", "title", "xml"]
    assert [(row.line, row.cells, row.problem) for row in rows] == [
        (1, {}, "the row has 1,048,578 bytes; the limit is 1,048,576"),
        (2, {"id": "2", "title": "Mug"}, None),
    ]


@pytest.mark.usefixtures("clean")
def test_a_second_import_keeps_the_stock_of_which_the_file_has_only_the_sum() -> None:
    body = (SHAPES / "etsy.csv").read_bytes()
    run = import_file(body)
    stock = b"key,title,price,sku,quantity\nR-6,Ring,20,R-6,5\n"
    import_file(stock)
    again = import_file(body)
    ring = next(listing for listing in listings(run) if listing.key == "R-6")
    assert [variant.tracked_quantity for variant in ring.variants] == [5, 0, 0]
    assert (again.unchanged, again.refused) == (3, 0)


@pytest.mark.usefixtures("clean")
def test_an_export_of_another_system_is_imported_by_the_real_job() -> None:
    run = import_file((SHAPES / "magento.csv").read_bytes())
    assert (run.format, run.created, run.refused, run.ignored_columns) == ("magento", 4, 2, ("weight",))
    assert [listing.key for listing in listings(run)] == ["BAG", "HOOD"]


@pytest.mark.usefixtures("clean")
def test_the_slug_of_another_system_stays_the_listing_s_slug_where_it_is_free() -> None:
    head = "Handle,Title,Variant Price\n"
    first = import_file(f"{head}blue-mug-2019,Blue mug,10\nTea_Pot,Tea pot,10\n{'x' * 91},Long,10\n".encode())
    assert {listing.key: listing.slug for listing in listings(first)} == {
        "Tea_Pot": "tea-pot", "blue-mug-2019": "blue-mug-2019", "x" * 91: "long",
    }  # fmt: skip
    import_file(b"key,title,price\nown,Red mug 2020,10\n")
    second = import_file(f"{head}blue-mug-2019,Quite another title,10\nred-mug-2020,Red,10\n".encode())
    slugs = {listing.key: listing.slug for listing in listings(second)}
    assert (slugs["blue-mug-2019"], slugs["own"], slugs["red-mug-2020"]) == (
        "blue-mug-2019", "red-mug-2020", "red-mug-2020-2",
    )  # fmt: skip
    scarf = next(each for each in listings(import_file((SHAPES / "squarespace.csv").read_bytes())) if each.key == "p1")
    assert scarf.slug == "wool-scarf"


@pytest.mark.usefixtures("clean")
def test_an_import_refuses_no_title_and_keeps_the_slugs_that_listings_have() -> None:
    first = import_file("key,title,price\na,青い花瓶,10\nb,青い花瓶,10\nc,Blue vase,10\nd,🎁,10\n".encode())
    slugs = {"a": "qing-ihua-ping", "b": "qing-ihua-ping-2", "c": "blue-vase", "d": "listing"}
    assert (first.created, first.refused) == (4, 0)
    assert {each.key: each.slug for each in listings(first)} == slugs
    second = import_file("key,title,price\na,Blue vase,10\nb,白い花瓶,10\nc,花瓶,10\nd,🎁🎁,10\n".encode())
    assert (second.updated, second.refused) == (4, 0)
    assert {each.key: each.slug for each in listings(second)} == slugs
    with_handle = import_file("Handle,Title,Variant Price\nmy-vase,花瓶,10\n".encode())
    assert next(each.slug for each in listings(with_handle) if each.key == "my-vase") == "my-vase"
