"""Suggestions while typing. Every scan is limited to a number of rows, whatever is typed."""

from sqlalchemy import text

from platform_app.domain.catalog.tags import CATALOG, CATEGORIES
from platform_app.domain.search import rules
from platform_app.domain.search.queries.category_paths import ANCESTORS_CTE, CATEGORY_PATHS
from platform_app.domain.search.queries.existence import first_matching
from platform_app.domain.search.queries.lexicon import compile_query
from platform_app.domain.search.schemas import Card, CategoryPath, Suggestions
from platform_app.infra import cache
from platform_app.infra.db import ReadSession

# Index order scans are off, since without
# matches they would read the whole index; the later statements only use bitmap lookups. Common words have recent
# counts, so they need no check that they find something.
_COMPLETIONS = text(rf"""
WITH RECURSIVE typed AS (SELECT lower(unaccent(:last)) AS beginning), prefix_matches AS MATERIALIZED (
  SELECT word, listings, word = (SELECT beginning FROM typed) AS is_whole FROM (
    SELECT word, listings FROM search_word
    WHERE word COLLATE "C" >= (SELECT beginning FROM typed)
      AND word COLLATE "C" < (SELECT beginning FROM typed) || U&'\+10FFFF' LIMIT {rules.PREFIX_SCAN_LIMIT}
  ) AS prefixed ORDER BY is_whole DESC, listings DESC, length(word), word LIMIT {rules.COMPLETION_CANDIDATES}
), alike AS (
  SELECT word, listings, steps, likeness FROM (
    SELECT word, listings, levenshtein(word, beginning) AS steps, similarity(word, beginning) AS likeness
    FROM typed JOIN search_word ON word % (SELECT beginning FROM typed)
    WHERE NOT EXISTS (SELECT FROM prefix_matches) AND length(beginning) > {rules.MIN_PREFIX_LENGTH}
    ORDER BY likeness DESC LIMIT 20
  ) AS near WHERE steps <= greatest(1, length((SELECT beginning FROM typed)) / 3) ORDER BY steps, likeness DESC LIMIT 3
), completing AS (
  SELECT word, listings, row_number() OVER (ORDER BY is_whole DESC, listings DESC, length(word), word) AS row_num FROM prefix_matches
  UNION ALL SELECT word, listings, row_number() OVER (ORDER BY steps, likeness DESC) FROM alike
), near AS (
  SELECT id, parent_id, slug, name, row_number() OVER (ORDER BY
    starts_with(lower(unaccent(name)), lower(unaccent(:typed))) DESC,
    strpos(' ' || lower(unaccent(name)), ' ' || lower(unaccent(:last))) = 0, length(name), slug) AS row_num
  FROM category WHERE NOT EXISTS (
    SELECT FROM unnest(CAST(:words AS text[])) AS term WHERE strpos(lower(unaccent(name)), lower(unaccent(term))) = 0)
  ORDER BY row_num LIMIT {rules.MAX_SUGGESTED_CATEGORIES}
), {ANCESTORS_CTE}
SELECT {CATEGORY_PATHS} AS categories,
  ARRAY(SELECT word FROM completing ORDER BY row_num) AS words,
  ARRAY(SELECT listings >= {rules.COMMON_WORD_THRESHOLD} AND cardinality(CAST(:earlier AS text[])) = 0 FROM completing ORDER BY row_num) AS common,
  (SELECT string_agg(quote_literal(word), ' | ') FROM completing WHERE row_num <= {rules.LIKELY_WORDS}) AS likely,
  set_config('enable_seqscan', 'off', true), set_config('enable_indexscan', 'off', true)""")

_LISTINGS = text(f"""
WITH best AS MATERIALIZED (
  SELECT shop_id, listing_id FROM listing_search
  WHERE document @@ CAST(:likely AS tsquery) AND is_leading LIMIT {rules.SUGGESTION_POOL}
), hits AS (
  SELECT * FROM best UNION (
    SELECT shop_id, listing_id FROM listing_search WHERE document @@ CAST(:likely AS tsquery)
      AND (SELECT count(*) < {rules.MAX_SUGGESTED_LISTINGS} FROM best) LIMIT {rules.SUGGESTION_POOL})
)
SELECT
  ARRAY(SELECT card FROM hits JOIN listing_search USING (shop_id, listing_id)
    ORDER BY (0.75 + 0.25 * quality) * ts_rank('{{0, 0.1, 0.2, 1}}', document, CAST(:likely AS tsquery), 1) DESC,
      listing_id DESC LIMIT {rules.MAX_SUGGESTED_LISTINGS}) AS cards,
  EXISTS (SELECT 1 FROM listing_search WHERE is_leading) AS has_top_tier""")
_WITH_EARLIER_WORDS = "document @@ (CAST(:earlier AS tsquery) && CAST(quote_literal(CAST(:value AS text)) AS tsquery))"
_ALONE = "document @@ CAST(quote_literal(CAST(:value AS text)) AS tsquery)"


@cache.cached(Suggestions, tags=lambda **_: (CATALOG, CATEGORIES), unbounded=lambda **_: True)
def suggestions(session: ReadSession, *, words: str) -> Suggestions:
    """Suggestions for a partial query: completions of its last word that find something with the other words."""
    terms = rules.terms(words)
    if not terms or len(terms[-1]) < rules.MIN_PREFIX_LENGTH:
        return Suggestions()
    *earlier, last = terms
    params = {"words": terms, "typed": " ".join(terms), "last": last}
    earlier_query = compile_query(session, " ".join(earlier), is_open=False).query if earlier else ""
    completion = session.execute(_COMPLETIONS, {**params, "earlier": earlier}).one()
    likely = " & ".join(f"({query})" for query in (earlier_query, completion.likely) if query)
    if not completion.likely:
        likely = compile_query(session, words).query
    listings = session.execute(_LISTINGS, {"likely": likely}).one()
    # Word pairs that are not in the top tier are not looked up among all listings: that takes milliseconds per pair.
    found = first_matching(
        session,
        condition=_WITH_EARLIER_WORDS if earlier_query else _ALONE,
        values=completion.words,
        known=completion.common,
        everywhere=not earlier or not listings.has_top_tier,
        limit=rules.MAX_COMPLETIONS + 1,
        **({"earlier": earlier_query} if earlier_query else {}),
    )
    completions = [" ".join([*earlier, word]) for word in (completion.words[position] for position in found)]
    return Suggestions(
        completions=tuple(each for each in completions if each != " ".join(terms).lower())[: rules.MAX_COMPLETIONS],
        categories=tuple(CategoryPath.model_validate(row) for row in completion.categories),
        listings=tuple(Card.model_validate(row) for row in listings.cards),
    )
