"""The check of the kinds of notifications holds for all rows: a step of its own, so that nobody waits for it."""

from alembic import op

revision = "2026_11_30_1601"
down_revision = "2026_11_30_1600"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate the check while the table is read and written."""
    op.execute("ALTER TABLE notification VALIDATE CONSTRAINT notification_kind_check")
