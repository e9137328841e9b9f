"""Imported rows count against the shop's quota, but not those of the operator."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.service import quotas
from platform_app.infra import db
from platform_app.infra.settings import settings
from tests.factories import NOW
from tests.imports import helpers
from tests.imports.rest_flow import COLUMNS, CSV, IMPORTS_URL, check_import, get_import, run_import, run_jobs
from workers import imports

ROWS = 3  # of the file


@pytest.fixture(autouse=True)
def limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two files a day, and a day that does not end during a test."""
    monkeypatch.setattr(imports, "utc_now", lambda: NOW)
    monkeypatch.setenv("PLAZA_SHOP_IMPORT_ROWS_PER_DAY", str(2 * ROWS + 1))
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def used(slug: str = "clay-and-co") -> int:
    with db.reading() as session:
        shop = shops.by_slug(session, slug=slug)
        return quotas.allowance(session, shop_id=shop.id, resource=Resource.IMPORT_ROWS, now=NOW).used


def test_a_checked_file_counts_once_and_one_too_many_is_refused_with_the_numbers(seller: TestClient) -> None:
    run_import(seller)
    assert used() == ROWS
    again = check_import(seller)
    assert used() == 2 * ROWS
    refused = get_import(seller, check_import(seller, CSV.replace(b"Mug", b"Jug")))
    assert refused["state"] == "refused"
    assert refused["message"] == (
        "The file has too many rows. The shop has 1 imported row left of 7 a day; the count starts again at "
        f"00:00 UTC on {NOW.day + 1} {NOW:%B}. Split the file, or import it then."
    )
    assert used() == 2 * ROWS
    # The file that was counted when it was checked is still imported.
    assert seller.post(f"{again}/run").status_code == 202
    run_jobs()
    assert get_import(seller, again)["state"] == "finished"


def test_another_mapping_of_the_same_file_is_checked_and_counted_again(seller: TestClient) -> None:
    path = check_import(seller)
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS}).status_code == 202
    run_jobs()
    assert (get_import(seller, path)["state"], used()) == ("finished", 2 * ROWS)


def test_no_import_begins_once_the_quota_is_used(seller: TestClient) -> None:
    with db.writing() as session:
        shop = shops.by_slug(session, slug="clay-and-co")
        tomorrow = utc_now() + timedelta(days=1)
        quotas.spend(session, shop_id=shop.id, resource=Resource.IMPORT_ROWS, amount=2 * ROWS + 1, now=tomorrow)
    answer = seller.post(IMPORTS_URL, json={"name": "goods.csv", "size": 5})
    assert (answer.status_code, answer.json()["code"]) == (429, "quota_used")
    assert answer.json()["detail"].startswith(
        "The shop has 0 imported rows left of 7 a day; the count starts again at "
    )
    assert 0 < int(answer.headers["retry-after"]) <= 86_400
    assert seller.get(IMPORTS_URL).json()["items"] == []


def test_the_operator_imports_without_a_quota(clean: None) -> None:
    body = b"key,title,price\n" + b"".join(b"mug-%d,Mug,10\n" % number for number in range(20))
    assert helpers.import_file(body, slug="operated").state is RunState.FINISHED
    assert used("operated") == 0
