"""The new limit of prices holds for all rows."""

from alembic import op

revision = "2026_11_30_1422"
down_revision = "2026_11_30_1421"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Validate it, which does not block reads and writes."""
    op.execute("ALTER TABLE variant VALIDATE CONSTRAINT variant_price_check")


def downgrade() -> None:
    """A constraint stays valid."""
