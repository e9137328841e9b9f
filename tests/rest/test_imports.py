"""Imports over REST: every step of one, and whoever has no business with it."""

import csv
import io
import threading
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import httpx2
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.catalog import service as catalog
from platform_app.domain.media import service as media
from platform_app.domain.media.errors import UploadNotFound
from platform_app.domain.media.rules import MAX_TABLE_BYTES
from platform_app.domain.shops import queries as shops
from platform_app.domain.stock.rules import Reason
from platform_app.infra import db
from platform_app.infra.settings import settings
from tests.accounts.running import browsers
from tests.factories import NOW, make_draft, make_owner, make_shop, make_user
from tests.imports.running import sent
from tests.imports.workbooks import workbook
from tests.media import uploading

ALL = "/api/v1/shops/clay-and-co/imports"
CSV = b"Product Name,Cost,Notes\nMug,10,nice\nCup,12,\nBowl,free,\n"
COLUMNS = {"Product Name": "title", "Cost": "price"}
TABLES = ("listing", "variant", "stock", "stock_movement", "picture", "import_change")


@pytest.fixture
def seller(clean: None) -> Iterator[TestClient]:
    """A browser of the owner of a shop."""
    with db.writing() as session:
        owner = make_owner(session, shop=make_shop(session))
    with browsers() as (one,):
        one.cookies.set(settings().session_cookie, owner.token)
        yield one


def begun(seller: TestClient, body: bytes, *, name: str = "goods.csv", **changed: Any) -> dict[str, Any]:
    """An import that waits for its file."""
    answer = seller.post(ALL, json={"name": name, "size": len(body), **changed})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def uploaded(seller: TestClient, body: bytes, *, name: str = "goods.csv") -> str:
    """An import whose file was posted, and looked at by its job; its path."""
    run = begun(seller, body, name=name)
    form = run["upload"]
    file = ("file", body, form["fields"]["Content-Type"])
    assert seller.post("/media/uploads", data=form["fields"], files={"file": file}).status_code == 204
    path = f"{ALL}/{run['id']}"
    answer = seller.post(f"{path}/received")
    assert (answer.status_code, answer.json()["state"]) == (202, "looking")
    work()
    return path


def checked(seller: TestClient, body: bytes = CSV, columns: dict[str, str] = COLUMNS) -> str:
    """An import of which is known what it would change; its path."""
    path = uploaded(seller, body)
    assert seller.put(f"{path}/mapping", json={"columns": columns}).status_code == 202
    work()
    return path


def finished(seller: TestClient, body: bytes = CSV, columns: dict[str, str] = COLUMNS) -> str:
    """An import that was run; its path."""
    path = checked(seller, body, columns)
    assert seller.post(f"{path}/run").status_code == 202
    work()
    return path


def work() -> None:
    """Do the jobs of imports and media that are due, until there are none."""
    while jobs := [*sent("imports"), *sent("media")]:
        for job in jobs:
            job.perform()


def seen(seller: TestClient, path: str) -> dict[str, Any]:
    answer = seller.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    """Rows, created, updated, unchanged, refused."""
    return tuple(run[name] for name in ("rows", "created", "updated", "unchanged", "refused"))


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def stored() -> tuple[int, ...]:
    """How many rows each table has."""
    with db.reading() as session:
        return tuple(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES)


def report_of(seller: TestClient, path: str) -> list[list[str]]:
    answer = seller.get(f"{path}/report.csv")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def test_an_import_goes_from_upload_to_undo(seller: TestClient) -> None:
    path = uploaded(seller, CSV)
    looked = seen(seller, path)
    assert (looked["state"], looked["format"], looked["encoding"]) == ("mapping", "", "utf-8-sig")
    assert looked["columns"] == [
        {"name": "Product Name", "samples": ["Mug", "Cup", "Bowl"]},
        {"name": "Cost", "samples": ["10", "12", "free"]},
        {"name": "Notes", "samples": ["nice"]},
    ]
    assert looked["suggested"] == {"title": "Product Name", "price": "Cost"}
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS}).json()["state"] == "queued"
    work()
    check = seen(seller, path)
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
    assert stored() == (0,) * len(TABLES)
    assert seller.post(f"{path}/run").json()["state"] == "running"
    work()
    run = seen(seller, path)
    assert (run["state"], run["is_checked"], run["dry_run"], counts(run)) == ("finished", False, False, (3, 2, 0, 0, 1))
    assert (run["share"], run["remaining_seconds"]) == (1.0, None)
    assert stored() == (2, 2, 2, 0, 0, 2)
    assert report_of(seller, path) == [
        ["line", "outcome", "note"],
        ["2", "created", ""],
        ["3", "created", ""],
        ["4", "refused", 'price "free" is not an amount in USD'],
    ]
    assert seller.post(f"{path}/undo").json()["state"] == "undoing"
    work()
    undone = seen(seller, path)
    assert (undone["state"], undone["restored"], undone["kept"]) == ("undone", 2, 0)
    assert stored()[:3] == (0, 0, 0)
    assert uploading.files() == []
    told = seller.get("/api/v1/notifications").json()["items"]
    assert [(each["kind"], each["text"], each["href"]) for each in told] == [
        ("import_undone", "goods.csv: 2 listings put back.", f"/sell/clay-and-co/imports/{path.rpartition('/')[2]}"),
        ("import_finished", "goods.csv: 2 new, 0 changed, 1 refused.", told[0]["href"]),
    ]


def test_a_check_says_what_each_listing_was_and_would_be(seller: TestClient) -> None:
    with db.writing() as session:
        shop = shops.at(session, slug="clay-and-co")
        catalog.save_many(
            session, shop=shop, drafts=[make_draft(key="mug", title="Mug")], reason=Reason.OPENING, now=NOW
        )
    path = checked(
        seller,
        b"key,title,price,quantity\nmug,A mug,21.5,5\n",
        {"key": "key", "title": "title", "price": "price", "quantity": "quantity"},
    )
    (row,) = seen(seller, path)["preview"]
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


def test_what_columns_mean_is_remembered_for_files_with_the_same_ones(seller: TestClient) -> None:
    checked(seller, CSV, {"Product Name": "title", "Cost": "price", "Notes": "description"})
    again = seen(seller, uploaded(seller, CSV))
    assert again["suggested"] == {"title": "Product Name", "price": "Cost", "description": "Notes"}


def test_columns_can_be_chosen_again_after_the_check(seller: TestClient) -> None:
    path = checked(seller, CSV, {"Notes": "title", "Cost": "price"})
    assert counts(seen(seller, path)) == (3, 1, 0, 0, 2)
    assert seller.put(f"{path}/mapping", json={"columns": COLUMNS}).status_code == 202
    work()
    assert counts(seen(seller, path)) == (3, 2, 0, 0, 1)
    assert seller.post(f"{path}/run").status_code == 202
    work()
    assert counts(seen(seller, path)) == (3, 2, 0, 0, 1)
    assert problem(seller.put(f"{path}/mapping", json={"columns": COLUMNS})) == (409, "not_to_be_mapped")


def test_a_workbook_comes_in_by_the_rows_its_program_shows(seller: TestClient) -> None:
    body = workbook([["Product Name", "Cost"], ["A mug,\nblue", 10.5], [], ["Cup", "free"]])
    path = uploaded(seller, body, name="Goods.XLSX")
    assert (seen(seller, path)["state"], seen(seller, path)["encoding"]) == ("mapping", "xlsx")
    seller.put(f"{path}/mapping", json={"columns": COLUMNS})
    work()
    check = seen(seller, path)
    assert counts(check) == (2, 1, 0, 0, 1)
    assert [(row["line"], row["title"]) for row in check["preview"]] == [(2, "A mug, blue"), (4, "")]


def test_a_known_export_needs_no_columns(seller: TestClient) -> None:
    path = uploaded(seller, b"Handle,Title,Variant Price\nmug,Mug,10\n")
    assert seen(seller, path)["format"] == "shopify"
    assert seller.put(f"{path}/mapping", json={"format": "shopify"}).status_code == 202
    work()
    assert counts(seen(seller, path)) == (1, 1, 0, 0, 0)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"columns": {"Cost": "price"}}, "The mapping has no column for title."),
        (
            {"columns": {"Cost": "price", "Notes": "price", "Product Name": "title"}},
            '"Cost" and "Notes" cannot both be the price.',
        ),
        ({"columns": {"Cost": "rank"}}, 'Plaza has no field named "rank".'),
        ({"columns": {"Nothing": "title", "Cost": "price"}}, "The file has no column named Nothing."),
        ({"columns": {}}, "The columns of this file are not those of a Plaza, Shopify or WooCommerce export."),
        ({"format": "woocommerce"}, "A woocommerce file has these columns, which this one lacks"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused_with_the_reason(
    seller: TestClient, asked: dict[str, Any], words: str
) -> None:
    path = uploaded(seller, CSV)
    answer = seller.put(f"{path}/mapping", json=asked)
    assert problem(answer) == (422, "unusable_mapping")
    assert answer.json()["detail"].startswith(words)
    assert seen(seller, path)["state"] == "mapping"


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"\n\n", "goods.csv", "The file is empty"),
        (b"title,price\n", "goods.csv", "no rows below it"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "goods.csv", "This is a picture"),
        (b"PK\x03\x04 and nothing more", "goods.xlsx", "a workbook that cannot be read"),
        (workbook([]), "goods.xlsx", "The file is empty"),
        (bytes(range(1, 256)) * 4, "goods.csv", "neither UTF-8 nor Windows-1252"),
        (b"a,b\n" + b'1,"2\n' * 3, "goods.csv", "The CSV breaks off"),
        (",".join(f"c{n}" for n in range(300)).encode() + b"\n1\n", "goods.csv", "The file has 300 columns"),
    ],
)
def test_a_file_that_is_no_table_is_refused_with_the_reason_and_deleted(
    seller: TestClient, body: bytes, name: str, words: str
) -> None:
    run = seen(seller, uploaded(seller, body, name=name))
    assert run["state"] == "refused"
    assert words in run["message"]
    assert uploading.files() == []


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"size": 10 * 1024**3}, "size", "Choose a file of at most 100 MB that is not empty."),
        ({"size": MAX_TABLE_BYTES + 1}, "size", "Choose a file of at most 100 MB that is not empty."),
        ({"size": 0}, "size", "Choose a file of at most 100 MB that is not empty."),
        ({"size": -1}, "size", "Choose a file of at most 100 MB that is not empty."),
        ({"name": "photo.jpg"}, "name", "Choose a CSV file or an Excel workbook (XLSX)."),
        ({"name": ""}, "name", "Choose a CSV file or an Excel workbook (XLSX)."),
    ],
)
def test_a_file_that_would_not_be_taken_is_refused_before_it_is_sent(
    seller: TestClient, asked: dict[str, Any], field: str, words: str
) -> None:
    answer = seller.post(ALL, json={"name": "goods.csv", "size": 10, **asked})
    assert (answer.status_code, answer.json()["fields"]) == (422, {field: words})
    assert seller.get(ALL).json()["items"] == []
    with db.reading() as session:
        assert (
            session.execute(
                text("SELECT (SELECT count(*) FROM upload) + (SELECT count(*) FROM import_run)")
            ).scalar_one()
            == 0
        )


def test_a_file_that_has_not_arrived_cannot_have_been_received(seller: TestClient) -> None:
    run = begun(seller, CSV)
    assert problem(seller.post(f"{ALL}/{run['id']}/received")) == (409, "upload_incomplete")
    uploading.place().put(f"quarantine/{shop_id()}/{run['id']}", b"short", content_type="text/csv")
    assert problem(seller.post(f"{ALL}/{run['id']}/received")) == (409, "upload_incomplete")
    assert sent("imports") == []


def shop_id() -> UUID:
    with db.reading() as session:
        found: UUID = session.execute(text("SELECT id FROM shop WHERE slug = 'clay-and-co'")).scalar_one()
        return found


def test_pressing_run_twice_at_once_runs_it_once(seller: TestClient) -> None:
    path = checked(seller)
    answers: list[int] = []
    presses = [
        threading.Thread(target=lambda: answers.append(seller.post(f"{path}/run").status_code)) for _ in range(4)
    ]
    for press in presses:
        press.start()
    for press in presses:
        press.join()
    assert answers == [202] * 4
    jobs = [job for job in sent("imports") if job.func_name == "workers.imports.run"]
    assert len(jobs) == 1
    for job in jobs:
        job.perform()
    work()
    assert counts(seen(seller, path)) == (3, 2, 0, 0, 1)
    assert seller.post(f"{path}/run").status_code == 202
    assert sent("imports") == []


def test_an_import_is_run_only_after_it_was_checked(seller: TestClient) -> None:
    path = uploaded(seller, CSV)
    assert problem(seller.post(f"{path}/run")) == (409, "not_to_be_run")
    assert problem(seller.post(f"{path}/undo")) == (409, "nothing_to_undo")
    seller.put(f"{path}/mapping", json={"columns": COLUMNS})
    assert problem(seller.post(f"{path}/run")) == (409, "not_to_be_run")
    assert problem(seller.get(f"{path}/report.csv")) == (409, "import_still_running")
    work()
    assert problem(seller.post(f"{path}/undo")) == (409, "nothing_to_undo")
    assert stored() == (0,) * len(TABLES)


def test_an_import_that_was_not_run_can_be_discarded_and_leaves_nothing(seller: TestClient) -> None:
    path = checked(seller)
    assert seller.delete(path).status_code == 204
    assert seller.get(ALL).json()["items"] == []
    work()
    assert problem(seller.get(path)) == (404, "import_not_found")
    assert uploading.files() == []
    run = finished(seller)
    assert problem(seller.delete(run)) == (409, "not_to_be_run")
    assert seen(seller, run)["state"] == "finished"


def test_a_shop_has_ten_unfinished_imports_at_most(seller: TestClient) -> None:
    runs = [begun(seller, CSV) for _ in range(10)]
    assert problem(seller.post(ALL, json={"name": "goods.csv", "size": 9})) == (409, "too_many_imports")
    assert seller.delete(f"{ALL}/{runs[0]['id']}").status_code == 204
    assert seller.post(ALL, json={"name": "goods.csv", "size": 9}).status_code == 201


def test_earlier_imports_are_listed_a_page_at_a_time(seller: TestClient) -> None:
    paths = [uploaded(seller, CSV) for _ in range(3)]
    first = seller.get(ALL, params={"limit": 2}).json()
    second = seller.get(ALL, params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [f"{ALL}/{run['id']}" for page in (first, second) for run in page["items"]] == paths[::-1]
    assert second["next_cursor"] is None
    assert problem(seller.get(ALL, params={"cursor": "made-up"})) == (422, "invalid_cursor")


def every_call(path: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", ALL, None),
        ("POST", ALL, {"name": "goods.csv", "size": 9}),
        ("GET", path, None),
        ("POST", f"{path}/received", None),
        ("PUT", f"{path}/mapping", {"columns": COLUMNS}),
        ("POST", f"{path}/run", None),
        ("POST", f"{path}/undo", None),
        ("DELETE", path, None),
        ("GET", f"{path}/report.csv", None),
        ("GET", "/api/v1/shops/clay-and-co/export.csv", None),
    ]


def fingerprint() -> str:
    with db.reading() as session:
        rows = [
            session.execute(text(f"SELECT * FROM {table} ORDER BY 1, 2")).all()
            for table in ("import_run", "upload", *TABLES)
        ]
        return repr(rows)


@pytest.mark.parametrize("who", ["nobody", "another", "staff"])
def test_whoever_has_no_business_with_a_shops_imports_learns_and_changes_nothing(seller: TestClient, who: str) -> None:
    path = checked(seller)
    before = fingerprint()
    with db.writing() as session:
        other = make_shop(session, slug="other", name="Other")
        stranger = make_owner(session, shop=other, email="mallory@example.com")
        if who == "staff":
            session.execute(
                text(
                    "INSERT INTO shop_member (shop_id, user_id, role, permissions, created_at) VALUES (:shop, :user, 'staff', '{listings,stock}', now())"
                ),
                {"shop": shop_id_in(session), "user": stranger.user.id},
            )
    expected = {
        "nobody": (401, "unauthenticated"),
        "another": (404, "shop_not_found"),
        "staff": (403, "not_permitted"),
    }[who]
    seller.cookies.clear()
    if who != "nobody":
        seller.cookies.set(settings().session_cookie, stranger.token)
    for method, url, body in every_call(path):
        answer = seller.request(method, url, json=body)
        assert problem(answer) == expected, (method, url)
        assert "goods.csv" not in answer.text
    assert fingerprint() == before


def shop_id_in(session: db.WriteSession) -> UUID:
    found: UUID = session.execute(text("SELECT id FROM shop WHERE slug = 'clay-and-co'")).scalar_one()
    return found


def test_an_import_of_another_shop_is_not_there_under_ones_own_address(seller: TestClient) -> None:
    with db.writing() as session:
        other = make_owner(session, shop=make_shop(session, slug="other", name="Other"), email="mallory@example.com")
    path = checked(seller)
    before = fingerprint()
    seller.cookies.set(settings().session_cookie, other.token)
    mine = path.replace("clay-and-co", "other")
    for method, url, body in every_call(mine):
        if mine in url:
            assert problem(seller.request(method, url, json=body)) == (404, "import_not_found"), (method, url)
    assert problem(seller.get(f"/api/v1/shops/other/imports/{uuid4()}")) == (404, "import_not_found")
    assert seller.get("/api/v1/shops/other/imports/nonsense").status_code == 422
    assert fingerprint() == before


def test_the_form_of_an_import_is_not_taken_for_a_pictures(seller: TestClient) -> None:
    run = begun(seller, CSV)
    with db.writing() as session, pytest.raises(UploadNotFound):
        media.complete_upload(session, shop_id=shop_id_in(session), upload_id=UUID(run["id"]), stored=len(CSV))


def test_somebody_who_never_had_a_shop_has_no_imports(seller: TestClient) -> None:
    with db.writing() as session:
        nobody = make_user(session, email="new@example.com")
    seller.cookies.set(settings().session_cookie, nobody.token)
    assert problem(seller.get(ALL)) == (404, "shop_not_found")
