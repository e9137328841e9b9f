"""The steps of an import over REST, as a browser takes them."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.infra import db
from tests.imports.helpers import take_jobs

IMPORTS_URL = "/api/v1/shops/clay-and-co/imports"
CSV = b"Product Name,Cost,Notes\nMug,10,nice\nCup,12,\nBowl,free,\n"
COLUMNS = {"Product Name": "title", "Cost": "price"}
TABLES = ("listing", "variant", "stock", "stock_movement", "picture", "import_change")


def create_import(seller: TestClient, body: bytes, *, name: str = "goods.csv", **changed: Any) -> dict[str, Any]:
    """Create an import that waits for its file."""
    answer = seller.post(IMPORTS_URL, json={"name": name, "size": len(body), **changed})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def upload_import(seller: TestClient, body: bytes, *, name: str = "goods.csv") -> str:
    """Upload a file and run the job that inspects it; the import's path."""
    run = create_import(seller, body, name=name)
    form = run["upload"]
    file = ("file", body, form["fields"]["Content-Type"])
    assert seller.post("/media/uploads", data=form["fields"], files={"file": file}).status_code == 204
    path = f"{IMPORTS_URL}/{run['id']}"
    answer = seller.post(f"{path}/received")
    assert (answer.status_code, answer.json()["state"]) == (202, "looking")
    run_jobs()
    return path


def check_import(seller: TestClient, body: bytes = CSV, columns: dict[str, str] = COLUMNS) -> str:
    """Run an import's check; the import's path."""
    path = upload_import(seller, body)
    assert seller.put(f"{path}/mapping", json={"columns": columns}).status_code == 202
    run_jobs()
    return path


def run_import(seller: TestClient, body: bytes = CSV, columns: dict[str, str] = COLUMNS) -> str:
    """Run an import to its end; the import's path."""
    path = check_import(seller, body, columns)
    assert seller.post(f"{path}/run").status_code == 202
    run_jobs()
    return path


def run_jobs() -> None:
    """Run the due jobs of imports and media until none is left."""
    while jobs := [*take_jobs("imports"), *take_jobs("media")]:
        for job in jobs:
            job.perform()


def get_import(seller: TestClient, path: str) -> dict[str, Any]:
    answer = seller.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    """The numbers of rows, created, updated, unchanged and refused."""
    return tuple(run[name] for name in ("rows", "created", "updated", "unchanged", "refused"))


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def row_counts() -> tuple[int, ...]:
    """The number of rows of each table."""
    with db.reading() as session:
        return tuple(session.execute(text(f"SELECT count(*) FROM {table}")).scalar_one() for table in TABLES)


def download_report(seller: TestClient, path: str) -> list[list[str]]:
    answer = seller.get(f"{path}/report.csv")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    return list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))


def shop_id() -> UUID:
    with db.reading() as session:
        found: UUID = session.execute(text("SELECT id FROM shop WHERE slug = 'clay-and-co'")).scalar_one()
        return found


def shop_id_in(session: db.WriteSession) -> UUID:
    found: UUID = session.execute(text("SELECT id FROM shop WHERE slug = 'clay-and-co'")).scalar_one()
    return found
