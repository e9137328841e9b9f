"""Imports as a browser goes through them, step by step."""

import csv
import io
from typing import Any
from uuid import UUID

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.infra import db
from tests.imports.helpers import sent

IMPORTS_URL = "/api/v1/shops/clay-and-co/imports"
CSV = b"Product Name,Cost,Notes\nMug,10,nice\nCup,12,\nBowl,free,\n"
COLUMNS = {"Product Name": "title", "Cost": "price"}
TABLES = ("listing", "variant", "stock", "stock_movement", "picture", "import_change")


def create_import(seller: TestClient, body: bytes, *, name: str = "goods.csv", **changed: Any) -> dict[str, Any]:
    """An import that waits for its file."""
    answer = seller.post(IMPORTS_URL, json={"name": name, "size": len(body), **changed})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


def upload_import(seller: TestClient, body: bytes, *, name: str = "goods.csv") -> str:
    """An import whose file was posted, and looked at by its job; its path."""
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
    """An import of which is known what it would change; its path."""
    path = upload_import(seller, body)
    assert seller.put(f"{path}/mapping", json={"columns": columns}).status_code == 202
    run_jobs()
    return path


def run_import(seller: TestClient, body: bytes = CSV, columns: dict[str, str] = COLUMNS) -> str:
    """An import that was run; its path."""
    path = check_import(seller, body, columns)
    assert seller.post(f"{path}/run").status_code == 202
    run_jobs()
    return path


def run_jobs() -> None:
    """Do the jobs of imports and media that are due, until there are none."""
    while jobs := [*sent("imports"), *sent("media")]:
        for job in jobs:
            job.perform()


def get_import(seller: TestClient, path: str) -> dict[str, Any]:
    answer = seller.get(path)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def counts(run: dict[str, Any]) -> tuple[int, ...]:
    """Rows, created, updated, unchanged, refused."""
    return tuple(run[name] for name in ("rows", "created", "updated", "unchanged", "refused"))


def problem(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def row_counts() -> tuple[int, ...]:
    """How many rows each table has."""
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
