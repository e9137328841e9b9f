"""Imports that a seller follows in a browser, and uploads that are no pictures."""

from alembic import op

revision = "2026_11_24_2340"
down_revision = "2026_11_24_2330"
branch_labels = None
depends_on = None

STATES = "uploading, looking, mapping, queued, running, finished, refused, undoing, undone, failed, discarded"


def upgrade() -> None:
    """Add what a browser shows of an import, and what an upload is for."""
    op.execute(
        """
        ALTER TABLE import_run
            ADD COLUMN user_id UUID,
            ADD COLUMN fingerprint TEXT NOT NULL DEFAULT '',
            ADD COLUMN columns JSONB NOT NULL DEFAULT '[]',
            ADD COLUMN suggested JSONB NOT NULL DEFAULT '{}',
            ADD COLUMN preview JSONB NOT NULL DEFAULT '[]',
            ADD COLUMN changes INTEGER NOT NULL DEFAULT 0,
            ADD COLUMN began_at TIMESTAMP WITH TIME ZONE,
            ADD COLUMN moved_at TIMESTAMP WITH TIME ZONE
        """
    )
    op.execute("ALTER TABLE import_run DROP CONSTRAINT import_run_runstate_check")
    known = ", ".join(f"'{state}'" for state in STATES.split(", "))
    op.execute(f"ALTER TABLE import_run ADD CONSTRAINT import_run_runstate_check CHECK (state IN ({known}))")
    op.execute(
        "CREATE INDEX import_run_unfinished_idx ON import_run (created_at) WHERE user_id IS NOT NULL AND NOT archived"
    )
    op.execute("ALTER TABLE upload ADD COLUMN purpose TEXT NOT NULL DEFAULT 'picture'")
    op.execute("ALTER TABLE upload ADD CONSTRAINT upload_uploadpurpose_check CHECK (purpose IN ('picture', 'import'))")
