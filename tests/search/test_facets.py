"""Filters by brand, colour, material and size: values that mean the same are one, and a variant matches as a whole."""

import pytest

from platform_app.domain.catalog.schemas import VariantInput
from platform_app.domain.search import queries
from platform_app.domain.search.rules import facets
from platform_app.domain.search.schemas import Results, SearchQuery
from platform_app.infra.db import WriteSession
from tests.factories import make_listing, make_shop


def search(session: WriteSession, *, in_stock: bool = False, **selected: str) -> Results:
    chosen = {name: tuple(value.split(",")) for name, value in selected.items()}
    return queries.results(session, search_query=SearchQuery(in_stock=in_stock, facets=chosen))


def counts(results: Results, name: str) -> dict[str, int]:
    return {count.value: count.count for count in results.facets.attributes.get(name, ())}


def titles(results: Results) -> list[str]:
    return sorted(card.title for card in results.items)


@pytest.mark.parametrize(
    ("name", "spellings", "shown"),
    [
        ("colour", ["red", "Red", " RED ", "Rot", "rouge", "красный"], "Red"),
        ("colour", ["grey", "Gray", "grau", "Grå"], "Grey"),
        ("colour", ["sea  green", "Sea Green", "SEA GREEN"], "Sea green"),
        ("material", ["cotton", "Baumwolle", "Coton", "algodón"], "Cotton"),
        ("size", ["xl", "XL"], "XL"),
        ("size", ["one size", "One Size"], "One size"),
        ("brand", ["lego", "LEGO", "Lego"], "Lego"),
    ],
)
def test_spellings_of_a_value_are_one_value(session: WriteSession, name: str, spellings: list[str], shown: str) -> None:
    shop = make_shop(session)
    for number, spelling in enumerate(spellings):
        make_listing(session, shop=shop, key=str(number), title=f"Thing {number}", attributes={name: spelling})
    assert counts(search(session), name) == {shown: len(spellings)}
    for spelling in spellings:
        assert search(session, **{name: spelling.strip()}).total == len(spellings)


def test_the_first_spelling_of_a_brand_is_shown(session: WriteSession) -> None:
    shop = make_shop(session)
    for number, spelling in enumerate(["IKEA", "Ikea", "ikea"]):
        make_listing(session, shop=shop, key=str(number), title=f"Shelf {number}", attributes={"Brand": spelling})
    assert counts(search(session), "brand") == {"IKEA": 3}


@pytest.mark.parametrize(
    ("attribute", "name"),
    [
        ("Größe", "size"),
        ("TAILLE", "size"),
        (" talla ", "size"),
        ("Размер", "size"),
        ("Couleur", "colour"),
        ("Farbe", "colour"),
        ("Färg", "colour"),
        ("カラー", "colour"),
        ("Matière", "material"),
        ("Manufacturer", "brand"),
        ("Marque", "brand"),
        ("Height", None),
        ("", None),
    ],
)
def test_an_attribute_is_a_filter_in_other_languages_too(attribute: str, name: str | None) -> None:
    assert facets.name_of(attribute) == name


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Blue, Green", ["Blue", "Green"]),
        ("Blue,Green", ["Blue", "Green"]),
        ("Blue; Green | Red", ["Blue", "Green", "Red"]),
        ("1,5 l", ["1,5 l"]),
        ("Black/White", ["Black/White"]),
        ("Blue, , Blue", ["Blue"]),
        ("x" * 81, []),
        (" ", []),
    ],
)
def test_a_list_of_values_is_several_values(text: str, found: list[str]) -> None:
    assert facets.values(text) == found


def test_a_listing_with_a_list_of_colours_is_found_by_each(session: WriteSession) -> None:
    make_listing(session, title="Scarf", attributes={"Colour": "Blue, Green", "Material": "Wool"})
    assert counts(search(session), "colour") == {"Blue": 1, "Green": 1}
    assert titles(search(session, colour="green", material="Wolle")) == ["Scarf"]
    assert titles(search(session, colour="Red")) == []


def test_a_size_that_is_sold_out_is_not_offered_in_stock(session: WriteSession) -> None:
    variants = [
        VariantInput(choice=("S", "Blue"), price=1000, quantity=0),
        VariantInput(choice=("M", "Blue"), price=1000, quantity=3),
        VariantInput(choice=("S", "Red"), price=1000, quantity=1),
    ]
    make_listing(session, title="Shirt", options=("Größe", "Farbe"), variants=tuple(variants[:2]))
    assert counts(search(session), "size") == {"M": 1, "S": 1}
    assert counts(search(session, in_stock=True), "size") == {"M": 1}
    assert titles(search(session, size="S")) == ["Shirt"]
    assert titles(search(session, size="S", in_stock=True)) == []
    assert titles(search(session, size="M", in_stock=True)) == ["Shirt"]
    make_listing(session, key="other", title="Vest", options=("Size", "Colour"), variants=tuple(variants))
    assert titles(search(session, size="S", colour="Blue", in_stock=True)) == []
    assert titles(search(session, size="S", colour="Red", in_stock=True)) == ["Vest"]
