"""The content of a draft, and each step that changes it."""

from uuid import UUID, uuid4

import pytest
from pydantic import ValidationError

from platform_app.domain.editing import rules
from platform_app.domain.editing.errors import InvalidEdit
from platform_app.domain.editing.schemas.content import ListingContent


def choices(content: ListingContent) -> list[tuple[str, ...]]:
    return [row.choice for row in content.variants]


def shirt() -> ListingContent:
    """Two colours in two sizes."""
    content = ListingContent.model_validate(
        {"title": "Shirt", "variants": [{"id": uuid4(), "price": "50", "stock": "3"}]}
    )
    content = content.with_option("Colour").with_value(0, "Oat").with_value(0, "Ink")
    return content.with_option("Size").with_value(1, "S").with_value(1, "M")


def test_the_first_value_of_an_option_is_given_to_the_existing_variant() -> None:
    one = uuid4()
    content = ListingContent.model_validate({"variants": [{"id": one, "price": "50"}]}).with_option("Colour")
    assert choices(content) == [()]
    content = content.with_value(0, "Oat")
    assert [(row.id, row.choice, row.price) for row in content.variants] == [(one, ("Oat",), "50")]


def test_further_values_add_variants_with_the_same_price_that_are_out_of_stock() -> None:
    content = shirt()
    assert choices(content) == [("Oat", "S"), ("Oat", "M"), ("Ink", "S"), ("Ink", "M")]
    assert [row.price for row in content.variants] == ["50"] * 4
    assert [row.stock for row in content.variants] == ["3", "0", "0", "0"]
    assert [row.id is None for row in content.variants] == [False, True, True, True]


def test_a_new_variant_sells_without_a_limit_only_if_all_others_do() -> None:
    content = ListingContent.model_validate({"variants": [{"price": "50"}]}).with_option("Size")
    assert [row.stock for row in content.with_value(0, "S").with_value(0, "M").variants] == ["", ""]


def counted_shirt() -> ListingContent:
    """Two colours in two sizes, each variant with cells of its own."""
    content = shirt()
    for index in range(4):
        for name, value in (("price", f"5{index}"), ("stock", f"{index + 1}"), ("sku", f"SH-{index}")):
            content = content.with_cell(index, name, value)
    rows = [{**row.model_dump(), "id": UUID(int=index + 1)} for index, row in enumerate(content.variants)]
    return ListingContent.model_validate({**content.model_dump(), "variants": rows})


def by_choice(content: ListingContent) -> dict[frozenset[str], tuple[object, ...]]:
    return {frozenset(row.choice): (row.id, row.price, row.stock, row.sku) for row in content.variants}


def test_a_value_that_is_added_back_has_its_own_variants() -> None:
    content = counted_shirt()
    assert by_choice(content.without_value(1, "M").with_value(1, "m")) == {
        frozenset({"Oat", "S"}): (UUID(int=1), "50", "1", "SH-0"),
        frozenset({"Oat", "m"}): (UUID(int=2), "51", "2", "SH-1"),
        frozenset({"Ink", "S"}): (UUID(int=3), "52", "3", "SH-2"),
        frozenset({"Ink", "m"}): (UUID(int=4), "53", "4", "SH-3"),
    }
    without_ink = content.without_value(0, "Ink").with_renamed_value(1, "M", "Medium")
    again = by_choice(without_ink.with_value(0, "Ink"))
    assert again[frozenset({"Ink", "Medium"})] == (UUID(int=4), "53", "4", "SH-3")


def test_an_option_that_is_added_back_has_its_own_variants_in_any_order() -> None:
    content = counted_shirt()
    again = content.without_option(0).with_option("colour").with_value(1, "Ink").with_value(1, "Oat")
    assert by_choice(again) == by_choice(content)
    assert by_choice(content.without_value(0, "Ink").without_value(0, "Oat").with_value(0, "Ink")) == {
        choice: cells for choice, cells in by_choice(content).items() if "Ink" in choice
    }


def test_what_was_typed_since_an_option_was_removed_is_kept_and_no_variant_is_in_two_rows() -> None:
    content = counted_shirt().without_option(0).with_cell(0, "price", "99")
    again = content.with_option("Colour").with_value(1, "Ink").with_value(1, "Oat")
    assert by_choice(again) == {
        frozenset({"Ink", "S"}): (UUID(int=1), "99", "1", "SH-0"),
        frozenset({"Oat", "S"}): (None, "50", "1", "SH-0"),
        frozenset({"Ink", "M"}): (UUID(int=4), "53", "4", "SH-3"),
        frozenset({"Oat", "M"}): (UUID(int=2), "51", "2", "SH-1"),
    }


def test_no_more_than_500_removed_variants_are_remembered() -> None:
    content = ListingContent().with_option("A").with_option("B")
    for value in ("a0", "a1", "a2"):
        content = content.with_value(0, value)
    for n in range(100):
        content = content.with_value(1, f"b{n}")
    rows = tuple(row.with_cell("sku", f"{index}") for index, row in enumerate(content.variants))
    content = content.model_copy(update={"variants": rows})
    without = content.without_option(1).with_option("C").with_value(1, "c").without_option(0)
    assert len(without.removed) == 303
    for n in range(200):
        without = without.with_value(0, f"c{n}").without_value(0, f"c{n}")
    assert len(without.removed) == 500


@pytest.mark.parametrize("name", ["price", "stock"])
@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_value_does_not_empty_a_whole_column(name: str, value: str) -> None:
    with pytest.raises(InvalidEdit) as refusal:
        shirt().with_all_cells(name, value)
    assert refusal.value.fields == {"variants": "Enter a value to apply to all variants."}
    assert [row.compare_at for row in shirt().with_all_cells("compare_at", value).variants] == [""] * 4


def test_renaming_a_value_keeps_its_variants() -> None:
    content = shirt()
    renamed = content.with_renamed_value(0, "Oat", "Cream")
    assert choices(renamed) == [("Cream", "S"), ("Cream", "M"), ("Ink", "S"), ("Ink", "M")]
    assert [row.id for row in renamed.variants] == [row.id for row in content.variants]
    assert renamed.options[0].values == ("Cream", "Ink")


def test_removing_an_option_keeps_the_first_of_the_merged_variants() -> None:
    content = shirt()
    plain = content.without_option(0)
    assert choices(plain) == [("S",), ("M",)]
    assert plain.variants[0].id == content.variants[0].id
    assert choices(plain.without_option(0)) == [()]


def test_an_option_without_values_adds_no_variants() -> None:
    content = shirt().without_value(0, "Ink").without_value(0, "Oat")
    assert choices(content) == [("S",), ("M",)]
    assert [(option.name, option.values) for option in content.options] == [("Colour", ()), ("Size", ("S", "M"))]


@pytest.mark.parametrize(
    ("step", "field"),
    [
        (lambda content: content.with_option(" colour "), "option"),
        (lambda content: content.with_option(""), "option"),
        (lambda content: content.with_value(0, "OAT"), "value"),
        (lambda content: content.with_value(7, "Oat"), "option"),
        (lambda content: content.with_value(-1, "Oat"), "option"),
        (lambda content: content.with_renamed_value(0, "Oat", "ink"), "value"),
        (lambda content: content.with_renamed_value(0, "Red", "Blue"), "value"),
        (lambda content: content.with_cell(4, "price", "1"), "variants"),
        (lambda content: content.with_cell(-1, "price", "1"), "variants"),
        (lambda content: content.with_cell(0, "id", str(uuid4())), "variants"),
    ],
)
def test_an_invalid_step_is_refused_by_field(step: object, field: str) -> None:
    assert callable(step)
    with pytest.raises(InvalidEdit) as refusal:
        step(shirt())
    assert list(refusal.value.fields) == [field]


def test_too_many_combinations_are_refused() -> None:
    content = ListingContent().with_option("A").with_option("B")
    for n in range(20):
        content = content.with_value(0, f"a{n}")
    for n in range(25):
        content = content.with_value(1, f"b{n}")
    assert len(content.variants) == 500
    with pytest.raises(InvalidEdit, match="more than 500 combinations"):
        content.with_value(0, "one more")


def test_pictures_move_within_their_list_only() -> None:
    one, two, three = (UUID(int=n) for n in (1, 2, 3))
    content = ListingContent().with_upload(one).with_upload(two).with_upload(three)

    def order(content: ListingContent) -> list[UUID | None]:
        return [each.upload_id for each in content.pictures]

    assert order(content.with_moved_picture(str(three), 0)) == [three, one, two]
    assert order(content.with_moved_picture(str(one), 99)) == [two, three, one]
    assert order(content.with_moved_picture(str(two), -5)) == [two, one, three]
    assert order(content.with_moved_picture("nothing", 0)) == [one, two, three]
    assert order(content.without_picture(str(two))) == [one, three]


@pytest.mark.parametrize(
    "values",
    [
        {"title": "x" * 256},
        {"condition": "stolen"},
        {"category": "a'; DROP TABLE listing"},
        {"variants": [{"price": "1" * 31}]},
        {"variants": [{"price": "1"}] * 501},
        {"pictures": [{"alt": "x" * 513}]},
        {"owner": "me"},
    ],
)
def test_invalid_content_is_refused(values: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        ListingContent.model_validate(values)


def test_a_plain_field_is_set_as_typed() -> None:
    content = (
        ListingContent().with_field("tags", " mug, , cup,").with_field("title", "Mug").with_field("category", "mugs")
    )
    assert (content.tags, content.title, content.category) == (("mug", "cup"), "Mug", "mugs")
    assert content.with_field("category", "").category is None
    with pytest.raises(InvalidEdit):
        content.with_field("variants", "")


def test_content_is_stored_without_characters_that_cannot_be_shown() -> None:
    content = ListingContent.model_validate({"title": " A\x00 mug\u202e \n for  two ", "description": "One\x00\n\nTwo"})
    assert (content.title, content.description) == ("A mug for two", "One\n\nTwo")


def test_a_price_changes_by_percent_rounded_half_up_and_stays_positive() -> None:
    found = [
        rules.apply_percent(amount, rules.Decimal(percent))
        for amount, percent in ((2000, "-10"), (333, "50"), (1, "-90"), (5, "10"))
    ]
    assert found == [1800, 500, 1, 6]
