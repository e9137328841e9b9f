"""Common words are looked up among the best listings; a beginning of a word stands for the words that begin so."""

from alembic import op

revision = "2026_11_24_0800"
down_revision = "2026_11_23_0900"
branch_labels = None
depends_on = None

# Every word becomes: itself and its stem in each language some shop writes in. One that no listing has stands, when it
# is the last, for the shortest words it begins, else for those that look most like it. (A tsquery can hold a beginning,
# but the index then reads every word that begins so, which took 120 ms of a million listings.) What some language
# counts as a filler ("the") is left out beside other words.
SEARCH_QUERY = r"""
CREATE OR REPLACE FUNCTION search_query(words text[]) RETURNS tsquery LANGUAGE plpgsql STABLE AS $body$
DECLARE
    found tsquery; likely tsquery; term text; meant text; config text; configs text[]; meanings text[]; stems text[];
    place int := 0; is_filler boolean;
BEGIN
    SELECT array_agg('plaza_' || language) INTO configs FROM (SELECT DISTINCT language FROM shop) AS spoken;
    FOREACH term IN ARRAY words LOOP
        place := place + 1;
        term := lower(unaccent(term));
        meanings := ARRAY[term];
        IF length(term) >= 2 AND NOT EXISTS (SELECT FROM search_word WHERE word = term) THEN
            IF place = cardinality(words) THEN
                meanings := meanings || ARRAY(
                    SELECT word FROM search_word
                    WHERE word COLLATE "C" >= term AND word COLLATE "C" < term || U&'\+10FFFF'
                    ORDER BY length(word), word LIMIT 3 * length(term));
            END IF;
            IF length(term) >= 3 AND cardinality(meanings) = 1 THEN
                meanings := meanings || ARRAY(
                    SELECT word FROM (
                        SELECT word, levenshtein(word, term) AS steps, similarity(word, term) AS likeness
                        FROM search_word WHERE word % term ORDER BY likeness DESC LIMIT 20
                    ) AS near WHERE steps <= greatest(1, length(term) / 3) ORDER BY steps, likeness DESC LIMIT 3);
            END IF;
        END IF;
        is_filler := false;
        stems := '{}';
        FOREACH meant IN ARRAY meanings LOOP
            stems := stems || tsvector_to_array(to_tsvector('plaza_simple', meant));
            FOREACH config IN ARRAY coalesce(configs, '{}') LOOP
                stems := stems || tsvector_to_array(to_tsvector(config::regconfig, meant));
                is_filler := is_filler OR (meant = term AND numnode(plainto_tsquery(config::regconfig, meant)) = 0);
            END LOOP;
        END LOOP;
        CONTINUE WHEN is_filler AND cardinality(words) > 1;
        SELECT string_agg(quote_literal(stem), ' | ' ORDER BY stem)::tsquery INTO likely
        FROM (SELECT DISTINCT unnest(stems) AS stem) AS known;
        CONTINUE WHEN likely IS NULL;
        found := CASE WHEN found IS NULL THEN likely ELSE found && likely END;
    END LOOP;
    RETURN coalesce(found, plainto_tsquery('plaza_simple', array_to_string(words, ' ')));
END $body$
"""


def upgrade() -> None:
    """Mark the listings that lead and index them apart; one index of words and facets together replaces four."""
    op.execute("ALTER TABLE listing_search ADD COLUMN is_leading BOOLEAN NOT NULL DEFAULT false")
    for name in ("document", "categories", "facets", "combinations"):
        op.execute(f"DROP INDEX listing_search_{name}_idx")
    for name, which in (("words", ""), ("leading_words", "WHERE is_leading")):
        columns = "document, categories, facets, combinations"
        op.execute(f"CREATE INDEX listing_search_{name}_idx ON listing_search USING gin ({columns}) {which}")
    op.execute(
        "CREATE INDEX listing_search_leading_quality_idx ON listing_search (quality, listing_id) WHERE is_leading"
    )
    op.execute('CREATE INDEX search_word_beginning_idx ON search_word (word COLLATE "C")')
    op.execute(SEARCH_QUERY)
