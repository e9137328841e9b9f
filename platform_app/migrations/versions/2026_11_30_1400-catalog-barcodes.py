"""Barcode, weight and unit price of a variant."""

from alembic import op

revision = "2026_11_30_1400"
down_revision = "2026_11_30_1310"
branch_labels = None
depends_on = None
_COLUMNS = ("barcode", "weight", "measure", "base_measure")


def upgrade() -> None:
    """Add the columns; with a constant default, no row is rewritten."""
    added = ", ".join(f"ADD COLUMN {name} TEXT NOT NULL DEFAULT ''" for name in _COLUMNS)
    op.execute(f"ALTER TABLE variant {added}")


def downgrade() -> None:
    """Forget them."""
    op.execute("ALTER TABLE variant " + ", ".join(f"DROP COLUMN {name}" for name in _COLUMNS))
