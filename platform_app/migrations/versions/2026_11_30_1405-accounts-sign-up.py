"""A sign-up knows the page to go on with, and stays for a while after its use."""

from alembic import op

revision = "2026_11_30_1405"
down_revision = "2026_11_30_1400"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Both columns have a default, so that the release before goes on inserting."""
    op.execute("ALTER TABLE sign_up ADD COLUMN next_path TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE sign_up ADD COLUMN used_at TIMESTAMPTZ")


def downgrade() -> None:
    """Used sign-ups would be open again, so they go."""
    op.execute("DELETE FROM sign_up WHERE used_at IS NOT NULL")
    op.execute("ALTER TABLE sign_up DROP COLUMN used_at")
    op.execute("ALTER TABLE sign_up DROP COLUMN next_path")
