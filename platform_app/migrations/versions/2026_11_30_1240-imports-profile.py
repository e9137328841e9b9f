"""What an import has learned from its whole file: the columns it has, and the decimal marks of its prices."""

from alembic import op

revision = "2026_11_30_1240"
down_revision = "2026_11_30_1218"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Runs from before know neither; their rows say which columns they have."""
    op.execute("ALTER TABLE import_run ADD COLUMN profile JSONB NOT NULL DEFAULT '{}'")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE import_run DROP COLUMN profile")
