"""How postal addresses are written, checked and shown in each country."""

from collections.abc import Mapping

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import update

from platform_app.domain.accounts import models
from platform_app.domain.accounts.errors import InvalidAccount
from platform_app.domain.accounts.rules import address_formats, postal
from platform_app.domain.accounts.rules.countries import COUNTRIES
from platform_app.infra import db
from tests.accounts.helpers import signed_in

BOOK = "/api/v1/account/addresses"
FORMATS = "/api/v1/address-formats"
NEW_YORK = {
    "name": "Ada", "line1": "1 Main St", "city": "Albany", "region": "NY", "postcode": "12207", "country": "US",
}  # fmt: skip
# Country → its fields after the recipient, the street and the second line, as a form names them; "*" marks required ones.
FIELDS = {
    "US": ["City*", "State*", "ZIP code*"],
    "GB": ["Town or city*", "Postcode*"],
    "DE": ["Postal code*", "City*"],
    "JP": ["Prefecture*", "Postal code*"],
    "BR": ["Neighbourhood", "City*", "State*", "Postal code*"],
    "CN": ["District", "City*", "Province*", "Postal code*"],
    "HK": ["District", "Area*"],
    "IE": ["Townland", "City*", "County", "Eircode"],
    "IN": ["City*", "PIN code*", "State*"],
    "AE": ["Emirate*"],
    "QA": ["City*"],
    "CA": ["City*", "Province*", "Postal code*"],
}


def refusals(address: Mapping[str, str]) -> dict[str, str]:
    """The errors of an address by field; empty if it is valid."""
    try:
        postal.clean_address({"name": "Ada", "line1": "1 Lane", **address})
    except InvalidAccount as error:
        return dict(error.fields)
    return {}


@pytest.mark.parametrize(("country", "expected"), FIELDS.items())
def test_each_country_has_its_own_fields(country: str, expected: list[str]) -> None:
    layout = address_formats.address_format(country)
    assert layout is not None
    assert [each.name for each in layout.fields[:3]] == ["name", "line1", "line2"]
    assert [each.label + ("*" if each.is_required else "") for each in layout.fields[3:]] == expected
    assert [each.is_required for each in layout.fields[:3]] == [True, True, False]


def test_every_country_has_a_format_whose_own_examples_are_valid() -> None:
    for country in COUNTRIES:
        layout = address_formats.address_format(country)
        assert layout is not None
        names = [each.name for each in layout.fields]
        assert len(set(names)) == len(names)
        postcode = layout.field("postcode")
        if postcode and postcode.example:
            assert address_formats.match_postcode(country, postcode.example) == postcode.example
        region = layout.field("region")
        for choice in region.choices if region else ():
            assert address_formats.match_region(country, choice.value) == choice.value
            assert len(choice.label) <= address_formats.MAX_LENGTHS["region"]


@pytest.mark.parametrize(
    ("address", "errors"),
    [
        ({"country": "US", "city": "Beverly Hills", "region": "CA", "postcode": "90210"}, {}),
        (
            {"country": "US", "city": "Beverly Hills", "region": "CA", "postcode": "9021"},
            {"postcode": "Enter a ZIP code such as 95014."},
        ),
        (
            {"country": "US", "city": "Beverly Hills", "region": "Kent"},
            {"region": "Choose a state from the list.", "postcode": "Enter a ZIP code."},
        ),
        (
            {"country": "GB", "city": "York", "postcode": "YO1 7PXX"},
            {"postcode": "Enter a postcode such as EC1Y 8SY."},
        ),
        (
            {"country": "GB", "region": "Yorkshire", "postcode": "YO1 7PX"},
            {
                "city": "Enter a town or city.",
                "region": "United Kingdom addresses have no field for a region. Leave this empty.",
            },
        ),
        ({"country": "DE", "city": "Berlin", "postcode": "10115"}, {}),
        ({"country": "DE", "city": "Berlin", "postcode": "1011"}, {"postcode": "Enter a postal code such as 26133."}),
        ({"country": "JP", "region": "Kent", "postcode": "150-0001"}, {"region": "Choose a prefecture from the list."}),
        ({"country": "BR", "city": "Natal", "region": "RN", "postcode": "59000000"}, {}),
        ({"country": "CN", "city": "北京", "region": "北京市", "postcode": "100096"}, {}),
        ({"country": "HK"}, {"region": "Choose an area from the list."}),
        ({"country": "IE", "city": "Cork"}, {}),
        ({"country": "IE", "city": "Cork", "postcode": "T12"}, {"postcode": "Enter an Eircode such as A65 F4E2."}),
        (
            {"country": "IN", "city": "Pune", "region": "Maharashtra", "postcode": "4110"},
            {"postcode": "Enter a PIN code such as 110034."},
        ),
        ({"country": "AE"}, {"region": "Choose an emirate from the list."}),
        (
            {"country": "QA", "city": "Doha", "postcode": "1"},
            {"postcode": "Qatar addresses have no field for a postal code. Leave this empty."},
        ),
        ({"country": "XX"}, {"country": "Choose a country."}),
    ],
)
def test_an_address_is_checked_by_the_rules_of_its_country(address: dict[str, str], errors: dict[str, str]) -> None:
    assert refusals(address) == errors


@pytest.mark.parametrize(
    ("country", "region", "stored"),
    [
        ("US", "new york", "NY"),
        ("JP", "Tokyo", "東京都"),
        ("AE", "Abu Dhabi", "أبو ظبي"),
        ("HK", "香港島", "Hong Kong Island"),
        ("US", "Ontario", None),
    ],
)
def test_a_region_is_found_by_any_of_its_names(country: str, region: str, stored: str | None) -> None:
    assert address_formats.match_region(country, region) == stored


@pytest.mark.parametrize(
    ("country", "typed", "stored"),
    [
        ("GB", "yo1 7px", "YO1 7PX"),
        ("JP", "１５０－０００１", "150-0001"),
        ("CH", "CH-8001", "8001"),
        ("LV", "LV-1010", "LV-1010"),
    ],
)
def test_a_postal_code_is_stored_in_one_form(country: str, typed: str, stored: str) -> None:
    fields = {"name": "Ada", "line1": "1 Lane", "city": "" if country == "JP" else "City", "region": ""}
    region = {"region": "Tokyo"} if country == "JP" else {}
    assert postal.clean_address({**fields, **region, "country": country, "postcode": typed})["postcode"] == stored


@pytest.mark.parametrize(
    ("address", "lines"),
    [
        (NEW_YORK | {"line2": "Apt 2"}, ("Ada", "1 Main St", "Apt 2", "Albany, NY 12207", "United States")),
        (NEW_YORK | {"region": ""}, ("Ada", "1 Main St", "Albany 12207", "United States")),
        (
            {"country": "GB", "name": "Ada", "line1": "1 Mill Lane", "city": "York", "postcode": "YO1 7PX"},
            ("Ada", "1 Mill Lane", "York", "YO1 7PX", "United Kingdom"),
        ),
        (
            {"country": "DE", "name": "Ada", "line1": "Hauptstr. 1", "city": "Berlin", "postcode": "10115"},
            ("Ada", "Hauptstr. 1", "10115 Berlin", "Germany"),
        ),
        (
            {
                "country": "JP", "name": "Ada", "line1": "1-2-3 Jingumae, Shibuya-ku", "line2": "Apt 5",
                "region": "東京都", "postcode": "150-0001",
            },
            ("Ada", "1-2-3 Jingumae, Shibuya-ku, Apt 5, Tokyo", "150-0001", "Japan"),
        ),
        (
            {
                "country": "JP", "name": "山田 花", "line1": "渋谷区神宮前1-2-3", "line2": "5号室",
                "region": "東京都", "postcode": "150-0001",
            },
            ("〒150-0001", "東京都", "渋谷区神宮前1-2-3", "5号室", "山田 花", "Japan"),
        ),
        (
            {"country": "HK", "name": "陳", "line1": "彌敦道1號", "city": "尖沙咀", "region": "Kowloon"},
            ("九龍", "尖沙咀", "彌敦道1號", "陳", "Hong Kong SAR China"),
        ),
        (
            {"country": "AE", "name": "Ada", "line1": "1 Corniche", "region": "أبو ظبي"},
            ("Ada", "1 Corniche", "Abu Dhabi", "United Arab Emirates"),
        ),
        (
            {
                "country": "BR", "name": "Ana", "line1": "Rua A 1", "dependent_locality": "Centro", "city": "Natal",
                "region": "RN", "postcode": "59000-000",
            },
            ("Ana", "Rua A 1", "Centro", "Natal-RN", "59000-000", "Brazil"),
        ),
        ({"country": "SG", "name": "A", "line1": "1 Rd", "postcode": "546080"}, ("A", "1 Rd", "SINGAPORE 546080", "Singapore")),
        ({"country": "JE", "name": "A", "line1": "1 Rd", "postcode": "JE2 3XX"}, ("A", "1 Rd", "JE2 3XX", "Jersey")),
    ],
)  # fmt: skip
def test_lines_are_in_the_order_of_the_country(address: dict[str, str], lines: tuple[str, ...]) -> None:
    assert address_formats.lines(address) == lines


def test_lines_of_an_earlier_address_leave_nothing_out() -> None:
    stored = {"name": "Ada", "line1": "1 Lane", "city": "York", "region": "Kent", "postcode": "?", "country": "GB"}
    assert address_formats.lines(stored) == ("Ada", "1 Lane", "York", "?", "Kent", "United Kingdom")
    assert address_formats.lines({**stored, "country": "XX"}) == ("Ada", "1 Lane", "York", "Kent", "?", "XX")


def test_a_program_reads_the_format_of_a_country(browser: TestClient) -> None:
    answer = browser.get(f"{FORMATS}/us")
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "public, max-age=3600")
    found = answer.json()
    fields = {each["name"]: each for each in found["fields"]}
    assert (found["country"], list(fields)) == (
        "US", ["name", "line1", "line2", "city", "region", "postcode"],
    )  # fmt: skip
    assert fields["postcode"] == {
        "name": "postcode", "label": "ZIP code", "is_required": True, "max_length": 20, "example": "95014", "choices": [],
    }  # fmt: skip
    assert fields["region"]["choices"][0] == {"value": "AL", "label": "Alabama"}
    unknown = browser.get(f"{FORMATS}/XX")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "country_not_found")


def test_errors_are_beside_the_fields_and_the_stored_address_stays(browser: TestClient) -> None:
    signed_in(browser)
    refused = browser.post(BOOK, json={**NEW_YORK, "postcode": "9021"})
    assert (refused.status_code, refused.json()["fields"]) == (422, {"postcode": "Enter a ZIP code such as 95014."})
    stored = browser.post(BOOK, json=NEW_YORK).json()
    refused = browser.patch(f"{BOOK}/{stored['id']}", json={"region": "Kent"})
    assert (refused.status_code, refused.json()["fields"]) == (422, {"region": "Choose a state from the list."})
    assert browser.get(BOOK).json()["items"] == [stored]


def test_another_country_empties_the_fields_that_it_does_not_have(browser: TestClient) -> None:
    signed_in(browser)
    stored = browser.post(BOOK, json=NEW_YORK).json()
    moved = browser.patch(f"{BOOK}/{stored['id']}", json={"country": "de", "postcode": "10115"}).json()
    assert moved == {**stored, "country": "DE", "postcode": "10115", "region": ""}
    brazil = {"country": "BR", "region": "Acre", "dependent_locality": "Centro", "postcode": "69900-000"}
    moved = browser.patch(f"{BOOK}/{stored['id']}", json=brazil).json()
    assert moved == {**stored, **brazil, "region": "AC"}
    assert browser.get("/api/v1/account/export").json()["addresses"] == [moved]


def test_an_earlier_address_is_readable_and_can_be_the_default_until_it_is_edited(
    browser: TestClient,
) -> None:
    signed_in(browser)
    stored = browser.post(BOOK, json=NEW_YORK).json()
    with db.writing() as session:
        session.execute(update(models.Address).values(region="Kent", postcode="none"))
    earlier = {**stored, "region": "Kent", "postcode": "none"}
    made_default = browser.patch(f"{BOOK}/{stored['id']}", json={"is_default": True})
    assert (made_default.status_code, made_default.json()) == (200, earlier)
    assert browser.get(BOOK).json()["items"] == [earlier]
    edited = browser.patch(f"{BOOK}/{stored['id']}", json={"phone": "555 0100"})
    assert (edited.status_code, sorted(edited.json()["fields"])) == (422, ["postcode", "region"])
