"""An import can add its new listings as drafts."""

from alembic import op

revision = "2026_11_30_1900"
down_revision = "2026_11_30_1859"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Earlier imports added their listings as their files said."""
    op.execute("ALTER TABLE import_run ADD COLUMN as_drafts BOOLEAN NOT NULL DEFAULT false")
