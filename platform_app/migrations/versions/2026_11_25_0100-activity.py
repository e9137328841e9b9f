"""What happened to each listing on each day."""

from alembic import op

revision = "2026_11_25_0100"
down_revision = "2026_11_25_0040"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table, and let the favourites of a day be found."""
    op.execute(
        """
        CREATE TABLE listing_day (
            shop_id UUID NOT NULL,
            day DATE NOT NULL,
            listing_id UUID NOT NULL,
            views INTEGER NOT NULL,
            favourites INTEGER NOT NULL,
            CONSTRAINT listing_day_pkey PRIMARY KEY (shop_id, day, listing_id),
            CONSTRAINT listing_day_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
            CONSTRAINT listing_day_figures_check CHECK (views >= 0 AND favourites >= 0)
        )
        """
    )
    op.execute("CREATE INDEX favourite_created_at_idx ON favourite (created_at)")
