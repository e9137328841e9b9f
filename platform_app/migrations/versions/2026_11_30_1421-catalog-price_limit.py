"""A price may be as high as a number that every JSON reader keeps exactly."""

from alembic import op

revision = "2026_11_30_1421"
down_revision = "2026_11_30_1420"
branch_labels = None
depends_on = None

NARROWS = "the statement after it puts a check with a higher limit in its place"


def upgrade() -> None:
    """Replace the check."""
    op.execute("ALTER TABLE variant DROP CONSTRAINT variant_price_check")
    op.execute(
        "ALTER TABLE variant ADD CONSTRAINT variant_price_check"
        " CHECK (price > 0 AND price <= 9007199254740991) NOT VALID"
    )


def downgrade() -> None:
    """Higher prices stay: the former check applies to new rows only."""
    op.execute("ALTER TABLE variant DROP CONSTRAINT variant_price_check")
    op.execute(
        "ALTER TABLE variant ADD CONSTRAINT variant_price_check CHECK (price > 0 AND price <= 1000000000) NOT VALID"
    )
