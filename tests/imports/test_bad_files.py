"""Malformed and unusual files: each has an exact outcome, and none leaves partial rows."""

import codecs
import io
import zipfile

import pytest

from platform_app.domain.catalog import rules
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.imports.schemas import Run
from tests.imports.helpers import count_rows, import_file, listings, notes

pytestmark = pytest.mark.usefixtures("clean")
HEADER = b"key,title,price\n"


def zipped(content: bytes) -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("listings.csv", content)
    return body.getvalue()


def csv_of(*rows: str, header: str = "key,title,price") -> bytes:
    return "\n".join([header, *rows, ""]).encode()


def counts(run: Run) -> tuple[int, int, int, int, int]:
    """The numbers of rows, created, updated, unchanged and refused, which must add up."""
    assert run.created + run.updated + run.unchanged + run.refused == run.rows
    return run.rows, run.created, run.updated, run.unchanged, run.refused


REFUSED = {
    "an unclosed quote": (
        HEADER + b'a,Mug,10\nb,"Cup,12\nc,Bowl,9\n',
        "The CSV has an error at line 4: unexpected end of data. A quote is probably not closed.",
    ),
    "text behind a closed quote": (
        HEADER + b'a,"Mug" big,10\n',
        "The CSV has an error at line 2: ',' expected after '\"'. A quote is probably not closed.",
    ),
    "a zip renamed to csv": (
        zipped(HEADER + b"a,Mug,10\n"),
        "This is a ZIP archive or a damaged workbook. Save the sheet as XLSX or CSV again and upload that.",
    ),
    "binary junk": (
        bytes(range(255, 0, -1)) * 40,
        "The file is not encoded as UTF-16. Save it as CSV (UTF-8) and try again.",
    ),
    "UTF-16 that breaks off": (
        (HEADER + b"a,Mug,10\n").decode().encode("utf-16")[:-1],
        "The file is not encoded as UTF-16. Save it as CSV (UTF-8) and try again.",
    ),
    "UTF-16 without a mark": (
        (HEADER + b"a,Mug,10\n").decode().encode("utf-16-le"),
        "The file is not text: its first line contains zero bytes.",
    ),
    "zero bytes in a quoted header of two lines": (
        b'key,title,price,"a\n\x00b"\na,Mug,10,x\n',
        "The file is not text: its first line contains zero bytes.",
    ),
    "an empty file": (b"", "The file is empty. Its first line should name the columns."),
    "blank lines only": (b"\r\n\r\n  \r\n,,,\r\n", "The file is empty. Its first line should name the columns."),
    "an empty quoted name": (b'""\n""\n', "The file is empty. Its first line should name the columns."),
    "one line without end": (
        b"key,title,price\t" * 100_000,
        "Line 1 has more than 1,048,576 characters. Is this a CSV file with one line per row?",
    ),
    "columns that mean nothing": (
        b"colour,weight\nblue,3\n",
        "The columns of this file don't match an export that Plaza knows. Name at least a title and a "
        'price, for example --map title="Product Name" --map price="Cost". The file has: colour, weight',
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_without_a_table_is_refused_with_the_reason_and_leaves_nothing(name: str) -> None:
    body, reason = REFUSED[name]
    run = import_file(body)
    assert (run.state, run.message) == (RunState.REFUSED, reason)
    assert counts(run) == (0, 0, 0, 0, 0)
    assert count_rows(run, "listing", "variant", "import_row", "import_change", "import_mapping") == (0, 0, 0, 0, 0)


ACCEPTED = {
    "utf-8": ("utf-8-sig", (HEADER.decode() + "a,Café für Zoë,10\n").encode()),
    "utf-8 with a byte order mark": (
        "utf-8-sig",
        codecs.BOM_UTF8 + (HEADER.decode() + "a,Café für Zoë,10\n").encode(),
    ),
    "utf-16 little end first": (
        "utf-16",
        codecs.BOM_UTF16_LE + (HEADER.decode() + "a,Café für Zoë,10\n").encode("utf-16-le"),
    ),
    "utf-16 big end first": (
        "utf-16",
        codecs.BOM_UTF16_BE + (HEADER.decode() + "a,Café für Zoë,10\n").encode("utf-16-be"),
    ),
    "windows-1252": ("cp1252", (HEADER.decode() + "a,Café für Zoë,10\n").encode("cp1252")),
    "lone carriage returns": ("utf-8-sig", "key,title,price\ra,Café für Zoë,10\r".encode()),
    "no line end at the end": ("utf-8-sig", (HEADER.decode() + "a,Café für Zoë,10").encode()),
    "semicolons": ("utf-8-sig", 'key;title;price\na;"Café für Zoë";10,00\n'.encode()),
    "tabs": ("utf-8-sig", "key\ttitle\tprice\na\tCafé für Zoë\t10\n".encode()),
    "blank lines around everything": ("utf-8-sig", "\n,,\nkey,title,price\n\n  \na,Café für Zoë,10\n,,\n\n".encode()),
    "zero bytes in a cell": ("utf-8-sig", (HEADER.decode() + "a,Caf\x00é für \x00Zoë,10\n").encode()),
    "spaces around names and cells": ("utf-8-sig", " key , title , price \n a , Café   für Zoë , 10 \n".encode()),
    "ten thousand columns": (
        "utf-8-sig",
        csv_of(
            "a,Café für Zoë,10," + ",".join(["x"] * 9_997),
            header="key,title,price," + ",".join(f"extra{number}" for number in range(9_997)),
        ),
    ),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_table_in_any_usual_encoding_or_separator_is_read(name: str) -> None:
    encoding, body = ACCEPTED[name]
    run = import_file(body)
    assert (run.state, run.encoding, run.message) == (RunState.FINISHED, encoding, "")
    assert counts(run) == (1, 1, 0, 0, 0)
    (listing,) = listings(run)
    assert (listing.key, listing.title, listing.variants[0].price) == ("a", "Café für Zoë", 1000)


def test_a_file_with_only_a_header_imports_nothing() -> None:
    run = import_file(HEADER)
    assert (run.state, run.products, counts(run)) == (RunState.FINISHED, 0, (0, 0, 0, 0, 0))
    assert count_rows(run, "listing", "import_row", "import_change") == (0, 0, 0)


def test_a_cell_of_five_megabytes_is_refused_with_its_row_only() -> None:
    run = import_file(
        csv_of("a,Mug,10,fine", f"b,Cup,12,{'x' * 5_242_880}", "c,Bowl,9,", header="key,title,price,description")
    )
    assert counts(run) == (3, 2, 0, 0, 1)
    assert notes(run) == {3: "description has 5,242,880 bytes; the limit is 200,000"}
    assert [listing.key for listing in listings(run)] == ["a", "c"]


def test_a_row_with_too_many_cells_is_refused_and_one_with_too_few_is_not() -> None:
    run = import_file(csv_of("a,Mug,10,x,y", "b,Cup,12,,", "c,Bowl", "d,Jug,14"))
    assert counts(run) == (4, 2, 0, 0, 2)
    assert notes(run) == {2: "the row has 5 cells but the header names 3 columns", 4: "price is empty"}
    assert [listing.key for listing in listings(run)] == ["b", "d"]


def test_rows_of_one_handle_form_one_product_however_far_apart() -> None:
    header = "key,title,price,option1_name,option1_value"
    between = [f"p{number},Cup {number},5,," for number in range(1000)]
    run = import_file(csv_of("mug,Mug,10,Size,S", *between, "mug,,12,,L", "mug,,13,,S", header=header))
    assert counts(run) == (1003, 1002, 0, 0, 1)
    assert run.products == 1001
    assert notes(run) == {1004: "has the same options as line 2"}
    mug = next(listing for listing in listings(run) if listing.key == "mug")
    assert [(variant.choice, variant.price) for variant in mug.variants] == [(("S",), 1000), (("L",), 1200)]


PRICES = {
    "-1": "price -1 is not greater than zero",
    "0": "price 0 is not greater than zero",
    "0.004": "price 0.004 is not greater than zero",
    "": "price is empty",
    "free": 'price "free" is not an amount in USD',
    "NaN": 'price "NaN" is not an amount in USD',
    "1e5": 'price "1e5" is not an amount in USD',
    "90071992547409.92": "price 90071992547409.92 is higher than the maximum price",
    "9" * 40: 'price "999999999999999999999999999999" is not an amount in USD',
    "1.299,00": 129_900,
    "1,299.00": 129_900,
    "12,50": 1_250,
    "$12.50": 1_250,
    "€ 1.299,00": 'price "€ 1.299,00" is in EUR, but the shop sells in USD',
    "10000000": 1_000_000_000,
    "0.005": None,
}


def test_prices_are_read_in_either_notation_and_refused_when_ambiguous() -> None:
    rows = [f'p{index:02},Thing {index},"{price}"' for index, price in enumerate(PRICES)]
    run = import_file(csv_of(*rows))
    wrong = {index + 2: note for index, note in enumerate(PRICES.values()) if isinstance(note, str)}
    # Half a cent is rounded to even, which is zero.
    assert notes(run) == wrong | {17: "price 0.005 is not greater than zero"}
    assert counts(run) == (16, 5, 0, 0, 11)
    assert [listing.variants[0].price for listing in listings(run)] == [
        129_900,
        129_900,
        1_250,
        1_250,
        1_000_000_000,
    ]


QUANTITIES = {
    "5": 5,
    "5.0": 5,
    "5.00": 5,
    "-3": 0,
    "": None,
    "--5": 'quantity "--5" is not a whole number',
    "+-5": 'quantity "+-5" is not a whole number',
    "2.5": 'quantity "2.5" is not a whole number',
    "many": 'quantity "many" is not a whole number',
    "1" * 30: "quantity 111111111111111111111111111111 is higher than the maximum quantity",
}


def test_quantities_are_whole_numbers_or_refused() -> None:
    rows = [f"p{index},Thing {index},1,{quantity}" for index, quantity in enumerate(QUANTITIES)]
    run = import_file(csv_of(*rows, header="key,title,price,quantity"))
    assert notes(run) == {index + 2: note for index, note in enumerate(QUANTITIES.values()) if isinstance(note, str)}
    assert counts(run) == (10, 5, 0, 0, 5)
    stock = [(one.variants[0].tracked, one.variants[0].on_hand) for one in listings(run)]
    assert stock == [(True, 5), (True, 5), (True, 5), (True, 0), (False, 0)]


def test_a_description_is_stored_unchanged_and_rendered_without_scripts() -> None:
    raw = "<p onclick=alert(1)>Mug</p><script>alert(document.cookie)</script><img src=x onerror=alert(1)>"
    run = import_file(csv_of(f"a,Mug,10,{raw}", header="key,title,price,description"))
    (listing,) = listings(run)
    assert listing.description == raw
    assert rules.sanitize_html(listing.description) == "<p>Mug</p>"
    assert rules.plain_text(listing.description) == "Mug"


def test_five_hundred_variants_are_imported_and_the_rest_is_refused_by_row() -> None:
    rows = [f"mug,{'Mug' if not number else ''},10,{'Size' if not number else ''},S{number}" for number in range(600)]
    run = import_file(csv_of(*rows, header="key,title,price,option1_name,option1_value"))
    assert counts(run) == (600, 500, 0, 0, 100)
    assert notes(run) == dict.fromkeys(range(502, 602), "is one variant too many: the limit is 500")
    assert count_rows(run, "listing", "variant", "stock") == (1, 500, 500)


def test_too_many_pictures_do_not_refuse_the_listing() -> None:
    pictures = "|".join(f"https://pictures.example/{number}.jpg" for number in range(40))
    run = import_file(csv_of(f"a,Mug,10,{pictures}", header="key,title,price,image_urls"))
    assert counts(run) == (1, 1, 0, 0, 0)
    (listing,) = listings(run)
    assert [picture.source for picture in listing.pictures] == pictures.split("|")[:30]


def test_importing_too_many_variant_pictures_again_changes_nothing() -> None:
    rows = [f"mug,Mug,10,Size,S{number},https://pictures.example/{number}.jpg" for number in range(40)]
    body = csv_of(*rows, header="key,title,price,option1_name,option1_value,image_urls")
    assert counts(import_file(body)) == (40, 40, 0, 0, 0)
    assert counts(import_file(body)) == (40, 0, 0, 40, 0)


def test_a_title_or_description_that_is_too_long_is_refused_with_the_limit() -> None:
    run = import_file(
        csv_of(f"a,{'x' * 10_000},10,", f"b,Cup,12,{'y' * 60_000}", "c,Bowl,9,", header="key,title,price,description")
    )
    assert counts(run) == (3, 1, 0, 0, 2)
    assert notes(run) == {
        2: "title is too long: it has 10,000 characters, the limit is 255",
        3: "description is too long: it has 60,000 characters, the limit is 50,000",
    }
    assert [listing.key for listing in listings(run)] == ["c"]


def test_titles_in_any_script_are_stored_and_get_a_slug() -> None:
    titles = ["🏺 Vase", "🏺", "كوب من السيراميك", "כוס קרמיקה", "陶器のマグカップ", "e\u0301te\u0301"]
    run = import_file(csv_of(*(f",{title},10" for title in titles)))
    assert counts(run) == (6, 6, 0, 0, 0)
    found = listings(run)
    assert sorted(listing.title for listing in found) == sorted(titles)
    assert {listing.title: listing.slug for listing in found}["🏺"] == "listing"
    assert all(listing.slug.isascii() for listing in found)
    assert counts(import_file(csv_of(*(f",{title},10" for title in titles)))) == (6, 0, 0, 6, 0)


def test_an_unknown_category_becomes_a_tag_even_beside_forty_tags() -> None:
    tags = ",".join(f"t{number}" for number in range(45))
    body = csv_of(f'a,Mug,10,Home > Cups,"{tags}"', 'b,Cup,12," > ",x', header="key,title,price,category,tags")
    run = import_file(body)
    assert counts(run) == (2, 2, 0, 0, 0)
    mug, cup = listings(run)
    assert mug.tags == (*(f"t{number}" for number in range(39)), "Cups")
    assert cup.tags == ("x",)
    assert counts(import_file(body)) == (2, 0, 0, 2, 0)


def test_a_variation_without_its_product_is_refused() -> None:
    header = "ID,Type,SKU,Name,Regular price,Parent"
    run = import_file(
        csv_of("1,simple,mug,Mug,10,", "2,Variation,mug-s,,11,mug", "3,variation,x-s,,11,x", header=header)
    )
    assert counts(run) == (3, 1, 0, 0, 2)
    assert notes(run) == {3: "its product is not variable", 4: 'its product "x" isn\'t in the file'}
