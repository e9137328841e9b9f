"""A shop can be closed, and a deleted one leaves its slug."""

from alembic import op

revision = "2026_11_30_1430"
down_revision = "2026_11_30_1422"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE former_shop (
    slug TEXT NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT former_shop_pkey PRIMARY KEY (slug)
)"""


def upgrade() -> None:
    """Add the column and the table; the index is built beside running writes."""
    op.execute("ALTER TABLE shop ADD COLUMN closed_at TIMESTAMP WITH TIME ZONE")
    op.execute(TABLE)
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # a concurrent build blocks no other transaction, so it may wait
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS shop_closed_at_idx")  # left behind by a failed attempt
        op.execute("CREATE INDEX CONCURRENTLY shop_closed_at_idx ON shop (closed_at) WHERE closed_at IS NOT NULL")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Closed shops would be open again, so they go."""
    op.execute("DELETE FROM shop WHERE closed_at IS NOT NULL")
    op.execute("DROP TABLE former_shop")
    op.execute("ALTER TABLE shop DROP COLUMN closed_at")
