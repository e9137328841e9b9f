"""The values of filters in the spelling of the index."""

from collections.abc import Mapping, Sequence

from sqlalchemy import text

from platform_app.domain.search.rules import facets
from platform_app.infra.db import ReadSession

_LABELS = text("""
SELECT name, key, label FROM search_facet_value
JOIN unnest(CAST(:names AS text[]), CAST(:keys AS text[])) AS asked(name, key) USING (name, key)""")


def stored_values(session: ReadSession, selected: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The selected values in the spelling of the index, however they were asked for."""
    pairs = [(name, facets.key(name, value)) for name, chosen in selected.items() for value in chosen]
    if not pairs:
        return {}
    rows = session.execute(_LABELS, {"names": [name for name, _ in pairs], "keys": [key for _, key in pairs]})
    labels = {(row.name, row.key): row.label for row in rows}
    return {
        name: list({labels.get((name, facets.key(name, value)), value): None for value in chosen})
        for name, chosen in selected.items()
    }
