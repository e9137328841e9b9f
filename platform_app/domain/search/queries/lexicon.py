"""A query in the words of the market: one statement looks up what its words can mean."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlalchemy import text

from platform_app.domain.search.rules import analysis, query_text, synonyms
from platform_app.domain.search.rules.query_text import Lexicon, QueryText
from platform_app.infra.db import ReadSession

# Languages that write compounds as one word.
COMPOUNDING = frozenset({"danish", "dutch", "estonian", "finnish", "german", "hungarian", "norwegian", "swedish"})
# The stems of all languages would leave too little of a word, and the look-up would read too many others.
_BEGINNINGS = ("danish", "dutch", "english", "french", "german", "italian", "portuguese", "spanish", "swedish")
MIN_COMPOUND_PART = 4  # letters of a word that is looked for at the end of others
MAX_COMPOUNDS = 12

# The planner misjudges words that are rare together and would prefer a sequential scan for the statement that follows.
# Every list is bounded, whatever is asked: ranges of an index, or the words most like a word. A word counts as known if
# a listing has it, or one that `stems` may be the same (checked by the caller). The languages are read one by one from
# their index, since a market has thousands of shops.
_LOOK_UP = text(rf"""
WITH RECURSIVE spoken AS (
  SELECT min(language) AS language FROM shop
  UNION ALL SELECT (SELECT min(shop.language) FROM shop WHERE shop.language > spoken.language)
  FROM spoken WHERE spoken.language IS NOT NULL
), asked AS (
  SELECT word, beginning, row_num FROM unnest(CAST(:words AS text[]), CAST(:beginnings AS text[]))
    WITH ORDINALITY AS given(word, beginning, row_num)
), unknown AS MATERIALIZED (
  SELECT * FROM asked WHERE NOT EXISTS (SELECT FROM search_word WHERE search_word.word = asked.word)
), completed AS MATERIALIZED (
  SELECT word, row_num, ARRAY(
      SELECT word FROM search_word
      WHERE word COLLATE "C" >= beginning AND word COLLATE "C" < beginning || U&'\+10FFFF'
        AND length(word) <= length(unknown.word) + 4 ORDER BY length(word), word LIMIT 50) AS inflected,
    CASE WHEN row_num = cardinality(CAST(:words AS text[])) AND :is_open THEN ARRAY(
      SELECT word FROM search_word
      WHERE word COLLATE "C" >= unknown.word AND word COLLATE "C" < unknown.word || U&'\+10FFFF'
      ORDER BY length(word), word LIMIT 3 * length(unknown.word)) ELSE '{{}}' END AS completions
  FROM unknown
)
SELECT ARRAY(SELECT language FROM spoken WHERE language IS NOT NULL) AS languages,
  ARRAY(SELECT jsonb_build_object('word', word, 'inflected', inflected, 'completions', completions, 'similar',
    CASE WHEN completions = '{{}}' AND length(word) >= 3 THEN ARRAY(
      SELECT word FROM (
        SELECT word, levenshtein(word, completed.word) AS steps, similarity(word, completed.word) AS likeness
        FROM search_word WHERE word % completed.word ORDER BY likeness DESC LIMIT 20
      ) AS near WHERE steps <= greatest(1, length(completed.word) / 3) ORDER BY steps, likeness DESC LIMIT 3)
    ELSE '{{}}' END) FROM completed) AS unknown,
  ARRAY(SELECT jsonb_build_object('word', word, 'compounds', ARRAY(
      SELECT word FROM search_word
      WHERE reverse(word) COLLATE "C" > reverse(asked.word)
        AND reverse(word) COLLATE "C" < reverse(asked.word) || U&'\+10FFFF' AND length(word) >= length(asked.word) + 3
      ORDER BY listings DESC, word LIMIT {MAX_COMPOUNDS}))
    FROM asked WHERE length(word) >= {MIN_COMPOUND_PART} AND (
      EXISTS (SELECT FROM unknown WHERE unknown.row_num = asked.row_num)
      OR (length(word) > {MIN_COMPOUND_PART} AND EXISTS (SELECT FROM spoken WHERE language = ANY(:compounding))))) AS compounds,
  (SELECT jsonb_object_agg(language, others) FROM (
    SELECT language, jsonb_object_agg(word, meanings) AS others FROM search_synonym
    WHERE word = ANY(CAST(:keys AS text[])) GROUP BY language) AS changed) AS synonyms,
  set_config('enable_seqscan', 'off', true)""")


@dataclass(frozen=True)
class CompiledQuery:
    """A query as tsqueries: with corrections, without (`strict`), as a name or number (`exact`), and with fewer words."""

    query: str = ""
    strict: str = ""
    exact: str = ""
    any_word: str = ""
    relaxed: tuple[str, ...] = ()
    corrections: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the words for each misspelled one


def compile_query(session: ReadSession, query: str, *, is_open: bool = True, as_typed: bool = False) -> CompiledQuery:
    """The tsqueries for a query; the last word of an open one may be incomplete.

    With `as_typed`, words are neither completed nor corrected.
    """
    parsed = query_text.parse(query)
    if parsed.is_empty:
        return CompiledQuery()
    lexicon = _look_up(session, parsed, is_open=is_open)
    if as_typed:
        lexicon = replace(lexicon, expansions={}, compounds={}, corrections={})
    return CompiledQuery(
        query=query_text.tsquery(parsed, lexicon),
        strict=query_text.tsquery(parsed, lexicon, strict=True),
        exact=query_text.named_tsquery(parsed),
        any_word=query_text.any_word_tsquery(parsed, lexicon),
        relaxed=tuple(query_text.relaxed_tsqueries(parsed, lexicon)),
        corrections=query_text.searched_corrections(parsed, lexicon),
    )


def _look_up(session: ReadSession, parsed: QueryText, *, is_open: bool) -> Lexicon:
    words = query_text.lookup_words(parsed)
    keys = query_text.synonym_keys(parsed)
    record = session.execute(
        _LOOK_UP,
        {
            "words": words,
            "beginnings": [_beginning(word) for word in words],
            "is_open": is_open and bool(words) and parsed.chunks[-1].whole == words[-1],
            "compounding": sorted(COMPOUNDING),
            "keys": keys,
        },
    ).one()
    languages = tuple(record.languages)
    unknown = {row["word"]: row for row in record.unknown}
    compounds = {row["word"]: row["compounds"] for row in record.compounds}
    expansions = {
        word: row["completions"] or (() if compounds.get(word) else row["similar"])
        for word, row in unknown.items()
        if row["completions"] or not _is_inflected(word, row["inflected"], languages)
    }
    return Lexicon(
        languages,
        expansions,
        compounds,
        synonyms=_synonyms(languages, keys, record.synonyms or {}),
        corrections={word: words for word, words in expansions.items() if words and not unknown[word]["completions"]},
    )


def _is_inflected(word: str, others: list[str], languages: tuple[str, ...]) -> bool:
    """Whether a word that no listing has shares a stem with one that some listing has."""
    own = analysis.stems(word, languages)
    return any(own & analysis.stems(other, languages) for other in others)


def _synonyms(
    languages: tuple[str, ...], keys: list[str], changed: dict[str, dict[str, list[str]]]
) -> dict[str, list[str]]:
    """The synonyms in the languages of the market: the shipped ones, unless the operator changed them."""
    found: dict[str, list[str]] = {}
    for language in languages:
        known = {**synonyms.DEFAULTS.get(language, {}), **changed.get(language, {})}
        for word in keys:
            found.setdefault(word, []).extend(known.get(word, ()))
    return {word: others for word, others in found.items() if others}


def _beginning(word: str) -> str:
    """What all forms of a word begin with: its shortest stem, less a letter that changes ("berry", "berries")."""
    stem = min((*analysis.stems(word, _BEGINNINGS), word), key=len)
    return stem[: max(3, len(stem) - 1)]
