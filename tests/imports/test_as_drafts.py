"""Imports whose new listings become drafts, whatever the file says."""

from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.schemas import AS_DRAFTS, Run
from state import imports_presenters
from tests.imports.helpers import import_file, listings, notes
from tests.imports.rest_flow import COLUMNS, CSV, check_import, get_import, run_import, run_jobs, upload_import
from tests.imports.test_command import run as run_command
from tests.imports.test_import import content, counts, undone

STORED = b"key,title,price,status\nmug,Mug,10,published\nbowl,Bowl,9,archived\n"
FILE = (
    b"key,title,price,status\n"
    b"mug,Mug,11,draft\nbowl,Bowl,9,published\njug,Jug,12,published\ncup,Cup,5,draft\nold,Old cup,5,archived\n"
)


def statuses(run: Run) -> dict[str, str]:
    return {listing.key: listing.status.value for listing in listings(run)}


@pytest.mark.usefixtures("clean")
def test_new_listings_become_drafts_and_the_shops_own_keep_their_status() -> None:
    before = content(import_file(STORED))
    run = import_file(FILE, as_drafts=True)
    assert statuses(run) == {"bowl": "archived", "cup": "draft", "jug": "draft", "mug": "published", "old": "draft"}
    assert counts(run) == (5, 3, 1, 1, 0)
    assert notes(run, None) == {2: "variants", 3: "", 4: "added as a draft", 5: "", 6: "added as a draft"}
    assert run.remark == AS_DRAFTS
    assert undone(run).restored == 4
    assert content(run) == before


@pytest.mark.usefixtures("clean")
def test_without_the_choice_the_file_decides() -> None:
    import_file(STORED)
    run = import_file(FILE)
    assert statuses(run) == {"bowl": "published", "cup": "draft", "jug": "published", "mug": "draft", "old": "archived"}
    assert run.remark == ""


@pytest.mark.usefixtures("clean")
def test_a_dry_run_as_drafts_says_so_and_changes_nothing() -> None:
    run = import_file(FILE, as_drafts=True, dry_run=True)
    assert (listings(run), run.remark) == ([], AS_DRAFTS)
    assert notes(run, Outcome.CREATED)[4] == "added as a draft"


def test_over_rest_the_check_shows_the_drafts_and_the_run_adds_them(seller: TestClient) -> None:
    path = upload_import(seller, CSV)
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS, "as_drafts": True}).json()["as_drafts"]
    run_jobs()
    check = get_import(seller, path)
    assert (check["is_checked"], check["as_drafts"], check["remark"]) == (
        True,
        True,
        f"{AS_DRAFTS} Plaza has no field for these columns: Notes.",
    )
    assert [row["note"] for row in check["preview"] if row["outcome"] == "created"] == ["added as a draft"] * 2
    assert seller.post(f"{path}/run").status_code == 202
    run_jobs()
    found = seller.get("/api/v1/shops/clay-and-co/listings").json()["items"]
    assert sorted((each["title"], each["status"]) for each in found) == [("Cup", "draft"), ("Mug", "draft")]


def test_a_second_check_can_choose_otherwise(seller: TestClient) -> None:
    path = check_import(seller)
    for as_drafts in (True, False):
        seller.put(f"{path}/mapping", json={"columns": COLUMNS, "as_drafts": as_drafts})
        run_jobs()
        assert get_import(seller, path)["as_drafts"] is as_drafts
    assert get_import(seller, run_import(seller))["as_drafts"] is False


@pytest.mark.usefixtures("clean")
def test_the_page_remembers_the_choice() -> None:
    for as_drafts in (True, False):
        run = import_file(FILE, as_drafts=as_drafts, dry_run=True)
        assert imports_presenters.import_details(run, api_url="").as_drafts is as_drafts


@pytest.mark.usefixtures("clean")
def test_on_the_command_line_new_listings_are_added_as_drafts(tmp_path: Path) -> None:
    goods = tmp_path / "goods.csv"
    goods.write_bytes(FILE)
    code, output, errors = run_command(str(goods), "--shop", "clay-and-co", "--as-drafts")
    assert (code, errors) == (0, "")
    assert AS_DRAFTS in output
