"""Searches without results: alternatives for the visitor, and statistics for the operator."""

from collections.abc import Sequence

from sqlalchemy import text

from platform_app.domain.catalog.tags import CATALOG, CATEGORIES
from platform_app.domain.search import queries, rules
from platform_app.domain.search.queries import category_paths
from platform_app.domain.search.queries.existence import first_matching
from platform_app.domain.search.queries.lexicon import CompiledQuery, compile_query
from platform_app.domain.search.schemas import (
    Alternative,
    Alternatives,
    Card,
    CategoryPath,
    SearchQuery,
    ZeroResultQuery,
)
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

# Search itself corrects one or two typos; this correction goes further, since the words found nothing. A word without
# similar words is dropped. Numbers and very short words are not in the word list and stay.
_CORRECTED = text("""
WITH typed AS (
  SELECT row_num, word, length(word) < 3 OR word ~ '[0-9]' OR EXISTS (SELECT FROM search_word WHERE word = typed.word) AS is_known
  FROM (SELECT row_num, lower(unaccent(word)) AS word FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS given(word, row_num)) AS typed
)
SELECT ARRAY(SELECT coalesce(near.word, typed.word) FROM typed LEFT JOIN LATERAL (
    SELECT word FROM (
      SELECT word, listings, levenshtein(word, typed.word) AS steps, similarity(word, typed.word) AS likeness
      FROM search_word WHERE word % typed.word ORDER BY likeness DESC LIMIT 20
    ) AS like_it WHERE steps <= greatest(2, length(typed.word) / 2) ORDER BY steps, likeness DESC, listings DESC, word LIMIT 1
  ) AS near ON NOT is_known
  WHERE is_known OR near.word IS NOT NULL ORDER BY row_num) AS words
WHERE EXISTS (SELECT FROM typed WHERE NOT is_known)""")

# As for suggestions, only bitmap lookups: an index order scan without matches would read the whole index.
_BY_BITMAP = text("SELECT set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)")
_NAMED_ALIKE = text(f"""
SELECT slug, likeness FROM (
  SELECT slug, name, max(word_similarity(lower(unaccent(word)), lower(unaccent(name)))) AS likeness
  FROM category, unnest(CAST(:words AS text[])) AS word WHERE length(word) > 2 GROUP BY slug, name
) AS alike WHERE likeness >= {rules.MIN_SIMILARITY} AND slug <> :category
ORDER BY likeness DESC, length(name), slug LIMIT {rules.NAMED_CANDIDATES}""")
_OF_MATCHES = text(f"""
WITH best AS MATERIALIZED (
  SELECT categories FROM listing_search WHERE document @@ CAST(:query AS tsquery) AND is_leading LIMIT {rules.RANKED_CANDIDATES}
), held AS (
  SELECT categories[cardinality(categories)] AS slug FROM (SELECT * FROM best UNION ALL (
    SELECT categories FROM listing_search WHERE document @@ CAST(:query AS tsquery)
      AND NOT EXISTS (SELECT 1 FROM best) LIMIT {rules.RANKED_CANDIDATES})) AS found
)
SELECT slug, count(*) AS matches FROM held WHERE slug <> :category GROUP BY slug""")

_ZERO_RESULT_QUERIES = text("SELECT * FROM search_miss ORDER BY times DESC, last_at DESC, words LIMIT :limit")


@cache.cached(Alternatives, tags=lambda **_: (CATALOG, CATEGORIES), unbounded=lambda **_: True)
def alternatives(session: ReadSession, *, search_query: SearchQuery) -> Alternatives:
    """Alternatives to a query without results; costs several searches."""
    words = rules.terms(search_query.q)
    compiled = compile_query(session, search_query.q, as_typed=search_query.as_typed)
    corrected: list[str] = session.execute(_CORRECTED, {"words": words}).scalar() or []
    corrected_text = " ".join(corrected)
    same_scope, everywhere = SearchQuery(category=search_query.category, shop=search_query.shop), SearchQuery()
    as_typed = {"as_typed": search_query.as_typed}
    typed_scopes = (same_scope.model_copy(update=as_typed), everywhere.model_copy(update=as_typed))
    return Alternatives(
        corrected=_first_match(session, corrected_text, scopes=(same_scope, everywhere), original=search_query)
        if corrected_text
        else None,
        unfiltered=_first_match(
            session, search_query.q, scopes=typed_scopes if words else (same_scope,), original=search_query
        ),
        categories=_related_categories(session, words, compiled, category=search_query.category or ""),
        partial=_partial_matches(session, search_query, compiled),
    )


def zero_result_queries(session: ReadSession, *, limit: int) -> tuple[ZeroResultQuery, ...]:
    """The most frequent queries without results."""
    rows = session.execute(_ZERO_RESULT_QUERIES, {"limit": limit}).mappings()
    return tuple(ZeroResultQuery.model_validate(dict(row)) for row in rows)


def _partial_matches(session: ReadSession, search_query: SearchQuery, compiled: CompiledQuery) -> tuple[Card, ...]:
    """Listings with most of the words and all of the filters; as few words as needed are left out."""
    first_page = search_query.model_copy(
        update={"sort": rules.Sort.RELEVANCE, "cursor": None, "limit": min(search_query.limit, rules.MAX_PARTIAL)}
    )
    found = queries.relaxed_results(session, search_query=first_page, compiled=compiled)
    return found.items if found else ()


def _first_match(
    session: ReadSession, q: str, *, scopes: Sequence[SearchQuery], original: SearchQuery
) -> Alternative | None:
    """The first of these scopes, narrowest first, in which the words find something; skips the original query."""
    previous = original.model_copy(update={"sort": rules.Sort.RELEVANCE, "cursor": None, "limit": 1})
    for scope in scopes:
        search_query = scope.model_copy(update={"q": q, "limit": 1})
        if search_query != previous:
            results = queries.results_without_facets(session, search_query=search_query)
            if results.total:
                fields = search_query.model_dump(include={"q", "as_typed", "category", "shop"})
                return Alternative(**fields, total=results.total, is_total_exact=results.is_total_exact)
        previous = search_query
    return None


def _related_categories(
    session: ReadSession, words: Sequence[str], compiled: CompiledQuery, *, category: str
) -> tuple[CategoryPath, ...]:
    """Categories with names similar to one of the words, else the categories of listings that match any word."""
    if not compiled.any_word:
        return ()
    session.execute(_BY_BITMAP)
    alike = session.execute(_NAMED_ALIKE, {"words": words, "category": category}).all()
    holding = first_matching(
        session,
        condition="categories @> ARRAY[CAST(:value AS text)]",
        values=[row.slug for row in alike],
        known=[False] * len(alike),
        everywhere=True,
        limit=rules.MAX_RELATED_CATEGORIES,
    )
    likeness = [(alike[position].slug, float(alike[position].likeness)) for position in holding]
    if not likeness:
        rows = session.execute(_OF_MATCHES, {"query": compiled.any_word, "category": category})
        likeness = [(row.slug, float(row.matches)) for row in rows]
    return category_paths.most_likely(session, likeness=likeness, limit=rules.MAX_RELATED_CATEGORIES)
