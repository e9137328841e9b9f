"""A listing whose web address changes is found at the former one."""

from alembic import op

revision = "2026_11_30_1920"
down_revision = "2026_11_30_1910"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE former_slug (
    shop_id UUID NOT NULL,
    slug TEXT NOT NULL,
    listing_id UUID NOT NULL,
    CONSTRAINT former_slug_pkey PRIMARY KEY (shop_id, slug),
    CONSTRAINT former_slug_shop_id_listing_id_fkey FOREIGN KEY (shop_id, listing_id)
        REFERENCES listing (shop_id, id) ON DELETE CASCADE
)"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)
    op.execute("CREATE INDEX former_slug_listing_idx ON former_slug (shop_id, listing_id)")
