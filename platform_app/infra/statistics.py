"""Keep the planner's statistics up with a job that fills tables faster than autovacuum looks at them."""

from sqlalchemy import text

from platform_app.infra.db import WriteSession

_GROWTH = 1.2
_FREE = 10  # pages: smaller tables are read whole by any plan
_GROWN = text("""
SELECT relname FROM pg_class
WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
  AND pg_relation_size(oid) / current_setting('block_size')::integer > :growth * greatest(relpages, 0) + :free
ORDER BY relname""")


def analyze_grown_tables(session: WriteSession) -> list[str]:
    """Analyze the tables that have grown by a fifth since they last were; return their names."""
    names = list(session.execute(_GROWN, {"growth": _GROWTH, "free": _FREE}).scalars())
    for name in names:  # the names come from the catalog, in one order for all jobs
        session.execute(text(f'ANALYZE (SKIP_LOCKED) "{name}"'))
    return names
