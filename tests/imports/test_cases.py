"""Small files that sellers really have, each with its right outcome."""

import io
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import pytest

from platform_app.domain.catalog.schemas import ListingInput
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import encodings, formats, mapping_suggestions, plaza
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.readings import Reading
from tests.factories import NOW
from workers import imports, imports_files

CASES = Path(__file__).parent / "data" / "cases"


class Outcome(NamedTuple):
    """What a file becomes: its listings by key, why lines are refused, the remarks by key, and its ignored columns."""

    listings: dict[str, ListingInput]
    refused: dict[int, str]
    notes: dict[str, tuple[str, ...]]
    ignored: tuple[str, ...] = ()
    remark: str = ""


def outcome(
    name: str, *, currency: str = "USD", mapping: dict[str, str] | None = None, folder: Path = CASES
) -> Outcome:
    """Read a case as an import does, with the suggested mapping if its format is unknown."""
    with imports_files.open_local(folder / name) as table:
        if mapping is None and not formats.is_known(table.header):
            mapping = mapping_suggestions.suggest_mapping(table.header)
        kind = formats.detect_format(table.header, requested=Format.AUTO, mapping=mapping or {})
        again = partial(imports_files.open_local, folder / name)
        rows, profiler = imports.staged_rows(table, kind=kind, mapping=mapping or {}, again=again)
        staged = list(rows)
    refused = {row.line: row.problem for row in staged if row.problem}
    found = Outcome({}, refused, {}, profiler.profile().ignored, profiler.profile().remark)
    numbered = sorted((row for row in staged if row.product is not None), key=lambda row: (row.product, row.line))
    for _, group in groupby(numbered, key=lambda row: row.product):
        lines = [Row(row.line, row.cells) for row in group]
        product = formats.parse_product(lines, kind, Reading(currency, NOW.date(), profiler.profile()))
        found.refused.update(product.refused)
        if product.listing_input:
            found.listings[product.listing_input.key] = product.listing_input
            if product.notes:
                found.notes[product.listing_input.key] = product.notes
    return found


def titles(name: str) -> list[str]:
    """The titles of a case that is read without a word."""
    found = outcome(name)
    assert (found.refused, found.notes) == ({}, {})
    return [listing.title for listing in found.listings.values()]


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        ("status-words.csv", "published draft draft draft draft draft"),
        ("shopify-status-unlisted.csv", "draft published draft"),
        ("woo-visibility-en-gb.csv", "draft published"),
        ("woo-published-true.csv", "published published published"),
    ],
)
def test_words_for_a_status_are_understood(name: str, statuses: str) -> None:
    found = outcome(name)
    assert (" ".join(listing.status for listing in found.listings.values()), found.refused) == (statuses, {})


def test_an_unknown_status_makes_a_draft_with_the_reason() -> None:
    notes = {"u3": ('Status "Suspended" is not known, so this listing is a draft',)}
    assert outcome("shopify-status-unlisted.csv").notes == notes


def test_words_for_a_condition_are_understood_and_what_cannot_be_offered_is_a_draft() -> None:
    found = outcome("condition-words.csv")
    assert {key: (listing.condition.value, listing.status.value) for key, listing in found.listings.items()} == {
        **dict.fromkeys(("c1", "c2", "c3", "c4", "c8"), ("used_good", "published")),
        "c5": ("refurbished", "published"),
        "c6": ("used_like_new", "published"),
        "c7": ("used_good", "draft"),
    }
    reason = 'condition "For parts or not working" is not offered here, so this listing is a draft'
    assert (found.notes, found.refused) == ({"c7": (reason,)}, {})


def prices(found: Outcome) -> dict[str, int]:
    """The price of each listing's first variant."""
    return {key: listing.variants[0].price for key, listing in found.listings.items()}


def test_prices_are_read_in_every_spelling_and_what_is_unclear_or_in_another_currency_is_refused() -> None:
    found = outcome("prices-usd.csv")
    assert prices(found) == {
        **dict.fromkeys(("p00", "p01", "p04", "p05", "p06"), 123456),
        "p07": 123450, "p08": 123456700, "p11": 1250, "p13": 19900, "p19": 1250, "p23": 1250, "p29": 1200,
        "p30": 99, "p31": 99,
    }  # fmt: skip
    unclear = ": write it without thousands marks"
    other = ", but the shop sells in USD"
    assert found.refused == {
        4: f'price "1.234" could mean 1,234 or 1.234{unclear}',
        5: f'price "1,234" could mean 1,234 or 1.234{unclear}',
        20: f'price "19.999" could mean 19,999 or 19.999{unclear}',
        26: f'price "5,000" could mean 5,000 or 5{unclear}',
        11: f'price "12.50 EUR" is in EUR{other}',
        12: f'price "EUR 12.50" is in EUR{other}',
        14: f'price "199 kr" is in DKK or ISK or NOK or SEK{other}',
        16: f'price "₹1,299" is in INR{other}',
        17: f'price "R$ 12,90" is in BRL{other}',
        18: f'price "12,90 zł" is in PLN{other}',
        28: f'price "12.50 GBP" is in GBP{other}',
        29: f'price "¥1200" is in CNY or JPY{other}',
        30: f'price "£12" is in another currency{other}',
        **{
            line: f'price "{text}" is not an amount in USD'
            for line, text in [
                (19, "1.5E+3"), (22, "(5.00)"), (23, "10-20"), (24, "$10.00 - $20.00"), (27, "1.23E+02"), (34, "12 50"),
            ]
        },
    }  # fmt: skip


def test_a_currency_without_decimals_has_thousands_behind_its_marks() -> None:
    found = outcome("prices-vnd.csv", currency="VND")
    assert prices(found) == {
        "p00": 150_000, "p01": 1_050_000, "p02": 1050, "p03": 1050, "p05": 150_000, "p06": 1500,
    }  # fmt: skip
    assert found.refused == {6: 'price "99.5" has decimals, and VND has none'}


def test_a_column_with_another_currency_is_refused_by_name() -> None:
    reason = "currency is EUR, but the shop sells in USD"
    assert outcome("currency-column.csv") == Outcome({}, {2: reason, 3: reason}, {})
    assert prices(outcome("currency-column.csv", currency="EUR")) == {"V-1": 2000, "V-2": 3000}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("sep-line.csv", ["Mug"]),
        ("bom-sep-line.csv", ["Mug"]),
        ("blank-then-bom.csv", ["Mug"]),
        ("double-bom.csv", ["Mug"]),
        ("info-lines.csv", ["Mug"]),
        ("title-banner.csv", ["Mug"]),
        ("lowercase-shopify.csv", ["Mug"]),
        ("delimiter-guess.csv", ["Mug, blue", "Cup"]),
        ("workbook-instructions-first.xlsx", ["Second sheet mug"]),
        ("utf16-tab.txt", ["Café für Zoë"]),
        ("emoji.csv", ["🎁", "Gift 🎁 box", "👨‍👩‍👧 Family mug"]),
    ],
)
def test_the_header_is_found_wherever_it_stands(name: str, expected: list[str]) -> None:
    assert titles(name) == expected


def test_variants_of_a_lower_case_export_stay_variants() -> None:
    (listing,) = outcome("lowercase-shopify.csv").listings.values()
    assert (listing.options, listing.description) == (("Size",), "<p>x</p>")
    assert [(variant.choice, variant.price) for variant in listing.variants] == [(("S",), 1000), (("L",), 1200)]


@pytest.mark.parametrize(
    ("name", "option", "variants", "tags"),
    [
        (
            "woo-german.csv",
            "Format",
            [("A2", "PL-A2", 3499, None, 3), ("A3", "PL-A3", 1999, 2499, 2)],
            ("kunst", "druck"),
        ),
        ("woo-french.csv", "Taille", [("S", "TS-S", 1990, None, 4)], ("été",)),
    ],
)
def test_woocommerce_speaks_the_language_of_its_shop(
    name: str, option: str, variants: list[tuple[object, ...]], tags: tuple[str, ...]
) -> None:
    found = outcome(name, currency="EUR")
    (listing,) = found.listings.values()
    assert (listing.options, listing.tags, found.refused) == ((option,), tags, {})
    assert [
        (*variant.choice, variant.sku, variant.price, variant.compare_at, variant.quantity)
        for variant in listing.variants
    ] == variants


@pytest.mark.parametrize("name", ["tags-forms.csv"])
def test_tags_are_separated_by_what_sellers_use(name: str) -> None:
    assert [listing.tags for listing in outcome(name).listings.values()] == [("red", "blue")] * 4


def sources(found: Outcome) -> dict[str, list[str]]:
    """The pictures of each listing."""
    return {key: [picture.source for picture in listing.pictures] for key, listing in found.listings.items()}


def test_picture_urls_are_read_as_people_write_them_and_what_is_none_is_named() -> None:
    found = outcome("image-urls.csv")
    assert sources(found) == {
        "i1": ["https://cdn.example.com/my%20photo.jpg"],
        "i2": ["https://cdn.shopify.com/s/files/1/a.jpg"],
        "i3": ["https://cdn.example.com/Kräuter.jpg?v=1&w=2"],
        "i4": ["https://cdn.example.com/UP.JPG"],
        "i5": [],
    }
    assert found.notes == {"i5": ('Image Src "cdn.example.com/bare.jpg" is not the URL of a picture',)}


def test_lists_of_pictures_are_read_in_every_form() -> None:
    found = outcome("images-forms.csv")
    both = ["https://x.example/a.jpg", "https://x.example/b.jpg"]
    assert sources(found) == {**dict.fromkeys(("i1", "i2", "i3", "i4"), both), "i5": []}
    assert found.notes == {
        "i5": tuple(f'image_urls "{name}" is not the URL of a picture' for name in ("a1b2_mv2.jpg", "c3d4_mv2.jpg"))
    }


def test_escaped_commas_belong_to_their_value() -> None:
    (cable,) = outcome("woo-escaped-commas.csv").listings.values()
    assert [variant.choice for variant in cable.variants] == [("1,5 m",), ("2 m",)]
    assert cable.tags == ("one, two", "three")
    assert [picture.source for picture in cable.pictures] == [
        "https://example.org/images/123_High_Street,_London.jpg",
        "https://example.org/b.jpg",
    ]


def test_entities_are_decoded_once_where_text_is_plain() -> None:
    mill, mug, _ = outcome("entities.csv").listings.values()
    assert (mill.title, mill.tags, mill.category) == (
        "Salt & Pepper Mill",
        ("salt & pepper", "mill"),
        "Kitchen & pantry",
    )
    assert mill.description == 'Salt & pepper\xa0mill – 5" tall'
    assert mug.title == 'Bob\'s "Best" Mug'
    assert mug.description.startswith('<p>Fine &amp; <a href="https://x.example">linked</a></p>')


def test_nothing_long_is_cut() -> None:
    skus = [listing.variants[0].sku for listing in outcome("sku-80.csv").listings.values()]
    assert skus == ["A" * 80 + "-RED", "A" * 80 + "-BLUE"]
    assert [len(title) for title in titles("title-255.csv")] == [251]
    (parent,) = outcome("woo-long-sku.csv").listings.values()
    assert [len(variant.sku) for variant in parent.variants] == [92, 92]
    assert [len(key) for key in outcome("handle-long.csv").listings] == [230]


def test_cells_of_a_workbook_keep_their_zeros_and_name_their_errors() -> None:
    found = outcome("workbook-cells.xlsx")
    assert {key: listing.variants[0].sku for key, listing in found.listings.items()} == {
        "k1": "00123", "k2": "5601234567890123", "k3": "2025-03-01",
    }  # fmt: skip
    assert found.refused == {
        5: "price is the spreadsheet error #N/A",
        6: "price is empty",
        7: 'quantity "TRUE" is not a whole number',
    }


def test_rows_of_one_product_become_variants_only_by_an_option_column() -> None:
    mapping = {"key": "group", "title": "name", "price": "price", "quantity": "qty"}
    found = outcome("options-by-column.csv", mapping=mapping)
    how = (
        "is the same product as line 2. If both are variants of it, match the column in which they differ to an option, "
        'for example --map option.Size="size"'
    )
    assert found.refused == {3: how, 4: how}
    pairs = [*mapping.items(), ("option.Size", "size"), ("option.Colour", "color")]
    (shirt,) = outcome("options-by-column.csv", mapping=plaza.number_fields(pairs)).listings.values()
    assert shirt.options == ("Size", "Colour")
    assert [(variant.choice, variant.price, variant.quantity) for variant in shirt.variants] == [
        (("Small", "Black"), 1999, 4),
        (("Medium", "Black"), 1999, 3),
        (("Small", "Red"), 2499, 2),
    ]


@pytest.mark.parametrize("name", ["duplicate-sku-generic.csv", "same-title-no-key.csv"])
def test_a_second_row_of_one_product_is_refused_and_says_how_it_could_be_a_variant(name: str) -> None:
    found = outcome(name)
    assert len(found.listings) == 2
    assert list(found.refused) == [3]
    assert found.refused[3].startswith("is the same product as line 2. If both are variants of it, match the column")


def test_words_for_a_quantity_are_understood() -> None:
    found = outcome("quantity-words.csv")
    quantities = {key: listing.variants[0].quantity for key, listing in found.listings.items()}
    assert quantities == {"q1": None, "q2": 0, "q3": None, "q4": 1000, "q6": None}
    assert found.refused == {6: 'quantity ">10" is not a whole number'}


def test_a_policy_and_a_date_are_read_in_any_case_and_form() -> None:
    stocks = {key: listing.variants[0].quantity for key, listing in outcome("negative-stock.csv").listings.items()}
    assert stocks == {"n1": 0, "n2": None, "n3": None, "n4": 2, "n5": None}
    found = outcome("woo-sale-dates.csv")
    assert prices(found) == {"D1": 800, "D3": 800}
    assert found.refused == {3: 'Date sale price starts "01/11/2025" is not a date'}


def test_json_is_refused_by_name() -> None:
    with pytest.raises(FileRefused, match=r"^This is a JSON file\. Export your listings as CSV and try again\.$"):
        outcome("etsy.json")


def test_a_merchant_feed_as_xml_is_read_and_its_currency_is_checked() -> None:
    (vase,) = outcome("google.xml", currency="GBP").listings.values()
    assert (vase.key, vase.title, vase.variants[0].price) == ("1", "Vase", 1500)
    reason = 'price "15.00 GBP" is in GBP, but the shop sells in USD'
    assert outcome("google.xml") == Outcome({}, {1: reason}, {})


def test_a_merchant_feed_as_text_makes_variants_and_never_sells_used_as_new() -> None:
    found = outcome("google-merchant.tsv")
    (shirt,) = found.listings.values()
    (variant,) = shirt.variants
    assert (shirt.key, shirt.condition, shirt.options, shirt.attributes) == ("GRP", "new", ("Size",), {"Color": "Blue"})
    assert (variant.choice, variant.sku, variant.price, variant.compare_at, variant.quantity) == (
        ("M",), "G1", 2900, 3900, None,
    )  # fmt: skip
    assert found.refused == {3: 'condition "used" is not that of line 2: a listing has one condition'}
    assert found.notes == {"GRP": ('barcode "0194501067842" has a wrong check digit, so it was left out',)}
    other = ", but the shop sells in EUR"
    refused = outcome("google-merchant.tsv", currency="EUR").refused
    assert refused == {2: f'price "29.00 USD" is in USD{other}', **found.refused}


@pytest.mark.parametrize(
    ("name", "encoding", "expected"),
    [
        ("cp1250.csv", "cp1250", ["Wieża żółta – półka", "Příborník dubový"]),
        ("cp1251.csv", "cp1251", ["Льняное платье"]),
        ("sjis.csv", "cp932", ["木製テーブル"]),
    ],
)
def test_an_encoding_is_found_and_named(name: str, encoding: str, expected: list[str]) -> None:
    with imports_files.open_local(CASES / name) as table:
        assert table.encoding == encoding
    assert titles(name) == expected


@pytest.mark.parametrize(
    ("name", "encoding", "title"),
    [("gbk.csv", "gb18030", "陶瓷茶壶"), ("macroman.csv", "mac_roman", "Café crème brûlée")],
)
def test_a_doubtful_encoding_is_asked_for_with_its_readings(name: str, encoding: str, title: str) -> None:
    with pytest.raises(FileRefused, match="The encoding of this file is not certain") as asked:
        titles(name)
    assert f'"k1,{title},40" ({encoding})' in str(asked.value)
    with imports_files.open_local(CASES / name, encoding=encoding) as table:
        assert [row.cells["title"] for row in table.rows] == [title]


@pytest.mark.parametrize(
    "text",
    [
        "Größe für Tür", "Jarrón pequeño", "€10", "Women’s coat – “x” 5½", "Crème créée déjà", "Rød grød med fløde",
        "10×20 cm, 90°C «Chaise» n°5 50 % T® a·b", "Smörgåsbord", "L’été à Nîmes", "coração, ações",
    ],
)  # fmt: skip
def test_western_text_is_windows_1252(text: str) -> None:
    assert encodings.detect(io.BytesIO(f"key,title\nk,{text}\n".encode("cp1252"))) == "cp1252"


def test_a_named_encoding_has_to_fit() -> None:
    with pytest.raises(FileRefused, match=r"The file is not encoded as UTF-8\."):
        encodings.require(io.BytesIO(b"\xff\xfe"), "utf-8-sig")
    with pytest.raises(FileRefused, match=r'"rot13" is not an encoding that Plaza reads. It reads: utf-8-sig, utf-16,'):
        encodings.require(io.BytesIO(b""), "rot13")
