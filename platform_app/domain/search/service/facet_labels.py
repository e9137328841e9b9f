"""One spelling for each value of a filter."""

from collections.abc import Iterable

from sqlalchemy import text

from platform_app.domain.search.rules import facets
from platform_app.infra.db import WriteSession

_INSERT = text("""
INSERT INTO search_facet_value (name, key, label)
SELECT name, key, label FROM unnest(CAST(:names AS text[]), CAST(:keys AS text[]), CAST(:labels AS text[])) AS new(name, key, label)
WHERE NOT EXISTS (SELECT FROM search_facet_value AS known WHERE (known.name, known.key) = (new.name, new.key))
ORDER BY name, key ON CONFLICT DO NOTHING""")
_SELECT = text("""
SELECT name, key, label FROM search_facet_value
JOIN unnest(CAST(:names AS text[]), CAST(:keys AS text[])) AS asked(name, key) USING (name, key)""")


def labels(session: WriteSession, values: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """How these (name, value) pairs are shown, by name and key; the first spelling of a value stays."""
    new = {(name, facets.key(name, value)): facets.label(name, value) for name, value in sorted(values)}
    names, keys = [name for name, _ in new], [key for _, key in new]
    session.execute(_INSERT, {"names": names, "keys": keys, "labels": list(new.values())})
    known = {(row.name, row.key): row.label for row in session.execute(_SELECT, {"names": names, "keys": keys})}
    return new | known  # a value that another transaction adds right now is seen the next time
