"""`./plaza dev`: all of Plaza on one port, replaced as its sources change."""

import os
from collections.abc import Iterator

import httpx
import pytest
from sqlalchemy import text

from platform_app.infra import db, migrate
from state.core import compiling
from tests.conftest import reset_all
from tests.factories import PASSWORD, make_user
from tools.bench.dev_copy import DevServer, run_dev, wait_until

TIMEOUT_SECONDS = 600.0  # long, because tests assert what appears and not when
CONFIGURATION = (
    "env.json",
    "package.json",
    "react-router.config.js",
    "vite.config.js",
)  # Vite restarts when one of these changes
UNKNOWN_LISTING = "/api/v1/listings/00000000-0000-7000-8000-000000000000"
ERRORS = "platform_app/domain/catalog/errors.py"
MIGRATION = """
from alembic import op

revision = "later"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE TABLE added_while_it_runs (id int)")
"""


@pytest.fixture(scope="module")
def server(environment: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevServer]:
    with run_dev(tmp_path_factory.mktemp("dev"), env=os.environ, seconds=TIMEOUT_SECONDS) as running:
        yield running
    reset_all()


def problem(server: DevServer) -> str:
    """The message of the domain for an unknown listing."""
    title: str = httpx.get(f"{server.url}{UNKNOWN_LISTING}", timeout=60).json()["title"]
    return title


def test_pages_sign_in_and_rest_share_one_port(server: DevServer) -> None:
    with db.writing() as session:
        make_user(session, email="ada@example.com")
    with httpx.Client(base_url=server.url, timeout=60) as browser:
        page = browser.get("/account", headers={"accept": "text/html"})
        assert (page.status_code, page.headers["content-type"]) == (200, "text/html")
        assert "/@vite/client" in browser.get("/app/root.jsx").text
        assert browser.get("/api/v1/account").status_code == 401
        signed_in = browser.post("/auth/sign-in", json={"email": "ada@example.com", "password": PASSWORD})
        assert signed_in.status_code == 200
        assert browser.get("/api/v1/account").json()["email"] == "ada@example.com"


def test_a_domain_edit_takes_effect_and_one_that_does_not_start_changes_nothing(server: DevServer) -> None:
    original = "This listing doesn't exist or is no longer for sale."
    assert problem(server) == original
    server.replace(ERRORS, original, "This listing has gone fishing.")
    wait_until(lambda: problem(server) == "This listing has gone fishing.", seconds=TIMEOUT_SECONDS, what="The edit")
    server.replace(ERRORS, "class ListingNotFound", "class ListingNotFound(((")
    wait_until(lambda: "SyntaxError" in server.printed(), seconds=TIMEOUT_SECONDS, what="The error")
    wait_until(
        lambda: "The last working version keeps running." in server.printed(), seconds=TIMEOUT_SECONDS, what="The note"
    )
    assert problem(server) == "This listing has gone fishing."
    server.replace(ERRORS, "class ListingNotFound(((", "class ListingNotFound")
    server.replace(ERRORS, "has gone fishing", "is back")
    wait_until(lambda: problem(server) == "This listing is back.", seconds=TIMEOUT_SECONDS, what="The mended edit")


def test_a_page_edit_writes_changed_files_only(server: DevServer) -> None:
    words, web = "Good things, from the people who make them.", server.project / ".web"
    paths = [path for folder in compiling.PAGE_FOLDERS for path in (web / folder).rglob("*") if path.is_file()]
    times = {path: path.stat().st_mtime_ns for path in (*paths, *(web / name for name in CONFIGURATION))}
    files = {path: path.read_text() for path in paths if path.suffix == ".jsx"}
    assert [path.name for path, text in files.items() if words in text] != []
    server.replace("pages/catalog/home.py", words, "Good things, from an edit.")
    changed = [path for path, text in files.items() if words in text]
    wait_until(
        lambda: "Good things, from an edit." in changed[0].read_text(), seconds=TIMEOUT_SECONDS, what="The compile"
    )
    wait_until(
        lambda: server.printed().rstrip().endswith("files changed: 1"), seconds=TIMEOUT_SECONDS, what="The report"
    )
    assert [path for path, before in times.items() if path.stat().st_mtime_ns != before] == changed
    assert "Good things, from an edit." in server.text("/" + str(changed[0].relative_to(web)))


def test_a_new_migration_runs_before_the_version_that_needs_it(server: DevServer) -> None:
    head, table = migrate.head_revision(), text("SELECT to_regclass('added_while_it_runs') IS NOT NULL")
    try:
        versions = server.project / "platform_app" / "migrations" / "versions"
        (versions / "2099_01_01_0000-later.py").write_text(MIGRATION.format(head=head))

        def is_there() -> bool:
            with db.engine().connect() as connection:
                return bool(connection.execute(table).scalar_one())

        wait_until(is_there, seconds=TIMEOUT_SECONDS, what="The migration")
        assert migrate.current_revision() == "later"
    finally:
        with db.engine().begin() as connection:
            connection.execute(text("DROP TABLE IF EXISTS added_while_it_runs"))
            connection.execute(text("UPDATE alembic_version SET version_num = :head"), {"head": head})
