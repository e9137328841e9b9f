"""A shop's imports are out of reach for users without the permission."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.media import service as media
from platform_app.domain.media.errors import UploadNotFound
from platform_app.infra import db
from platform_app.infra.settings import settings
from tests.factories import make_owner, make_shop, make_user
from tests.imports.rest_flow import COLUMNS, CSV, IMPORTS_URL, TABLES, check_import, create_import, problem, shop_id_in


def all_calls(path: str) -> list[tuple[str, str, dict[str, Any] | None]]:
    return [
        ("GET", IMPORTS_URL, None),
        ("POST", IMPORTS_URL, {"name": "goods.csv", "size": 9}),
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
def test_users_without_the_permission_read_and_change_no_imports(seller: TestClient, who: str) -> None:
    path = check_import(seller)
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
    for method, url, body in all_calls(path):
        answer = seller.request(method, url, json=body)
        assert problem(answer) == expected, (method, url)
        assert "goods.csv" not in answer.text
    assert fingerprint() == before


def test_an_import_of_another_shop_is_not_found_below_ones_own(seller: TestClient) -> None:
    with db.writing() as session:
        other = make_owner(session, shop=make_shop(session, slug="other", name="Other"), email="mallory@example.com")
    path = check_import(seller)
    before = fingerprint()
    seller.cookies.set(settings().session_cookie, other.token)
    own_path = path.replace("clay-and-co", "other")
    for method, url, body in all_calls(own_path):
        if own_path in url:
            assert problem(seller.request(method, url, json=body)) == (404, "import_not_found"), (method, url)
    assert problem(seller.get(f"/api/v1/shops/other/imports/{uuid4()}")) == (404, "import_not_found")
    assert seller.get("/api/v1/shops/other/imports/nonsense").status_code == 422
    assert fingerprint() == before


def test_an_upload_form_of_an_import_cannot_post_a_picture(seller: TestClient) -> None:
    run = create_import(seller, CSV)
    with db.writing() as session, pytest.raises(UploadNotFound):
        media.complete_upload(session, shop_id=shop_id_in(session), upload_id=UUID(run["id"]), stored_bytes=len(CSV))


def test_a_user_without_a_shop_has_no_imports(seller: TestClient) -> None:
    with db.writing() as session:
        newcomer = make_user(session, email="new@example.com")
    seller.cookies.set(settings().session_cookie, newcomer.token)
    assert problem(seller.get(IMPORTS_URL)) == (404, "shop_not_found")
