"""A deleted listing leaves its slug."""

from alembic import op

revision = "2026_11_30_1432"
down_revision = "2026_11_30_1430"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE former_listing (
    shop_id UUID NOT NULL,
    slug TEXT NOT NULL,
    deleted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT former_listing_pkey PRIMARY KEY (shop_id, slug),
    CONSTRAINT former_listing_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
)"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)


def downgrade() -> None:
    """Forget them."""
    op.execute("DROP TABLE former_listing")
