"""A market of any size for benchmarks: copies of the running Plaza's listings, in a temporary database."""

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from uuid import uuid4

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

from platform_app.domain.search import service
from platform_app.domain.search.rules import TOP_TIER_SIZE
from platform_app.infra import db, migrate
from platform_app.infra.settings import settings

COPIED_TABLES = (
    "shop",
    "category",
    "picture",
    "listing",
    "variant",
    "listing_picture",
    "stock",
    "search_word",
    "listing_search",
)
SELECT_INDEXES = """
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename = 'listing_search' AND indexname <> 'listing_search_pkey'"""
SELECT_COLUMNS = "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped"
SELECT_COPIES = """
CREATE TEMPORARY TABLE more AS
SELECT shop_id, listing_id AS original, gen_random_uuid() AS id, copy
FROM generate_series(1, %(wanted)s::bigint / (SELECT count(*) FROM listing_search) + 1) AS copy CROSS JOIN listing_search
ORDER BY copy LIMIT greatest(0, %(wanted)s::bigint - (SELECT count(*) FROM listing_search))"""
INSERT_LISTINGS = """
INSERT INTO listing (shop_id, id, slug, key, title, description, category_id, condition, status, tags, attributes, options,
                     currency, version, created_at, updated_at)
SELECT shop_id, more.id, slug || '--' || copy, key || '--' || copy, title, description, category_id, condition, status, tags,
  attributes, options, currency, version, created_at, updated_at
FROM more JOIN listing USING (shop_id) WHERE listing.id = more.original"""
# Each copy is slightly worse and older, so that no two are equal, and in random order, as in an old market.
INSERT_INDEX_ROWS = """
INSERT INTO listing_search (shop_id, listing_id, categories, facets, combinations, condition, price_min, price_max, own_price, in_stock,
                            quality, listed_at, card, document)
SELECT shop_id, more.id, categories, facets, combinations, condition, price_min, price_max, own_price, in_stock,
  quality * (0.7 + 0.3 * random()), listed_at - random() * interval '300 days', card, document
FROM more JOIN listing_search USING (shop_id) WHERE listing_search.listing_id = more.original ORDER BY random()"""

_URL_SETTINGS = ("PLAZA_DATABASE_URL", "PLAZA_DATABASE_OWNER_URL")


@contextmanager
def copy_of_size(listings: int) -> Iterator[None]:
    """Make this process use a temporary copy with this many listings; the running market is only read."""
    with _connect(make_url(settings().owner_url).database) as source, empty_database() as name:
        with _connect(name) as target:
            _copy_tables(source, target)
            _multiply_listings(target, listings=listings)
        _choose_top_tier()
        with _connect(name) as target:
            target.execute("VACUUM ANALYZE")
            target.execute("CHECKPOINT")  # otherwise this data would be flushed during the measurement
        yield


@contextmanager
def empty_database() -> Iterator[str]:
    """Make this process use a temporary database with empty tables."""
    original_url, saved = make_url(settings().owner_url), {name: os.environ.get(name) for name in _URL_SETTINGS}
    name = f"plaza_bench_{uuid4().hex[:12]}"
    with _connect(original_url.database) as source:
        source.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            _switch_database(original_url.set(database=name).render_as_string(hide_password=False))
            migrate.upgrade_to_head()
            yield name
        finally:
            db.engine().dispose()
            db.public_engine().dispose()
            _restore_database(saved)
            source.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _switch_database(url: str) -> None:
    """Make this process and its children use this database."""
    _restore_database(dict.fromkeys(_URL_SETTINGS, url))


def _restore_database(urls: Mapping[str, str | None]) -> None:
    for name, url in urls.items():
        if url is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = url
    settings.cache_clear()
    db.engine.cache_clear()
    db.public_engine.cache_clear()


def _connect(name: str | None) -> psycopg.Connection[tuple[object, ...]]:
    url = make_url(settings().owner_url).set(drivername="postgresql", database=name)
    return psycopg.connect(url.render_as_string(hide_password=False), autocommit=True)


def _copy_tables(
    source: psycopg.Connection[tuple[object, ...]], target: psycopg.Connection[tuple[object, ...]]
) -> None:
    """Copy the tables of search and listings from one snapshot."""
    with source.transaction():
        source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        for table in COPIED_TABLES:
            table_name = sql.Identifier(table)
            columns = [str(row[0]) for row in target.execute(SELECT_COLUMNS, [table])]
            column_list = sql.SQL(", ").join(map(sql.Identifier, columns))
            with (
                source.cursor().copy(
                    sql.SQL("COPY {} ({}) TO STDOUT (FORMAT binary)").format(table_name, column_list)
                ) as source_copy,
                target.cursor().copy(
                    sql.SQL("COPY {} ({}) FROM STDIN (FORMAT binary)").format(table_name, column_list)
                ) as sink,
            ):
                for chunk in source_copy:
                    sink.write(chunk)


def _multiply_listings(target: psycopg.Connection[tuple[object, ...]], *, listings: int) -> None:
    """Copy the listings until there are this many; the index is built afterwards, which is faster."""
    indexes = [(str(name), str(definition)) for name, definition in target.execute(SELECT_INDEXES)]
    with target.transaction():
        target.execute("SELECT setseed(0.5)")
        for name, _ in indexes:
            target.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        target.execute(SELECT_COPIES, {"wanted": listings})
        target.execute(INSERT_LISTINGS)
        target.execute(INSERT_INDEX_ROWS)
        target.execute("SET LOCAL maintenance_work_mem = '512MB'")
        for _, definition in indexes:
            target.execute(definition.encode())


def _choose_top_tier() -> None:
    changed = 1
    while changed:
        with db.writing() as session:
            changed = service.update_top_tier(session, count=TOP_TIER_SIZE, limit=TOP_TIER_SIZE)
