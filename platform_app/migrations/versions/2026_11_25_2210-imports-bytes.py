"""How many bytes each staged row of an import has, and all of a run together: what batches and budgets count."""

from alembic import op

revision = "2026_11_25_2210"
down_revision = "2026_11_25_0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs from before count as none; they are over within a week."""
    op.execute("ALTER TABLE import_run ADD COLUMN staged_bytes BIGINT NOT NULL DEFAULT 0")
    op.execute("ALTER TABLE import_row ADD COLUMN size INTEGER NOT NULL DEFAULT 0")


def downgrade() -> None:
    """Count no more."""
    op.execute("ALTER TABLE import_row DROP COLUMN size")
    op.execute("ALTER TABLE import_run DROP COLUMN staged_bytes")
