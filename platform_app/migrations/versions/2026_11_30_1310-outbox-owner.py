"""Whose job it is: the jobs of one shop take turns with those of others."""

from alembic import op

revision = "2026_11_30_1310"
down_revision = "2026_11_30_1240"
branch_labels = None
depends_on = None

_OPEN = "done_at IS NULL AND failed_at IS NULL"
_INDEXES = {
    "outbox_owner_waiting_idx": f"(queue, owner, due_at) WHERE owner IS NOT NULL AND sent_at IS NULL AND {_OPEN}",
    "outbox_owner_sent_idx": f"(queue, owner) WHERE owner IS NOT NULL AND sent_at IS NOT NULL AND {_OPEN}",
}


def upgrade() -> None:
    """Jobs from before belong to nobody, and are sent as before."""
    op.execute("ALTER TABLE outbox ADD COLUMN owner UUID")
    with op.get_context().autocommit_block():
        op.execute("SET lock_timeout = 0")  # a concurrent build blocks no other transaction, so it may wait
        for name, definition in _INDEXES.items():
            op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")  # left behind by a failed attempt
            op.execute(f"CREATE INDEX CONCURRENTLY {name} ON outbox {definition}")
        op.execute("SET lock_timeout = '5s'")


def downgrade() -> None:
    """Forget it."""
    op.execute("ALTER TABLE outbox DROP COLUMN owner")
