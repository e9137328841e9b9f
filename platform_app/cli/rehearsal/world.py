"""The people, shops and listings of a rehearsal, made before it begins."""

import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import text

from platform_app.cli import bench_files
from platform_app.cli.errors import Refused
from platform_app.cli.visitors import Place
from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.rules import Role
from platform_app.domain.accounts.service import credentials, joining
from platform_app.domain.shared.tables import new_id, utc_now
from platform_app.domain.shops import service as shops
from platform_app.domain.shops.service import members
from platform_app.infra import connecting, db
from platform_app.infra.settings import settings

PASSWORD = "a long enough sentence of mine"  # noqa: S105 - of people who do not exist
LISTINGS = text("""
SELECT listing_id AS id, card->>'shop_slug' AS shop, card->>'slug' AS slug FROM listing_search
ORDER BY quality DESC, listing_id LIMIT 200""")


@dataclass(frozen=True)
class User:
    """Somebody who is signed in."""

    id: UUID
    email: str
    cookie: str


@dataclass(frozen=True)
class Listing:
    """Something for sale."""

    id: UUID
    place: Place


def users(count: int) -> list[User]:
    """So many people, signed in."""
    made, now = [], utc_now()
    for _ in range(count):
        email = f"{uuid4().hex[:12]}@rehearsal.example"
        with db.writing() as session:
            user = joining.create(session, email=email, role=Role.MEMBER, now=now)
            token = joining.issue_reset(session, user_id=user.id, now=now)
            credentials.reset_password(session, token=token, new=PASSWORD, now=now)
            signed = accounts.sign_in(
                session,
                email=email,
                password=PASSWORD,
                code=None,
                now=now,
                agent="rehearsal",
                address="127.0.0.1",
                replaces=None,
            )
        made.append(User(user.id, email, f"{settings().session_cookie}={signed.token}"))
    return made


def listings() -> list[Listing]:
    """What people like."""
    with db.reading() as session:
        rows = session.execute(LISTINGS).all()
    if not rows:
        raise Refused("There are no listings; ./plaza seed makes some.")
    return [
        Listing(row.id, Place(f"/shops/{row.shop}/{row.slug}", {"shop": row.shop, "listing": row.slug})) for row in rows
    ]


def shop(owner: User) -> str:
    """A shop of this person's; its address."""
    slug = f"rehearsal-{uuid4().hex[:10]}"
    with db.writing() as session:
        shops.open_or_find(session, slug=slug, now=utc_now())
        members.own(session, slug=slug, email=owner.email, now=utc_now())
    return slug


def begin_import(folder: Path, slug: str, *, rows: int) -> UUID:
    """Hand a file of so many rows over to the workers."""
    file = folder / f"{slug}.csv"
    bench_files.write_file(file, rows=rows, status="draft")
    key = f"imports/{new_id()}.csv"
    bench_files.put(file, key=key)
    with db.writing() as session:
        return bench_files.begin_import(session, slug=slug, key=key, name=file.name).id


def direct(port: int, query: str, parameters: Sequence[object] = ()) -> list[tuple[object, ...]]:
    """Rows of the database behind this port, past the app and everything that is in front of it."""
    url = connecting.plain(settings().database_url.get_secret_value())
    with psycopg.connect(url, port=port, dbname="plaza", connect_timeout=5, prepare_threshold=None) as connection:
        return connection.execute(query.encode(), parameters).fetchall()


def trusting() -> ssl.SSLContext:
    """What takes the certificate that this machine's edge made for itself."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
