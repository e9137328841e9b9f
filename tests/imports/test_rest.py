"""Imports over REST, step by step."""

import threading

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.catalog import service as catalog
from platform_app.domain.imports.rules import budgets
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from tests.factories import NOW, make_draft
from tests.imports.helpers import take_jobs
from tests.imports.rest_flow import (
    COLUMNS,
    CSV,
    IMPORTS_URL,
    TABLES,
    check_import,
    counts,
    create_import,
    download_report,
    get_import,
    problem,
    row_counts,
    run_import,
    run_jobs,
    upload_import,
)
from tests.imports.workbooks import sharing, workbook
from tests.media import upload_helpers


def test_unrun_imports_of_a_shop_share_a_limit_until_one_is_discarded(
    seller: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(budgets, "MAX_SHOP_BYTES", 100)
    first = check_import(seller)
    second = get_import(seller, check_import(seller))
    assert (second["state"], second["message"]) == (
        "refused",
        "With this file, the shop's open imports take 111 bytes; the limit is 100. "
        "Run or discard one of them, then upload this file again.",
    )
    assert seller.delete(first).status_code == 204
    run_jobs()
    assert get_import(seller, check_import(seller))["is_checked"]


def test_a_workbook_bomb_is_refused_when_it_is_inspected(seller: TestClient) -> None:
    columns = ["title", "price", *(f"extra{number}" for number in range(188))]
    run = get_import(seller, upload_import(seller, sharing("x" * 1_600_000, header=columns, rows=1), name="goods.xlsx"))
    assert (run["state"], run["message"]) == (
        "refused",
        "The rows up to line 2 have 304,000,190 bytes of text; the limit is 201,326,592. "
        "Split the file and import the parts.",
    )
    run = get_import(
        seller, upload_import(seller, ",".join(f"c{number}" for number in range(10_000)).encode() + b"\nx\n")
    )
    assert (run["state"], run["message"]) == (
        "refused",
        "The file has 10,000 columns; the limit is 200. Is this the right file?",
    )


def test_an_import_goes_from_upload_to_undo(seller: TestClient) -> None:
    path = upload_import(seller, CSV)
    inspected = get_import(seller, path)
    assert (inspected["state"], inspected["format"], inspected["encoding"]) == ("mapping", "", "utf-8-sig")
    assert inspected["columns"] == [
        {"name": "Product Name", "samples": ["Mug", "Cup", "Bowl"]},
        {"name": "Cost", "samples": ["10", "12", "free"]},
        {"name": "Notes", "samples": ["nice"]},
    ]
    assert inspected["suggested"] == {"title": "Product Name", "price": "Cost"}
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS}).json()["state"] == "queued"
    run_jobs()
    check = get_import(seller, path)
    assert (check["state"], check["is_checked"], check["dry_run"], counts(check)) == (
        "finished",
        True,
        True,
        (3, 2, 0, 0, 1),
    )
    assert [(row["line"], row["outcome"], row["title"], row["note"]) for row in check["preview"]] == [
        (2, "created", "Mug", ""),
        (3, "created", "Cup", ""),
        (4, "refused", "", 'price "free" is not an amount in USD'),
    ]
    assert row_counts() == (0,) * len(TABLES)
    assert seller.post(f"{path}/run").json()["state"] == "running"
    run_jobs()
    run = get_import(seller, path)
    assert (run["state"], run["is_checked"], run["dry_run"], counts(run)) == ("finished", False, False, (3, 2, 0, 0, 1))
    assert (run["share"], run["remaining_seconds"]) == (1.0, None)
    assert row_counts() == (2, 2, 2, 0, 0, 2)
    assert download_report(seller, path) == [
        ["line", "outcome", "note"],
        ["2", "created", ""],
        ["3", "created", ""],
        ["4", "refused", 'price "free" is not an amount in USD'],
    ]
    assert seller.post(f"{path}/undo").json()["state"] == "undoing"
    run_jobs()
    undone = get_import(seller, path)
    assert (undone["state"], undone["restored"], undone["kept"]) == ("undone", 2, 0)
    assert row_counts()[:3] == (0, 0, 0)
    assert upload_helpers.files() == []
    notifications = seller.get("/api/v1/notifications").json()["items"]
    assert [(each["kind"], each["text"], each["href"]) for each in notifications] == [
        ("import_undone", "goods.csv: 2 listings restored.", f"/sell/clay-and-co/imports/{path.rpartition('/')[2]}"),
        ("import_finished", "goods.csv: 2 new, 0 changed, 1 refused.", notifications[0]["href"]),
    ]


def test_a_check_shows_each_listings_old_and_new_values(seller: TestClient) -> None:
    with db.writing() as session:
        shop = shops.by_slug(session, slug="clay-and-co")
        catalog.save_many(
            session, shop=shop, inputs=[make_draft(key="mug", title="Mug")], reason=Reason.OPENING, now=NOW
        )
    path = check_import(
        seller,
        b"key,title,price,quantity\nmug,A mug,21.5,5\n",
        {"key": "key", "title": "title", "price": "price", "quantity": "quantity"},
    )
    (row,) = get_import(seller, path)["preview"]
    assert row == {
        "line": 2,
        "outcome": "updated",
        "title": "A mug",
        "note": "title, variants",
        "differences": [
            {"field": "title", "before": "Mug", "after": "A mug"},
            {"field": "price", "before": "$20.00", "after": "$21.50"},
        ],
    }


def test_a_column_mapping_is_remembered_for_files_with_the_same_columns(seller: TestClient) -> None:
    check_import(seller, CSV, {"Product Name": "title", "Cost": "price", "Notes": "description"})
    again = get_import(seller, upload_import(seller, CSV))
    assert again["suggested"] == {"title": "Product Name", "price": "Cost", "description": "Notes"}


def test_columns_can_be_mapped_again_after_the_check(seller: TestClient) -> None:
    path = check_import(seller, CSV, {"Notes": "title", "Cost": "price"})
    assert counts(get_import(seller, path)) == (3, 1, 0, 0, 2)
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS}).status_code == 202
    run_jobs()
    assert counts(get_import(seller, path)) == (3, 2, 0, 0, 1)
    assert seller.post(f"{path}/run").status_code == 202
    run_jobs()
    assert counts(get_import(seller, path)) == (3, 2, 0, 0, 1)
    assert problem(seller.put(f"{path}/mapping", json={"columns": COLUMNS})) == (409, "not_to_be_mapped")


def test_a_workbook_is_imported_with_the_row_numbers_of_its_program(seller: TestClient) -> None:
    body = workbook([["Product Name", "Cost"], ["A mug,\nblue", 10.5], [], ["Cup", "free"]])
    path = upload_import(seller, body, name="Goods.XLSX")
    assert (get_import(seller, path)["state"], get_import(seller, path)["encoding"]) == ("mapping", "xlsx")
    seller.put(f"{path}/mapping", json={"columns": COLUMNS})
    run_jobs()
    check = get_import(seller, path)
    assert counts(check) == (2, 1, 0, 0, 1)
    assert [(row["line"], row["title"]) for row in check["preview"]] == [(2, "A mug, blue"), (4, "")]


def test_a_known_export_needs_no_column_mapping(seller: TestClient) -> None:
    path = upload_import(seller, b"Handle,Title,Variant Price\nmug,Mug,10\n")
    assert get_import(seller, path)["format"] == "shopify"
    assert seller.put(f"{path}/mapping", json={"format": "shopify"}).status_code == 202
    run_jobs()
    assert counts(get_import(seller, path)) == (1, 1, 0, 0, 0)


def test_starting_a_run_twice_at_once_runs_it_once(seller: TestClient) -> None:
    path = check_import(seller)
    answers: list[int] = []
    presses = [
        threading.Thread(target=lambda: answers.append(seller.post(f"{path}/run").status_code)) for _ in range(4)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert answers == [202] * 4
    jobs = [job for job in take_jobs("imports") if job.func_name == "workers.imports.run"]
    assert len(jobs) == 1
    for job in jobs:
        job.perform()
    run_jobs()
    assert counts(get_import(seller, path)) == (3, 2, 0, 0, 1)
    assert seller.post(f"{path}/run").status_code == 202
    assert take_jobs("imports") == []


def test_an_import_can_be_run_only_after_its_check(seller: TestClient) -> None:
    path = upload_import(seller, CSV)
    assert problem(seller.post(f"{path}/run")) == (409, "not_to_be_run")
    assert problem(seller.post(f"{path}/undo")) == (409, "nothing_to_undo")
    seller.put(f"{path}/mapping", json={"columns": COLUMNS})
    assert problem(seller.post(f"{path}/run")) == (409, "not_to_be_run")
    assert problem(seller.get(f"{path}/report.csv")) == (409, "import_still_running")
    run_jobs()
    assert problem(seller.post(f"{path}/undo")) == (409, "nothing_to_undo")
    assert row_counts() == (0,) * len(TABLES)


def test_an_unrun_import_can_be_discarded_and_leaves_nothing(seller: TestClient) -> None:
    path = check_import(seller)
    assert seller.delete(path).status_code == 204
    assert seller.get(IMPORTS_URL).json()["items"] == []
    run_jobs()
    assert problem(seller.get(path)) == (404, "import_not_found")
    assert upload_helpers.files() == []
    run = run_import(seller)
    assert problem(seller.delete(run)) == (409, "not_to_be_run")
    assert get_import(seller, run)["state"] == "finished"


def test_a_shop_has_at_most_ten_unfinished_imports(seller: TestClient) -> None:
    runs = [create_import(seller, CSV) for _ in range(10)]
    assert problem(seller.post(IMPORTS_URL, json={"name": "goods.csv", "size": 9})) == (409, "too_many_imports")
    assert seller.delete(f"{IMPORTS_URL}/{runs[0]['id']}").status_code == 204
    assert seller.post(IMPORTS_URL, json={"name": "goods.csv", "size": 9}).status_code == 201


def test_earlier_imports_are_listed_a_page_at_a_time(seller: TestClient) -> None:
    paths = [upload_import(seller, CSV) for _ in range(3)]
    first = seller.get(IMPORTS_URL, params={"limit": 2}).json()
    second = seller.get(IMPORTS_URL, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [f"{IMPORTS_URL}/{run['id']}" for page in (first, second) for run in page["items"]] == paths[::-1]
    assert second["next_cursor"] is None
    assert problem(seller.get(IMPORTS_URL, params={"cursor": "made-up"})) == (422, "invalid_cursor")
