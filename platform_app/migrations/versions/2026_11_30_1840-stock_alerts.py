"""Who waits for which variant to come back in stock."""

from alembic import op

revision = "2026_11_30_1840"
down_revision = "2026_11_30_1830"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE stock_alert (
    user_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    title TEXT NOT NULL,
    choice TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT stock_alert_pkey PRIMARY KEY (user_id, variant_id),
    CONSTRAINT stock_alert_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
    CONSTRAINT stock_alert_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE INDEX stock_alert_variant_id_idx ON stock_alert (shop_id, variant_id, user_id);
CREATE INDEX stock_alert_created_at_idx ON stock_alert (created_at)
"""


def upgrade() -> None:
    """Create the table."""
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement.removesuffix(";"))
