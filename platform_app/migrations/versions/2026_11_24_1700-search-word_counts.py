"""How common a word is, so that the beginning of a query is completed with what there is most of."""

from alembic import op

revision = "2026_11_24_1700"
down_revision = "2026_11_24_0800"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Count listings by word; the clock fills it in."""
    op.execute("ALTER TABLE search_word ADD COLUMN listings INTEGER NOT NULL DEFAULT 0")
