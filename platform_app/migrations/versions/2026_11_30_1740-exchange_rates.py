"""Rates of currencies, and a listing's own price beside the one that is compared with others'."""

from alembic import op

revision = "2026_11_30_1740"
down_revision = "2026_11_30_1730"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
CREATE TABLE exchange_rate (
    currency VARCHAR NOT NULL,
    per_euro NUMERIC NOT NULL,
    as_of DATE NOT NULL,
    CONSTRAINT exchange_rate_pkey PRIMARY KEY (currency),
    CONSTRAINT exchange_rate_per_euro_check CHECK (per_euro > 0)
)""",
    "ALTER TABLE listing_search ADD COLUMN own_price BIGINT",
)


def upgrade() -> None:
    """Create the table and the column, which a job fills."""
    for statement in STATEMENTS:
        op.execute(statement)
