"""Files and column mappings that an import cannot use are refused with the reason."""

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.media.rules import MAX_SPREADSHEET_BYTES
from platform_app.infra import db
from tests.imports.helpers import take_jobs
from tests.imports.rest_flow import CSV, IMPORTS_URL, create_import, get_import, problem, shop_id, upload_import
from tests.imports.workbooks import workbook
from tests.media import upload_helpers


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"columns": {"Cost": "price"}}, "The mapping has no column for title."),
        (
            {"columns": {"Cost": "price", "Notes": "price", "Product Name": "title"}},
            '"Cost" and "Notes" can\'t both be the price.',
        ),
        ({"columns": {"Cost": "rank"}}, 'Plaza has no field named "rank".'),
        ({"columns": {"Nothing": "title", "Cost": "price"}}, "The file has no column named Nothing."),
        ({"columns": {}}, "The columns of this file don't match an export that Plaza knows."),
        ({"format": "woocommerce"}, "This file lacks columns of the woocommerce format"),
    ],
)
def test_an_invalid_column_mapping_is_refused_with_the_reason(
    seller: TestClient, values: dict[str, Any], words: str
) -> None:
    path = upload_import(seller, CSV)
    response = seller.put(f"{path}/mapping", json=values)
    assert problem(response) == (422, "unusable_mapping")
    assert response.json()["detail"].startswith(words)
    assert get_import(seller, path)["state"] == "mapping"


@pytest.mark.parametrize(
    ("body", "name", "words"),
    [
        (b"\n\n", "goods.csv", "The file is empty"),
        (b"title,price\n", "goods.csv", "no rows below it"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, "goods.csv", "This is a picture"),
        (b"PK\x03\x04 and nothing more", "goods.xlsx", "a damaged workbook"),
        (workbook([]), "goods.xlsx", "The file is empty"),
        (bytes(range(1, 256)) * 4, "goods.csv", "The encoding of this file is not certain."),
        (b"a,b\n" + b'1,"2\n' * 3, "goods.csv", "The CSV has an error"),
        (",".join(f"c{n}" for n in range(300)).encode() + b"\n1\n", "goods.csv", "The file has 300 columns"),
    ],
)
def test_a_file_without_a_table_is_refused_with_the_reason_and_deleted(
    seller: TestClient, body: bytes, name: str, words: str
) -> None:
    run = get_import(seller, upload_import(seller, body, name=name))
    assert run["state"] == "refused"
    assert words in run["message"]
    assert upload_helpers.files() == []


@pytest.mark.parametrize(
    ("values", "field", "words"),
    [
        ({"size": 10 * 1024**3}, "size", "This file has 10,240 MB; the limit is 100 MB. Split it into several files."),
        (
            {"size": MAX_SPREADSHEET_BYTES + 1},
            "size",
            "This file has 100.1 MB; the limit is 100 MB. Split it into several files.",
        ),
        ({"size": 0}, "size", "This file is empty. Choose another one."),
        ({"size": -1}, "size", "This file is empty. Choose another one."),
        ({"name": "photo.jpg"}, "name", "Choose a CSV file or an Excel workbook (XLSX)."),
        ({"name": ""}, "name", "Choose a CSV file or an Excel workbook (XLSX)."),
    ],
)
def test_a_file_of_a_wrong_type_or_size_is_refused_before_it_is_uploaded(
    seller: TestClient, values: dict[str, Any], field: str, words: str
) -> None:
    response = seller.post(IMPORTS_URL, json={"name": "goods.csv", "size": 10, **values})
    assert (response.status_code, response.json()["fields"]) == (422, {field: words})
    assert seller.get(IMPORTS_URL).json()["items"] == []
    with db.reading() as session:
        assert (
            session.execute(
                text("SELECT (SELECT count(*) FROM upload) + (SELECT count(*) FROM import_run)")
            ).scalar_one()
            == 0
        )


def test_an_upload_without_its_file_cannot_be_completed(seller: TestClient) -> None:
    run = create_import(seller, CSV)
    assert problem(seller.post(f"{IMPORTS_URL}/{run['id']}/received")) == (409, "upload_incomplete")
    upload_helpers.file_storage().put(f"quarantine/{shop_id()}/{run['id']}", b"short", content_type="text/csv")
    assert problem(seller.post(f"{IMPORTS_URL}/{run['id']}/received")) == (409, "upload_incomplete")
    assert take_jobs("imports") == []


def test_a_product_feed_is_accepted_and_its_format_is_known(seller: TestClient) -> None:
    body = b"<?xml version='1.0'?><rss><item><id>1</id><title>Vase</title><price>15 USD</price></item></rss>"
    run = get_import(seller, upload_import(seller, body, name="feed.xml"))
    assert (run["state"], run["format"], run["encoding"]) == ("mapping", "google", "xml")
    assert [column["name"] for column in run["columns"]] == ["id", "title", "price", "xml"]
