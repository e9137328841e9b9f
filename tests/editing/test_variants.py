"""The variants of a listing: their ids, stock, details and pictures."""

from uuid import uuid4

import pytest
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as catalog_service
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.editing import service
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.schemas import Edit
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.schemas import Membership
from platform_app.domain.stock.rules import Reason
from platform_app.infra.db import WriteSession
from tests.editing import helpers
from tests.editing.helpers import SHIRT, create_listing, fingerprint, publish, save_draft, seller
from tests.factories import NOW, make_draft


def test_variants_keep_their_ids_when_their_values_are_swapped(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT)
    ids = {row.choice: row.id for row in edit.content.variants}
    swapped = (
        edit.content.with_renamed_value(0, "Oat", "x")
        .with_renamed_value(0, "Ink", "Oat")
        .with_renamed_value(0, "x", "Ink")
    )
    again = publish(session, member, save_draft(session, member, edit, swapped))
    assert {row.choice: row.id for row in again.content.variants} == {("Ink",): ids["Oat",], ("Oat",): ids["Ink",]}


def test_a_sold_variant_cannot_be_removed(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT)
    oat = edit.content.variants[0].id
    session.execute(text("UPDATE stock SET sold = 1 WHERE variant_id = :oat"), {"oat": oat})
    less = save_draft(session, member, edit, edit.content.without_value(0, "Oat"))
    with pytest.raises(InvalidEdit, match=r"Oat has been sold, so it can't be removed. Set its stock to 0 instead."):
        publish(session, member, less)
    renamed = save_draft(session, member, less, edit.content.with_renamed_value(0, "Oat", "Cream"))
    assert publish(session, member, renamed).content.variants[0].id == oat


def test_unedited_stock_keeps_what_sales_have_left(session: WriteSession) -> None:
    member = seller(session)
    edit = save_draft(session, member, create_listing(session, member), title="A better title")
    session.execute(text("UPDATE stock SET on_hand = 4, sold = 1"))
    edit = publish(session, member, edit)
    assert (edit.content.title, edit.content.variants[0].stock) == ("A better title", "4")
    edit = publish(session, member, save_draft(session, member, edit, edit.content.with_cell(0, "stock", "9")))
    assert edit.content.variants[0].stock == "9"


def cells(edit: Edit) -> list[tuple[object, ...]]:
    return [(row.choice, row.price, row.stock, row.sku, row.is_offered) for row in edit.content.variants]


def test_a_variant_that_is_offered_again_after_saving_has_its_own_price_stock_and_sku(session: WriteSession) -> None:
    member = seller(session)
    content = SHIRT.with_cell(1, "price", "55.00").with_cell(1, "stock", "8").with_cell(1, "sku", "INK")
    edit = create_listing(session, member, content, status=Status.PUBLISHED)
    less = publish(session, member, save_draft(session, member, edit, edit.content.with_cell(1, "is_offered", False)))
    assert cells(less) == [(("Oat",), "50.00", "3", "", True), (("Ink",), "55.00", "8", "INK", False)]
    draft = save_draft(session, member, less, title="Linen shirt")
    service.discard_draft(
        session, user_id=member.user_id, shop=member.slug, listing_id=edit.listing_id, version=draft.version, now=NOW
    )
    less = helpers.current_edit(session, member, edit.listing_id)
    again = publish(session, member, save_draft(session, member, less, less.content.with_cell(1, "is_offered", True)))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert [(each.price, each.tracked_quantity, each.sku) for each in listing.variants] == [
        (5000, 3, ""),
        (5500, 8, "INK"),
    ]
    assert (again.content.removed, again.content.options) == ((), SHIRT.options)


def test_a_value_that_is_added_back_after_saving_has_its_own_stock(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT.with_cell(1, "stock", "8"))
    less = publish(session, member, save_draft(session, member, edit, edit.content.without_value(0, "Ink")))
    assert cells(less) == [(("Oat",), "50.00", "3", "", True)]
    publish(session, member, save_draft(session, member, less, less.content.with_value(0, "Ink")))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert [(each.choice, each.tracked_quantity) for each in listing.variants] == [(("Oat",), 3), (("Ink",), 8)]


def test_a_value_that_was_removed_stays_removed_although_its_variant_was_not_offered(session: WriteSession) -> None:
    member = seller(session)
    edit = create_listing(session, member, SHIRT.with_cell(1, "is_offered", False))
    assert edit.content.options[0].values == ("Oat", "Ink")
    edit = publish(session, member, save_draft(session, member, edit, edit.content.without_value(0, "Ink")))
    assert edit.content.options[0].values == ("Oat",)
    content = edit.content.with_option("Size").with_value(1, "S")
    edit = publish(session, member, save_draft(session, member, edit, content))
    assert [(each.name, each.values) for each in edit.content.options] == [("Colour", ("Oat",)), ("Size", ("S",))]


def test_a_row_that_names_an_unknown_variant_keeps_the_stock_that_it_shows(session: WriteSession) -> None:
    member = seller(session)
    rows = [{"id": uuid4(), "price": "20.00", "stock": "5", "stock_was": "5"}]
    edit = create_listing(session, member, ListingContent.model_validate({"title": "Mug", "variants": rows}))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert listing.variants[0].tracked_quantity == 5


def test_an_edit_keeps_what_the_editor_has_no_fields_for(session: WriteSession) -> None:
    member = seller(session)
    shop = shops.by_id(session, shop_id=member.shop_id)
    details = {"barcode": "4006381333931", "weight": "0.45 kg", "measure": "500 ml", "base_measure": "100 ml"}
    draft = make_draft(
        key="oil", attributes={"Care": "x" * 500}, variants=(VariantInput(price=900, quantity=1, **details),)
    )
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    edit = helpers.current_edit(session, member, saved.listing_id)
    publish(session, member, save_draft(session, member, edit, title="Olive oil"))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert catalog.to_input(listing) == draft.model_copy(update={"title": "Olive oil"})


def make_bottle(session: WriteSession, member: Membership, **details: str) -> Edit:
    shop = shops.by_id(session, shop_id=member.shop_id)
    draft = make_draft(key="oil", variants=(VariantInput(price=900, quantity=1, **details),))
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    return helpers.current_edit(session, member, saved.listing_id)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ({"barcode": "4 006381-333931", "weight": "1,250.5 g"}, None),
        ({"barcode": "4 006381-333931", "weight": "450G"}, ("4006381333931", "450 g")),
        ({"barcode": "", "weight": "0,450 kg"}, ("", "0.45 kg")),
        ({"barcode": "036000291452", "weight": "2 lbs"}, ("036000291452", "2 lb")),
        ({"barcode": "96385074", "weight": "0 g"}, ("96385074", "")),
        ({}, ("96385074", "1 kg")),
    ],
)
def test_barcode_and_weight_are_edited(
    session: WriteSession, typed: dict[str, str], stored: tuple[str, str] | None
) -> None:
    member = seller(session)
    edit = make_bottle(session, member, barcode="96385074", weight="1 kg", measure="500 ml", base_measure="100 ml")
    content = edit.content
    assert (content.variants[0].barcode, content.variants[0].weight) == ("96385074", "1 kg")
    for name, value in typed.items():
        content = content.with_cell(0, name, value)
    draft = save_draft(session, member, edit, content, title="Oil")
    if stored is None:
        with pytest.raises(InvalidEdit) as refusal:
            publish(session, member, draft)
        assert refusal.value.fields == {
            "variants.0.weight": "Enter a weight such as 450 g or 1.2 kg, or leave it empty."
        }
        return
    publish(session, member, draft)
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    (variant,) = listing.variants
    assert (variant.barcode, variant.weight) == stored
    assert (variant.measure, variant.base_measure) == ("500 ml", "100 ml")


@pytest.mark.parametrize(
    ("barcode", "problem"),
    [
        ("4006381333932", "One digit of this barcode is wrong: its last digit doesn't match the others."),
        ("12345", "Enter the 8, 12, 13 or 14 digits under the barcode, or leave it empty."),
        ("ABC-1", "Enter the 8, 12, 13 or 14 digits under the barcode, or leave it empty."),
    ],
)
def test_a_barcode_that_is_none_is_refused_with_its_reason(session: WriteSession, barcode: str, problem: str) -> None:
    member = seller(session)
    edit = make_bottle(session, member)
    draft = save_draft(session, member, edit, edit.content.with_cell(0, "barcode", barcode))
    before = fingerprint(session)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, draft)
    assert refusal.value.fields == {"variants.0.barcode": problem}
    assert fingerprint(session) == before


@pytest.mark.parametrize(
    ("measure", "base", "stored"),
    [
        ("750 ml", "", ("750 ml", "")),
        ("0,75 L", "100ml", ("0.75 l", "100 ml")),
        ("12 fl oz", "1 floz", ("12 floz", "1 floz")),
        ("2.50 m²", "1 m2", ("2.5 m2", "1 m2")),
        ("10 items", "1 piece", ("10 ct", "1 ct")),
        ("", "", ("", "")),
    ],
)
def test_the_contents_and_the_measure_of_the_unit_price_are_edited(
    session: WriteSession, measure: str, base: str, stored: tuple[str, str]
) -> None:
    member = seller(session)
    edit = make_bottle(session, member, measure="500 ml", base_measure="1 l")
    content = edit.content
    assert (content.variants[0].measure, content.variants[0].base_measure) == ("500 ml", "1 l")
    content = content.with_cell(0, "measure", measure).with_cell(0, "base_measure", base)
    publish(session, member, save_draft(session, member, edit, content))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert (listing.variants[0].measure, listing.variants[0].base_measure) == stored


@pytest.mark.parametrize(
    ("measure", "base", "field", "problem"),
    [
        ("much", "", "measure", "Enter a quantity such as 500 ml or 10 items, or leave it empty."),
        ("1,250 ml", "", "measure", "Enter a quantity such as 500 ml or 10 items, or leave it empty."),
        ("500 ml", "a litre", "base_measure", "Enter a quantity such as 100 ml or 1 kg, or leave it empty."),
        ("", "1 l", "base_measure", "Enter the contents too, or leave this empty."),
        (
            "500 ml",
            "1 kg",
            "base_measure",
            "This can't be compared with 500 ml. Use the same kind of unit, or leave it empty.",
        ),
    ],
)
def test_a_unit_price_that_cannot_be_computed_is_refused_with_its_reason(
    session: WriteSession, measure: str, base: str, field: str, problem: str
) -> None:
    member = seller(session)
    edit = make_bottle(session, member)
    content = edit.content.with_cell(0, "measure", measure).with_cell(0, "base_measure", base)
    draft = save_draft(session, member, edit, content)
    before = fingerprint(session)
    with pytest.raises(InvalidEdit) as refusal:
        publish(session, member, draft)
    assert refusal.value.fields == {f"variants.0.{field}": problem}
    assert fingerprint(session) == before


def test_an_edit_from_before_the_fields_keeps_the_stored_barcode_and_weight(session: WriteSession) -> None:
    member = seller(session)
    edit = make_bottle(session, member, barcode="96385074", weight="1 kg")
    row = {**edit.content.variants[0].model_dump(mode="json"), "price": "8.00"}
    late = ("barcode", "weight", "measure", "base_measure")
    old = {name: value for name, value in row.items() if name not in late}
    publish(session, member, save_draft(session, member, edit, variants=[old]))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[edit.listing_id])
    assert (listing.variants[0].price, listing.variants[0].barcode, listing.variants[0].weight) == (
        800,
        "96385074",
        "1 kg",
    )


def test_a_variant_shows_the_picture_that_the_seller_links_until_it_is_taken_out(session: WriteSession) -> None:
    member = seller(session)
    shop = shops.by_id(session, shop_id=member.shop_id)
    pictures = tuple(PictureInput(source=f"https://example.com/{n}.jpg") for n in range(2))
    draft = make_draft(key="mug", pictures=pictures)
    (saved,) = catalog_service.save_many(session, shop=shop, inputs=[draft], reason=Reason.IMPORT, now=NOW)
    edit = helpers.current_edit(session, member, saved.listing_id)
    second = edit.pictures[1].picture_id
    edit = publish(
        session, member, save_draft(session, member, edit, edit.content.with_cell(0, "picture", str(second)))
    )
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert listing.variants[0].picture_id == second == edit.content.variants[0].picture
    content = edit.content.with_cell(0, "picture", "")
    publish(session, member, save_draft(session, member, edit, content))
    (listing,) = catalog.shop_listings(session, shop_id=member.shop_id, ids=[saved.listing_id])
    assert listing.variants[0].picture_id is None
