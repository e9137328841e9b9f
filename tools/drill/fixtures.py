"""The users, shops and listings of a drill, created before it starts."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from platform_app.cli.errors import CommandError
from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import passwords, sign_up
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.service import members
from platform_app.infra import db, engines
from platform_app.infra.settings import settings
from tools.bench import imports_files
from tools.bench.ws_load import PageTarget

PASSWORD = "a long enough sentence of mine"  # noqa: S105 - of users who do not exist
LISTINGS = text("""
SELECT listing_id AS id, card->>'shop_slug' AS shop, card->>'slug' AS slug FROM listing_search
ORDER BY quality DESC, listing_id LIMIT 200""")


@dataclass(frozen=True)
class User:
    """A signed-in user."""

    id: UUID
    email: str
    cookie: str


@dataclass(frozen=True)
class Listing:
    """A published listing."""

    id: UUID
    page: PageTarget


def create_users(count: int) -> list[User]:
    """Create this many signed-in users."""
    created, now = [], utc_now()
    for _ in range(count):
        email = f"{uuid4().hex[:12]}@drill.example"
        with db.writing() as session:
            user = sign_up.create_user(session, email=email, role=Role.MEMBER, now=now)
            token = sign_up.issue_reset_token(session, user_id=user.id, now=now)
            passwords.reset_password(session, token=token, new=PASSWORD, now=now)
            signed_in = accounts.sign_in(
                session,
                email=email,
                password=PASSWORD,
                code=None,
                now=now,
                user_agent="drill",
                ip="127.0.0.1",
                replaced_digest=None,
            )
        created.append(User(user.id, email, f"{settings().session_cookie}={signed_in.token}"))
    return created


def popular_listings() -> list[Listing]:
    """The listings that people favourite."""
    with db.reading() as session:
        rows = session.execute(LISTINGS).all()
    if not rows:
        raise CommandError("There are no listings; create some with ./plaza seed.")
    return [
        Listing(row.id, PageTarget(f"/shops/{row.shop}/{row.slug}", {"shop": row.shop, "listing": row.slug}))
        for row in rows
    ]


def create_shop(owner: User) -> str:
    """Create a shop owned by this user; return its slug."""
    slug = f"drill-{uuid4().hex[:10]}"
    with db.writing() as session:
        shops.get_or_create(session, slug=slug, now=utc_now())
        members.make_owner(session, slug=slug, email=owner.email, now=utc_now())
    return slug


def start_import(folder: Path, slug: str, *, rows: int) -> UUID:
    """Queue the import of a file with this many rows."""
    file = folder / f"{slug}.csv"
    imports_files.write_import_file(file, rows=rows, status="draft")
    key = f"imports/{new_id()}.csv"
    imports_files.upload(file, key=key)
    with db.writing() as session:
        return imports_files.start_import(session, slug=slug, key=key, name=file.name).id


def query_database(port: int, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """Rows from the database at this port, bypassing the app and the proxies."""
    url = engines.to_libpq_url(settings().database_url.get_secret_value())
    with psycopg.connect(url, port=port, dbname="plaza", connect_timeout=5, prepare_threshold=None) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def insecure_ssl_context() -> ssl.SSLContext:
    """A TLS context that accepts the edge's self-signed certificate."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
