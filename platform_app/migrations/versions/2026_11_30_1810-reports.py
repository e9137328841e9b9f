"""The table of reports of listings."""

from alembic import op

revision = "2026_11_30_1810"
down_revision = "2026_11_30_1800"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE listing_report (
    id UUID NOT NULL,
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    listing_slug TEXT NOT NULL,
    listing_title TEXT NOT NULL,
    user_id UUID,
    reporter TEXT NOT NULL,
    reason VARCHAR(32) NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT listing_report_pkey PRIMARY KEY (id),
    CONSTRAINT listing_report_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
    CONSTRAINT listing_report_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Create the table and its indexes."""
    op.execute(TABLE)
    op.execute(
        "CREATE UNIQUE INDEX listing_report_open_idx ON listing_report (listing_id, reporter) WHERE closed_at IS NULL"
    )
    op.execute("CREATE INDEX listing_report_user_id_idx ON listing_report (user_id)")
    op.execute("CREATE INDEX listing_report_shop_id_idx ON listing_report (shop_id)")
