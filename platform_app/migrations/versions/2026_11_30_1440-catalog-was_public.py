"""A listing knows whether visitors have seen it, so that its page can say that it has ended."""

from alembic import op

revision = "2026_11_30_1440"
down_revision = "2026_11_30_1432"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The default needs no rewrite. Listings that are for sale are marked when they end; earlier ends stay unknown."""
    op.execute("ALTER TABLE listing ADD COLUMN was_public BOOLEAN NOT NULL DEFAULT false")


def downgrade() -> None:
    """The pages of ended listings are not found again."""
    op.execute("ALTER TABLE listing DROP COLUMN was_public")
