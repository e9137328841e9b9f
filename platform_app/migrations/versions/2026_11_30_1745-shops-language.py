"""An index of the languages of shops, which each search reads."""

from alembic import op

revision = "2026_11_30_1745"
down_revision = "2026_11_30_1740"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Build the index beside running transactions."""
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # a concurrent build blocks no other transaction, so it may wait
        op.execute("DROP INDEX CONCURRENTLY IF EXISTS shop_language_idx")  # left behind by a failed attempt
        op.execute("CREATE INDEX CONCURRENTLY shop_language_idx ON shop (language)")
        op.execute("SET lock_timeout = '5s'")
