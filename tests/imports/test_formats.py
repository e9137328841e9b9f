"""How the rows of each format are read, rule by rule, and limits on lines and memory."""

import io
import tracemalloc
from datetime import date

import pytest

from platform_app.domain.catalog.rules import MAX_PICTURES, Status
from platform_app.domain.catalog.schemas import ListingInput
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import categories, cells, files, formats, mapping_suggestions
from platform_app.domain.imports.rules.budgets import MAX_RECORD_BYTES
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import FileProfile, Reading

TODAY = date(2019, 5, 15)


def parse(kind: Format, *records: dict[str, str]) -> Product:
    """The product of these records, the first on line 2; empty cells are left out."""
    rows = [Row(line, {name: cell for name, cell in record.items() if cell}) for line, record in enumerate(records, 2)]
    columns = tuple(dict.fromkeys(name for record in records for name in record))
    return formats.parse_product(rows, kind, Reading("USD", TODAY, FileProfile(columns=columns)))


def draft_of(product: Product) -> ListingInput:
    """The listing of a product without refused rows."""
    assert product.refused == {}
    assert product.listing_input is not None
    return product.listing_input


def shirt(**cells: str) -> dict[str, str]:
    """A variable product of WooCommerce."""
    return {"Type": "variable", "SKU": "shirt", "Name": "Shirt", "Published": "1"} | named(cells)


def size(value: str, **cells: str) -> dict[str, str]:
    """One of its variations."""
    option = {"Attribute 1 name": "Size", "Attribute 1 value(s)": value}
    return {"Type": "variation", "Parent": "shirt", "Published": "1", "Regular price": "20"} | option | named(cells)


def album(**cells: str) -> dict[str, str]:
    """A simple product of WooCommerce."""
    return {"Type": "simple", "SKU": "album", "Name": "Album", "Regular price": "20"} | named(cells)


def mug(**cells: str) -> dict[str, str]:
    """A product of Shopify with one variant."""
    return {"Handle": "mug", "Title": "Mug", "Variant Price": "12"} | named(cells)


def named(cells: dict[str, str]) -> dict[str, str]:
    """Columns by their names in a file."""
    columns = {
        "backorders": "Backorders allowed?",
        "in_stock": "In stock?",
        "sale": "Sale price",
        "starts": "Date sale price starts",
        "ends": "Date sale price ends",
        "visibility": "Visibility in catalog",
        "tracker": "Variant Inventory Tracker",
        "counted": "Variant Inventory Qty",
        "policy": "Variant Inventory Policy",
    }
    return {columns.get(name, name.capitalize()): cell for name, cell in cells.items()}


@pytest.mark.parametrize(
    ("parent", "quantity"),
    [
        (shirt(stock="7"), 7),
        (shirt(stock="0", in_stock="0"), 0),
        (shirt(stock="7", backorders="notify"), None),
        (shirt(in_stock="0"), 0),
        (shirt(in_stock="1"), None),
    ],
)
def test_a_variation_without_a_stock_count_has_its_parents(parent: dict[str, str], quantity: int | None) -> None:
    draft = draft_of(parse(Format.WOOCOMMERCE, parent, size("S", stock="parent", in_stock="1"), size("L", stock="3")))
    assert [(variant.choice, variant.quantity) for variant in draft.variants] == [(("S",), quantity), (("L",), 3)]


def test_an_invalid_stock_count_of_a_parent_refuses_the_variation_only() -> None:
    product = parse(Format.WOOCOMMERCE, shirt(stock="parent"), size("S", stock="parent"), size("L", stock="3"))
    assert product.refused == {3: 'Stock "parent" is not a whole number'}
    assert product.listing_input is not None
    assert [variant.choice for variant in product.listing_input.variants] == [("L",)]


@pytest.mark.parametrize(
    ("starts", "ends", "is_on"),
    [
        ("", "", True),
        ("2019-05-15", "", True),
        ("2019-05-16", "", False),
        ("", "2019-05-15", True),
        ("", "2019-05-14", False),
        ("2019-05-01", "2019-05-31", True),
        ("2019-05-15 00:00:00", "2019-05-15 00:00:00", True),
        ("2019-05-16 00:00:00", "2019-05-31 00:00:00", False),
        ("2019-04-01T00:00:00", "2019-05-14T23:59:59", False),
        ("2019-04-01T00:00:00+02:00", "2019-05-15T23:59:59Z", True),
    ],
)
def test_a_sale_lasts_from_its_first_day_to_its_last(starts: str, ends: str, is_on: bool) -> None:
    (variant,) = draft_of(parse(Format.WOOCOMMERCE, album(sale="15", starts=starts, ends=ends))).variants
    assert (variant.price, variant.compare_at) == ((1500, 2000) if is_on else (2000, None))


def test_invalid_sale_dates_are_refused_only_with_a_sale_price() -> None:
    product = parse(Format.WOOCOMMERCE, album(sale="15", starts="01/05/2019"))
    assert (product.listing_input, product.refused) == (None, {2: 'Date sale price starts "01/05/2019" is not a date'})
    assert draft_of(parse(Format.WOOCOMMERCE, album(starts="01/05/2019"))).variants[0].price == 2000


@pytest.mark.parametrize("published", ["0", "-1"])
def test_an_unpublished_variation_is_refused_and_the_others_stay(published: str) -> None:
    product = parse(Format.WOOCOMMERCE, shirt(), size("S"), size("M", published=published), size("L"))
    assert product.refused == {4: "is not published"}
    assert product.listing_input is not None
    assert product.listing_input.status is Status.PUBLISHED
    assert [variant.choice for variant in product.listing_input.variants] == [("S",), ("L",)]


def test_a_draft_keeps_variations_that_were_exported_as_drafts() -> None:
    parent = shirt(published="-1")
    draft = draft_of(parse(Format.WOOCOMMERCE, parent, size("S", published="-1"), size("L", published="-1")))
    assert (draft.status, [variant.choice for variant in draft.variants]) == (Status.DRAFT, [("S",), ("L",)])
    product = parse(Format.WOOCOMMERCE, shirt(published="0"), size("S", published="0"), size("L"))
    assert product.refused == {3: "is not published"}


@pytest.mark.parametrize(
    ("published", "visibility", "status"),
    [
        ("1", "visible", Status.PUBLISHED),
        ("1", "search", Status.PUBLISHED),
        ("1", "hidden", Status.DRAFT),
        ("0", "visible", Status.DRAFT),
        ("-1", "visible", Status.DRAFT),
        ("", "", Status.PUBLISHED),
    ],
)
def test_a_woocommerce_product_is_published_unless_hidden_or_a_draft(
    published: str, visibility: str, status: Status
) -> None:
    draft = draft_of(parse(Format.WOOCOMMERCE, album(published=published, visibility=visibility)))
    assert draft.status is status


@pytest.mark.parametrize(
    ("status", "published", "expected"),
    [
        ("active", "true", Status.PUBLISHED),
        ("active", "", Status.PUBLISHED),
        ("active", "false", Status.DRAFT),
        ("Active", "FALSE", Status.DRAFT),
        ("", "true", Status.PUBLISHED),
        ("", "false", Status.DRAFT),
        ("", "", Status.PUBLISHED),
        ("draft", "true", Status.DRAFT),
        ("archived", "true", Status.ARCHIVED),
        ("archived", "false", Status.ARCHIVED),
    ],
)
def test_a_shopify_product_is_published_when_active_and_published(
    status: str, published: str, expected: Status
) -> None:
    assert draft_of(parse(Format.SHOPIFY, mug(status=status, published=published))).status is expected


@pytest.mark.parametrize(
    ("tracker", "counted", "policy", "quantity"),
    [
        ("shopify", "4", "deny", 4),
        ("shopify", "0", "deny", 0),
        ("shopify", "-2", "deny", 0),
        ("shopify", "", "deny", None),
        ("shopify", " ", "deny", None),
        ("shopify", "4", "continue", None),
        ("", "4", "deny", None),
    ],
)
def test_shopify_stock_counts_when_it_is_tracked_and_given(
    tracker: str, counted: str, policy: str, quantity: int | None
) -> None:
    (variant,) = draft_of(parse(Format.SHOPIFY, mug(tracker=tracker, counted=counted, policy=policy))).variants
    assert variant.quantity == quantity


def test_a_variant_has_no_picture_that_its_listing_leaves_out() -> None:
    records = [
        {"key": "mug", "title": "Mug", "price": "10", "option1_name": "Size", "option1_value": f"S{number}"}
        | {"image_urls": f"https://pictures.example/{number}.jpg"}
        for number in range(MAX_PICTURES + 2)
    ]
    draft = draft_of(parse(Format.PLAZA, *records))
    shown = [picture.source for picture in draft.pictures]
    assert shown == [f"https://pictures.example/{number}.jpg" for number in range(MAX_PICTURES)]
    assert [variant.picture for variant in draft.variants] == [*shown, None, None]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"key,title,price," + b"x" * files.MAX_HEADER, "Line 1 has more than 1,048,576 characters."),
        (b"\n\n" + b"," * (files.MAX_HEADER + 1), "Line 3 has more than 1,048,576 characters."),
        (
            b"key,title,price\na,Mug,10\n" + b"b,Cup," * (MAX_RECORD_BYTES // 6 + 1),
            "Line 3 has more than 8,388,608 characters.",
        ),
    ],
)
def test_an_endless_line_is_refused_by_its_number(body: bytes, reason: str) -> None:
    with pytest.raises(FileRefused, match=reason):
        list(files.read_rows(io.BytesIO(body), encoding="utf-8-sig")[1])


@pytest.mark.parametrize("cells", [b"ab,", b'"a\n",'])
def test_an_endless_row_is_refused_before_it_fills_the_memory(cells: bytes) -> None:
    body = io.BytesIO(b"key,title,price\na,Mug,10\n" + cells * (MAX_RECORD_BYTES // len(cells) - 1))
    rows = files.read_rows(body, encoding="utf-8-sig", is_header=formats.is_header)[1]
    assert next(rows).line == 2
    with pytest.raises(FileRefused, match=r"The row at line 3 takes over [\d,]+ bytes to read; the limit is 8,388,608"):
        next(rows)


def test_a_file_of_one_line_takes_no_more_memory_than_a_header_may() -> None:
    body = io.BytesIO(b"a," * (16 * files.MAX_HEADER))
    tracemalloc.start()
    try:
        with pytest.raises(FileRefused, match="Line 1 has more than"):
            files.read_rows(body, encoding="utf-8-sig")
        assert tracemalloc.get_traced_memory()[1] < 8 * files.MAX_HEADER
    finally:
        tracemalloc.stop()


def test_a_header_and_lines_of_the_maximum_length_are_read() -> None:
    header = (b"key,title,price," + b"x" * 999 + (b"," + b"y" * 999) * 2000)[: files.MAX_HEADER - 1] + b"\n"
    names, rows = files.read_rows(io.BytesIO(header + b'a,"Mug\r\nof clay",10\r\nb,Cup,12'), encoding="utf-8-sig")
    assert len(names) == 1052
    assert [(row.line, row.cells["title"]) for row in rows] == [(2, "Mug\r\nof clay"), (4, "Cup")]


@pytest.mark.parametrize(
    ("header", "more"),
    [
        (
            "name cost image image2 photo_3",
            {"image_urls": "image", "image_urls.2": "image2", "image_urls.3": "photo_3"},
        ),
        ("name cost bild1 bild2", {"image_urls": "bild1", "image_urls.2": "bild2"}),
        (
            "name cost image_link additional_image_link",
            {"image_urls": "image_link", "image_urls.2": "additional_image_link"},
        ),
        ("name cost group size COLOUR", {"key": "group", "option1.Size": "size", "option2.Colour": "COLOUR"}),
        ("name cost sku size colour", {"sku": "sku"}),
    ],
)
def test_columns_of_pictures_and_options_are_suggested(header: str, more: dict[str, str]) -> None:
    assert mapping_suggestions.suggest_mapping(header.split()) == {"title": "name", "price": "cost", **more}


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ("red, blue", ["red", "blue"]),
        ("red;blue", ["red", "blue"]),
        ("red | blue", ["red", "blue"]),
        (r"one\, two, three", ["one, two", "three"]),
        ("salt &amp; pepper, mill", ["salt & pepper", "mill"]),
    ],
)
def test_tags_of_an_export_are_separated_by_what_the_cell_shows(cell: str, tags: list[str]) -> None:
    assert cells.split_tags(cell) == tags


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("/winter/scarves", "scarves"),
        ("Home/Garden", "Home/Garden"),
        (r"Clothes > Sweaters\/Hoodies", "Sweaters/Hoodies"),
        ("A > B, C > D", "B"),
        ("/", ""),
    ],
)
def test_the_words_for_an_unknown_category_are_the_last_step_of_its_path(label: str, words: str) -> None:
    assert categories.last_step(label) == words


def test_a_repeated_column_gets_a_number_and_is_not_lost() -> None:
    body = b"key,title,price,price,price 2,,,price\na,Mug,1,2,3,4,5,6\n"
    header, rows = files.read_rows(io.BytesIO(body), encoding="utf-8")
    assert header == ["key", "title", "price", "price 3", "price 2", "", "", "price 4"]
    (row,) = rows
    assert row.cells == {"key": "a", "title": "Mug", "price": "1", "price 3": "2", "price 2": "3", "price 4": "6"}
