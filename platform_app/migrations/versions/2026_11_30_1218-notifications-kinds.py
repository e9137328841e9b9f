"""Validate the check of the kinds of notifications, which the migration before has replaced."""

from alembic import op

revision = "2026_11_30_1218"
down_revision = "2026_11_30_1217"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Look at the rows that exist, while everybody reads and writes."""
    op.execute("ALTER TABLE notification VALIDATE CONSTRAINT notification_kind_check")
