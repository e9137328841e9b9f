"""Tests that run on one PostgreSQL, and once more with what the product sends to a cluster."""

from collections.abc import Iterator
from types import SimpleNamespace

import psycopg
import pytest

from platform_app.infra import db, engines

ONE, CLUSTER = "one PostgreSQL", "a cluster"
# An extension cannot be installed without its files, but its row in pg_extension is enough here.
_INSTALL = """
INSERT INTO pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
SELECT 16000, 'citus', oid, 'public'::regnamespace, false, '13.2-1' FROM pg_roles WHERE rolname = current_user"""
_REMOVE = "DELETE FROM pg_extension WHERE extname = 'citus'"


@pytest.fixture(params=[ONE, CLUSTER])
def each_database(request: pytest.FixtureRequest, stack: SimpleNamespace, clean: None) -> Iterator[str]:
    """A database of each kind; each new connection finds out which one it is."""
    if request.param == ONE:
        yield ONE
        return
    with psycopg.connect(engines.to_libpq_url(stack.database), autocommit=True) as admin:
        admin.execute("SET allow_system_table_mods = on")
        try:
            admin.execute(_INSTALL)
            db.engine().dispose()
            yield CLUSTER
        finally:
            admin.execute(_REMOVE)
            db.engine().dispose()
