"""The words of listings are analysed by Plaza; rows of the release before are found by a job. Synonyms, word endings."""

from alembic import op

revision = "2026_11_30_1410"
down_revision = "2026_11_30_1405"
branch_labels = None
depends_on = None

# The version of the analysis is in the card, so that a row which the release before writes counts as outdated again.
ANALYSIS = """
CREATE OR REPLACE FUNCTION search_analysis(card jsonb) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $body$
SELECT coalesce((card->>'analysis')::int, 0)
$body$"""
INDEXES = {
    "listing_search_analysis_idx": "listing_search (search_analysis(card))",
    "search_word_ending_idx": 'search_word (reverse(word) COLLATE "C")',
}


def upgrade() -> None:
    """Add synonyms, and the indexes for endings and for outdated rows."""
    op.execute(ANALYSIS)
    op.execute(
        """
        CREATE TABLE IF NOT EXISTS search_synonym (
            language TEXT NOT NULL,
            word TEXT NOT NULL,
            meanings TEXT[] NOT NULL,
            CONSTRAINT search_synonym_pkey PRIMARY KEY (language, word)
        )
        """
    )
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # a concurrent build blocks no other transaction, so it may wait
        for name, columns in INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # left behind by a failed attempt
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON {columns}")
        op.execute("SET lock_timeout = '5s'")
