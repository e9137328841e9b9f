"""Searches that find nothing: where to go from there, and which they were."""

from collections.abc import Sequence

from sqlalchemy import text

from platform_app.domain.search import queries, rules
from platform_app.domain.search.queries.beginnings import PLACES, UP
from platform_app.domain.search.schemas import Alternatives, Instead, Miss, Place, Question
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

# A search forgives a slip or two by itself; this goes further, since the words found nothing as they are. A word that
# nothing is like is left out. Numbers and the shortest words are in no lexicon, and stay.
_CORRECTED = text("""
WITH asked AS (
  SELECT place, word, length(word) < 3 OR word ~ '[0-9]' OR EXISTS (SELECT FROM search_word WHERE word = asked.word) AS is_known
  FROM (SELECT place, lower(unaccent(word)) AS word FROM unnest(CAST(:words AS text[])) WITH ORDINALITY AS given(word, place)) AS asked
)
SELECT ARRAY(SELECT coalesce(near.word, asked.word) FROM asked LEFT JOIN LATERAL (
    SELECT word FROM (
      SELECT word, listings, levenshtein(word, asked.word) AS steps, similarity(word, asked.word) AS likeness
      FROM search_word WHERE word % asked.word ORDER BY likeness DESC LIMIT 20
    ) AS like_it WHERE steps <= greatest(2, length(asked.word) / 2) ORDER BY steps, likeness DESC, listings DESC, word LIMIT 1
  ) AS near ON NOT is_known
  WHERE is_known OR near.word IS NOT NULL ORDER BY place) AS words
WHERE EXISTS (SELECT FROM asked WHERE NOT is_known)""")

# As in suggestions: looked up, never walked along an index until something turns up.
_ANY = text("""
SELECT string_agg('(' || query || ')', ' | ') AS query, set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)
FROM (SELECT search_query(ARRAY[word])::text AS query FROM unnest(CAST(:words AS text[])) AS word) AS each_word WHERE query <> ''""")
_NEARBY = text(f"""
WITH RECURSIVE alike AS (
  SELECT slug, max(word_similarity(lower(unaccent(word)), lower(unaccent(name)))) AS likeness
  FROM category, unnest(CAST(:words AS text[])) AS word WHERE length(word) > 2 GROUP BY slug
), named AS (
  SELECT slug, likeness FROM alike WHERE likeness >= {rules.ALIKE} AND slug <> :category AND (
    EXISTS (SELECT FROM listing_search WHERE categories @> ARRAY[slug] AND is_leading)
    OR EXISTS (SELECT FROM listing_search WHERE categories @> ARRAY[slug]))
), best AS MATERIALIZED (
  SELECT categories FROM listing_search WHERE document @@ CAST(:query AS tsquery) AND is_leading
    AND NOT EXISTS (SELECT FROM named) LIMIT {rules.CANDIDATES}
), held AS (
  SELECT categories[cardinality(categories)] AS slug FROM (SELECT * FROM best UNION ALL (
    SELECT categories FROM listing_search WHERE document @@ CAST(:query AS tsquery)
      AND NOT EXISTS (SELECT FROM named) AND NOT EXISTS (SELECT FROM best) LIMIT {rules.CANDIDATES})) AS found
), chosen AS (
  SELECT slug, likeness FROM named
  UNION ALL SELECT slug, count(*) FROM held WHERE slug <> :category GROUP BY slug
), near AS (
  SELECT parent_id, slug, name, row_number() OVER (ORDER BY likeness DESC, length(name), slug) AS place
  FROM chosen JOIN category USING (slug) ORDER BY place LIMIT {rules.NEARBY_CATEGORIES}
), {UP}
SELECT {PLACES} AS categories""")

_MISSES = text("SELECT * FROM search_miss ORDER BY times DESC, last_at DESC, words LIMIT :limit")


@cache.shared(Alternatives, tags=lambda **_: ("catalog", "categories"), made_up=lambda **_: True)
def alternatives(session: ReadSession, *, question: Question) -> Alternatives:
    """What to ask instead of this, which finds nothing; it costs several searches."""
    words = rules.terms(question.q)
    corrected: list[str] = session.execute(_CORRECTED, {"words": words}).scalar() or []
    mended = " ".join(corrected)
    here, everywhere = Question(category=question.category, shop=question.shop), Question()
    return Alternatives(
        corrected=_found(session, mended, within=(here, everywhere), than=question) if mended else None,
        unfiltered=_found(session, question.q, within=(here, everywhere) if words else (here,), than=question),
        categories=_nearby(session, words, category=question.category or ""),
    )


def misses(session: ReadSession, *, limit: int) -> tuple[Miss, ...]:
    """What was looked for most, and in vain."""
    rows = session.execute(_MISSES, {"limit": limit}).mappings()
    return tuple(Miss.model_validate(dict(row)) for row in rows)


def _found(session: ReadSession, q: str, *, within: Sequence[Question], than: Question) -> Instead | None:
    """The first of these places, from the narrowest, where the words find something; what has been asked finds nothing."""
    asked = than.model_copy(update={"sort": rules.Sort.RELEVANCE, "cursor": None, "limit": 1})
    for place in within:
        question = place.model_copy(update={"q": q, "limit": 1})
        if question != asked:
            found = queries.results(session, question=question)
            if found.total:
                about = question.model_dump(include={"q", "category", "shop"})
                return Instead(**about, total=found.total, is_total_exact=found.is_total_exact)
        asked = question
    return None


def _nearby(session: ReadSession, words: Sequence[str], *, category: str) -> tuple[Place, ...]:
    """Categories called like one of the words, else those of what any one of them finds."""
    query = session.execute(_ANY, {"words": words}).one().query if words else None
    if query is None:
        return ()
    found = session.execute(_NEARBY, {"words": words, "query": query, "category": category}).scalar_one()
    return tuple(Place.model_validate(row) for row in found)
