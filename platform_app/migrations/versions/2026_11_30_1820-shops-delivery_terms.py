"""What a shop asks for delivery, how long it takes, and how long an order can be returned."""

from alembic import op

revision = "2026_11_30_1820"
down_revision = "2026_11_30_1810"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns; without a value, a shop says nothing about it."""
    op.execute(
        "ALTER TABLE shop ADD COLUMN delivery_cost BIGINT, ADD COLUMN free_delivery_from BIGINT, "
        "ADD COLUMN delivery_days_from INTEGER, ADD COLUMN delivery_days_to INTEGER, ADD COLUMN returns_days INTEGER"
    )
