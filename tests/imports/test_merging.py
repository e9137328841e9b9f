"""A second file changes only what it says, and a variant stays the same thing."""

from pathlib import Path
from uuid import UUID

import pytest

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.schemas import Listing, ListingInput
from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.schemas import Run
from platform_app.infra import db
from tests.imports.helpers import import_file, listings, notes
from tests.imports.test_import import undone

pytestmark = pytest.mark.usefixtures("clean")
CASES = Path(__file__).parent / "data" / "cases"


def case(name: str, **asked: object) -> Run:
    """Import a case."""
    return import_file((CASES / name).read_bytes(), **asked)


def content(run: Run) -> ListingInput:
    """The only listing of the shop."""
    (listing,) = listings(run)
    return catalog.to_input(listing)


def variants(listing: Listing) -> dict[str, tuple[UUID, tuple[str, ...], int | None]]:
    """Id, choice and stock of each variant by its SKU."""
    return {each.sku: (each.id, each.choice, each.tracked_quantity) for each in listing.variants}


@pytest.mark.parametrize(
    ("full", "partial", "price"),
    [
        ("partial-1-full.csv", "partial-2-prices-only.csv", 1950),
        ("partial-3-generic-full.csv", "partial-4-generic-price.csv", 2900),
    ],
)
def test_a_column_that_is_absent_changes_nothing(full: str, partial: str, price: int) -> None:
    before = content(case(full))
    (variant,) = before.variants
    assert variant.quantity is not None
    planned = case(partial, dry_run=True)
    assert notes(planned, Outcome.UPDATED) == {2: "variants"}
    assert content(planned) == before
    after = content(case(partial))
    assert after == before.model_copy(update={"variants": (variant.model_copy(update={"price": price}),)})


def test_an_empty_cell_empties() -> None:
    first = (
        b"key,title,price,description,tags,quantity,sku,image_urls\na,Mug,10,Round.,red,7,M-1,https://a.example/1.jpg\n"
    )
    before = content(import_file(first))
    assert (before.tags, before.variants[0].quantity, len(before.pictures)) == (("red",), 7, 1)
    after = content(import_file(b"key,title,price,description,tags,quantity,sku,image_urls\na,Mug,10,,,,,\n"))
    assert (after.description, after.tags, after.pictures) == ("", (), ())
    assert (after.variants[0].quantity, after.variants[0].sku) == (None, "")


def test_an_attribute_of_no_column_stays() -> None:
    case("partial-1-full.csv")
    after = import_file(b'key,title,price,attributes\nmug,Blue mug,18,"{""Brand"": ""Casa"", ""Glaze"": ""Matt""}"\n')
    assert content(after).attributes == {"Brand": "Casa", "Glaze": "Matt"}
    assert content(import_file(b"Handle,Title,Variant Price,Vendor\nmug,Blue mug,18,Nova\n")).attributes == {
        "Brand": "Nova", "Glaze": "Matt",
    }  # fmt: skip


def test_a_file_without_prices_changes_the_stock_of_what_is_there_and_refuses_what_is_new() -> None:
    body = b"Handle,Title,Variant SKU,Variant Inventory Qty\nmug,Blue mug,MUG-1,12\nnew,New mug,NEW-1,3\n"
    before = content(case("partial-1-full.csv"))
    run = import_file(body)
    after = content(run)
    assert notes(run) == {3: "is new here, and the file has no column with its price"}
    assert after == before.model_copy(update={"variants": (before.variants[0].model_copy(update={"quantity": 12}),)})
    refused = case("shopify-no-price-column.csv", slug="another-shop")
    assert notes(refused) == {2: "is new here, and the file has no column with its price"}
    assert listings(refused) == []


def test_a_file_without_options_changes_the_variants_with_its_skus() -> None:
    first = case("shopify-order-a.csv")
    (before,) = listings(first)
    run = import_file(b"Handle,Title,Variant SKU,Variant Price\nshirt,Shirt,S-2,25\n")
    (after,) = listings(run)
    assert (after.options, variants(after)) == (before.options, variants(before))
    assert [variant.price for variant in after.variants] == [2000, 2500]
    refused = import_file(b"Handle,Title,Variant Price\nshirt,Shirt,9\n")
    assert notes(refused) == {2: "this listing has 2 variants, and the file says neither their options nor a known SKU"}
    assert listings(refused) == [after]


@pytest.mark.parametrize(
    ("second", "options", "choices"),
    [
        ("shopify-order-b-swapped.csv", ("Size", "Color"), {"S-1": ("S", "Red"), "S-2": ("M", "Red")}),
        ("shopify-order-c-renamed-value.csv", ("Color", "Size"), {"S-1": ("Crimson", "S"), "S-2": ("Crimson", "M")}),
    ],
)
def test_a_variant_stays_itself_when_its_options_are_reordered_or_renamed(
    second: str, options: tuple[str, ...], choices: dict[str, tuple[str, ...]]
) -> None:
    first = case("shopify-order-a.csv")
    (before,) = listings(first)
    run = case(second)
    (after,) = listings(run)
    assert after.options == options
    assert variants(after) == {sku: (id_, choices[sku], stock) for sku, (id_, _, stock) in variants(before).items()}
    undone(run)
    (restored,) = listings(run)
    assert (restored.options, variants(restored)) == (before.options, variants(before))


def test_variants_without_a_sku_are_known_by_their_option_values_in_any_order() -> None:
    head = "key,title,price,quantity,option1_name,option1_value,option2_name,option2_value\n"
    first = import_file(f"{head}a,Tee,10,1,Size,S,Colour,Red\na,,10,2,,M,,Red\n".encode())
    (before,) = listings(first)
    run = import_file(f"{head}a,Tee,10,1,Colour,Red,Size,S\na,,10,2,,Red,,L\n".encode())
    (after,) = listings(run)
    ids = {variant.choice: variant.id for variant in before.variants}
    assert [variant.choice for variant in after.variants] == [("Red", "S"), ("Red", "L")]
    assert after.variants[0].id == ids["S", "Red"]
    assert after.variants[1].id not in ids.values()


def test_a_sku_that_moves_to_the_choice_of_a_removed_variant_takes_its_stock_along() -> None:
    head = "key,title,price,quantity,sku,option1_name,option1_value\n"
    (before,) = listings(import_file(f"{head}a,Tee,10,1,A,Size,S\na,,10,2,B,,M\n".encode()))
    run = import_file(b"key,title,price,sku,option1_name,option1_value\na,Tee,10,A,Size,M\n")
    (after,) = listings(run)
    assert variants(after) == {"A": (variants(before)["A"][0], ("M",), 1)}


def test_a_new_title_keeps_the_listing() -> None:
    (before,) = listings(case("retitle-1.csv"))
    (after,) = listings(case("retitle-2.csv"))
    assert (after.id, after.slug, after.title) == (before.id, "old-name-vase", "Completely new jar")


def test_the_report_says_why_a_listing_became_a_draft() -> None:
    run = case("shopify-status-unlisted.csv")
    assert notes(run, Outcome.CREATED)[4] == 'Status "Suspended" is not known, so this listing is a draft'


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("woo-category-slash.csv", [*["mugs"] * 8, "jewellery", "shoes"]),
        ("woo-multi-category.csv", ["hats-scarves"] * 2),
    ],
)
def test_the_most_specific_known_category_of_a_cell_is_taken(name: str, expected: list[str]) -> None:
    tree = [
        ("kitchen-pantry", "Kitchen & pantry", None, 0, ""),
        ("mugs", "Mugs", "kitchen-pantry", 0, ""),
        ("jewellery", "Jewellery", None, 1, ""),
        ("clothing", "Clothing", None, 2, ""),
        ("shoes", "Shoes", "clothing", 0, ""),
        ("hats-scarves", "Hats & scarves", "clothing", 1, ""),
        ("sale", "Sale", None, 3, ""),
    ]
    with db.writing() as session:
        catalog_service.seed_categories(session, tree=tree)
    found = {listing.title: listing.category for listing in listings(case(name))}
    order = [line.split(",")[1] for line in (CASES / name).read_text().splitlines()[1:]]
    if name.startswith("woo-multi"):
        order = ["Wool hat", "Felt hat"]
    assert [found[title] for title in order] == expected
