"""An address can name a part of its city, as those of some countries do."""

from alembic import op

revision = "2026_11_30_1910"
down_revision = "2026_11_30_1900"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Earlier addresses have none."""
    op.execute("ALTER TABLE address ADD COLUMN dependent_locality TEXT NOT NULL DEFAULT ''")
