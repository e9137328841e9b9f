"""Stock alerts over REST."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.infra import db
from tests.accounts.helpers import browsers, signed_in
from tests.factories import UNKNOWN_ID, make_listing

ALL = "/api/v1/stock_alerts"


@pytest.fixture
def mug(clean: None) -> Listing:
    """A mug that is sold out in green."""
    with db.writing() as session:
        colours = (("Green", 0), ("Blue", 2))
        variants = tuple(VariantInput(choice=(name,), price=900, quantity=quantity) for name, quantity in colours)
        return make_listing(session, title="Mug", options=("Colour",), variants=variants)


@pytest.fixture
def browser(mug: Listing) -> Iterator[TestClient]:
    with browsers(1) as (one,):
        yield one


def stored() -> int:
    with db.reading() as session:
        return int(session.execute(text("SELECT count(*) FROM stock_alert")).scalar_one())


def test_a_variant_is_waited_for_listed_exported_and_no_longer_waited_for(browser: TestClient, mug: Listing) -> None:
    signed_in(browser)
    green = mug.variants[0].id
    for _ in range(2):
        assert browser.put(f"{ALL}/{mug.id}/{green}").status_code == 204
    listed = browser.get(ALL)
    (found,) = listed.json()["items"]
    assert (found["variant_id"], found["title"], found["choice"], found["card"]["slug"]) == (
        str(green), "Mug", "Green", mug.slug,
    )  # fmt: skip
    assert (listed.json()["total"], listed.headers["cache-control"]) == (1, "no-store")
    exported = browser.get("/api/v1/account/export").json()["stock_alerts"]
    assert [each["variant_id"] for each in exported] == [str(green)]
    for _ in range(2):
        assert browser.delete(f"{ALL}/{green}").status_code == 204
    assert browser.get(ALL).json()["items"] == []


def test_what_makes_no_sense_is_refused_by_name(browser: TestClient, mug: Listing) -> None:
    signed_in(browser)
    green, blue = (variant.id for variant in mug.variants)
    for path, status, code in (
        (f"{mug.id}/{blue}", 409, "variant_in_stock"),
        (f"{mug.id}/{UNKNOWN_ID}", 404, "variant_not_found"),
        (f"{UNKNOWN_ID}/{green}", 404, "listing_not_found"),
    ):
        answer = browser.put(f"{ALL}/{path}")
        assert (answer.status_code, answer.json()["code"], stored()) == (status, code, 0)
    assert browser.put(f"{ALL}/{mug.id}/nonsense").status_code == 422


def test_a_visitor_signs_in_first(browser: TestClient, mug: Listing) -> None:
    green = mug.variants[0].id
    for method, path in (("GET", ALL), ("PUT", f"{ALL}/{mug.id}/{green}"), ("DELETE", f"{ALL}/{green}")):
        answer = browser.request(method, path)
        assert (answer.status_code, answer.json()["code"], stored()) == (401, "unauthenticated", 0)


def test_another_sites_page_waits_for_nothing(browser: TestClient, mug: Listing) -> None:
    signed_in(browser)
    foreign = browser.put(f"{ALL}/{mug.id}/{mug.variants[0].id}", headers={"Origin": "https://evil.example"})
    assert (foreign.status_code, foreign.json()["code"], stored()) == (403, "foreign_origin", 0)
