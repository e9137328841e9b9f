"""Bulk changes of prices and stock, which can be undone for a while."""

from alembic import op

revision = "2026_11_30_1420"
down_revision = "2026_11_30_1415"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table."""
    op.execute("""
    CREATE TABLE bulk_change (
        shop_id UUID NOT NULL,
        id UUID NOT NULL,
        action TEXT NOT NULL,
        listing_ids UUID[] NOT NULL,
        before JSONB NOT NULL,
        lowers_prices BOOLEAN NOT NULL,
        at TIMESTAMP WITH TIME ZONE NOT NULL,
        undo_until TIMESTAMP WITH TIME ZONE NOT NULL,
        undone_at TIMESTAMP WITH TIME ZONE,
        CONSTRAINT bulk_change_pkey PRIMARY KEY (shop_id, id),
        CONSTRAINT bulk_change_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
    )""")
    op.execute("CREATE INDEX bulk_change_undo_until_idx ON bulk_change (undo_until)")


def downgrade() -> None:
    """Forget how to undo."""
    op.execute("DROP TABLE bulk_change")
