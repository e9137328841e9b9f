"""Barcodes, weights and unit prices in files."""

import csv
import io

import pytest

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import MAX_ALT, MAX_PICTURES, MAX_TAGS, is_gtin
from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.imports.rules import measures
from platform_app.domain.imports.rules.states import Outcome
from tests.imports.helpers import import_file, listings, notes
from tests.imports.test_cases import outcome


@pytest.mark.parametrize("code", ["96385074", "036000291452", "4006381333931", "9783161484100", "10614141000415"])
def test_a_code_with_a_correct_check_digit_is_a_gtin(code: str) -> None:
    assert is_gtin(code)
    assert not is_gtin(code[:-1] + str((int(code[-1]) + 1) % 10))


@pytest.mark.parametrize(
    ("text", "code", "problem"),
    [
        ("978-3-16-148410-0", "9783161484100", None),
        (" '036000291452", "036000291452", None),
        ('="4006381333931"', "4006381333931", None),
        ("", "", None),
        ("4006381333932", "", "has a wrong check digit"),
        ("4.00638E+12", "", "is not a GTIN of 8, 12, 13 or 14 digits"),
        ("X001ABC", "", "is not a GTIN of 8, 12, 13 or 14 digits"),
        ("36000291452", "", "is not a GTIN of 8, 12, 13 or 14 digits"),
        ("\u0664006381333931", "", "is not a GTIN of 8, 12, 13 or 14 digits"),
    ],
)
def test_a_barcode_is_kept_or_the_report_says_why_not(text: str, code: str, problem: str | None) -> None:
    remarks: list[str] = []
    assert measures.parse_barcode(text, column="gtin", notes=remarks) == code
    assert remarks == ([f'gtin "{text}" {problem}, so it was left out'] if problem else [])


@pytest.mark.parametrize(
    ("text", "unit", "weight"),
    [
        ("450", "g", "450 g"), ("0,45 kg", "", "0.45 kg"), ("0.450", "kg", "0.45 kg"), ("12 Oz.", "g", "12 oz"),
        ("1.5", "Pounds", "1.5 lb"), ("0", "g", ""), ("0.0 kg", "", ""), ("", "g", ""), ("1.234", "kg", "1.234 kg"),
        ("0,125 kg", "", "0.125 kg"), ("1000 Gramm", "", "1000 g"),
    ],
)  # fmt: skip
def test_a_weight_keeps_its_unit(text: str, unit: str, weight: str) -> None:
    remarks: list[str] = []
    assert (measures.parse_weight(text, unit=unit, column="weight", notes=remarks), remarks) == (weight, [])


@pytest.mark.parametrize(
    ("text", "weight", "remark"),
    [
        ("1,234 g", "", 'weight "1,234 g" could mean a thousand or a decimal, so it was left out'),
        ("12", "", 'weight "12" has no unit, so it was left out'),
        ("-3 g", "", 'weight "-3 g" is not a measure, so it was left out'),
        ("1 lb 4 oz", "", 'weight "1 lb 4 oz" is not a measure, so it was left out'),
        ("500 ml", "", 'weight "500 ml" is not a measure, so it was left out'),
        ("9999999999 g", "", 'weight "9999999999 g" is not a measure, so it was left out'),
        ("0.45359237001 kg", "0.453592 kg", 'weight "0.45359237001 kg" was rounded to 0.453592 kg'),
    ],
)
def test_a_weight_that_is_unclear_is_named(text: str, weight: str, remark: str) -> None:
    remarks: list[str] = []
    assert measures.parse_weight(text, unit="", column="weight", notes=remarks) == weight
    assert remarks == [remark]


def test_shopify_s_weight_is_kept_a_wrong_barcode_is_not_and_its_other_columns_are_named() -> None:
    found = outcome("shopify-barcode-weight.csv")
    (lamp,) = found.listings.values()
    (variant,) = lamp.variants
    assert (variant.sku, variant.barcode, variant.weight, variant.quantity) == ("00123", "", "450 g", 3)
    assert lamp.attributes == {"Brand": "Lumo", "Color": "blue; white"}
    wrong = 'Variant Barcode "0194501067842" has a wrong check digit, so it was left out'
    assert (found.notes, found.ignored) == ({"bar": (wrong,)}, ("SEO Title", "SEO Description"))


@pytest.mark.usefixtures("clean")
def test_a_unit_price_by_the_headers_of_today_s_shopify_export() -> None:
    head = (
        "Title,URL handle,Price,Barcode,Weight value (grams),Weight unit for display,Unit price total measure,"
        "Unit price total measure unit,Unit price base measure,Unit price base measure unit"
    )
    run = import_file(f"{head}\nOil,oil,9,4006381333931,480,kg,500,ml,1,L\n".encode())
    (variant,) = catalog.to_input(listings(run)[0]).variants
    assert variant.model_dump(include={"barcode", "weight", "measure", "base_measure"}) == {
        "barcode": "4006381333931", "weight": "0.48 kg", "measure": "500 ml", "base_measure": "1 l",
    }  # fmt: skip
    again = import_file(b"Handle,Title,Variant Price\noil,Oil,9\n")
    assert notes(again, Outcome.UNCHANGED) == {2: ""}
    emptied = import_file(b"Handle,Title,Variant Price,Variant Barcode\noil,Oil,9,\n")
    (variant,) = catalog.to_input(listings(emptied)[0]).variants
    assert (variant.barcode, variant.weight) == ("", "0.48 kg")


@pytest.mark.usefixtures("clean")
@pytest.mark.parametrize(
    ("head", "weight"),
    [('Weight (kg),"GTIN, UPC, EAN, or ISBN"', "0.3 kg"), ('Gewicht (g),"GTIN, UPC, EAN oder ISBN"', "0.3 g")],
)
def test_woocommerce_s_weight_has_the_unit_of_its_column(head: str, weight: str) -> None:
    rows = "1,simple,A,Mug,10,0.3,4006381333931\n"
    run = import_file(f"ID,Type,SKU,Name,Regular price,{head}\n{rows}".encode())
    (variant,) = catalog.to_input(listings(run)[0]).variants
    assert (variant.weight, variant.barcode) == (weight, "4006381333931")


def test_the_catalog_accepts_no_other_barcodes_and_measures() -> None:
    assert VariantInput(price=1, weight="0.45 kg", measure="3 ct").weight == "0.45 kg"
    for wrong in ({"barcode": "123"}, {"weight": "0.450 kg"}, {"weight": "1 ml"}, {"measure": "1 stone"}):
        with pytest.raises(ValueError, match=r"barcode|weight|measure"):
            VariantInput.model_validate({"price": 1, **wrong})


@pytest.mark.usefixtures("clean")
def test_the_report_names_the_columns_that_are_not_imported_once() -> None:
    run = import_file(b"key,title,price,colour code,empty\na,Mug,10,7,\nb,Cup,10,8,\n")
    assert (run.ignored_columns, notes(run, Outcome.CREATED)) == (("colour code",), {2: "", 3: ""})


@pytest.mark.usefixtures("clean")
def test_what_has_no_room_is_named_in_the_report() -> None:
    tags = "|".join(f"tag {number}" for number in range(MAX_TAGS))
    text = io.StringIO()
    csv.writer(text).writerows(
        [
            ["key", "title", "price", "category", "tags", "pictures", "picture_texts"],
            ["a", "Mug", "10", "Unknown things", tags, "https://a.example/1.jpg", "x" * (MAX_ALT + 1)],
        ]
    )
    run = import_file(text.getvalue().encode())
    (listing,) = listings(run)
    assert (len(listing.tags), len(listing.pictures[0].alt)) == (MAX_TAGS, MAX_ALT)
    assert notes(run, Outcome.CREATED) == {
        2: f"picture_texts has {MAX_ALT + 1} characters, of which the first {MAX_ALT} were kept; "
        f'tag "tag {MAX_TAGS - 1}" was left out to make room for the category'
    }
    more = "|".join(f"https://b.example/{number}.jpg" for number in range(MAX_PICTURES))
    again = import_file(f"key,title,price,option1_name,option1_value,variant_picture\n{_variants(more)}".encode())
    assert notes(again, Outcome.UPDATED)[2].startswith("1 pictures over the limit of 30 were left out")


def _variants(urls: str) -> str:
    return "".join(f"a,Mug,10,Size,{number},{url}\n" for number, url in enumerate(urls.split("|")))
