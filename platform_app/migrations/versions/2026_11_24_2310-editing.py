"""What sellers write of their listings until it is saved, and how prices have changed."""

from alembic import op

revision = "2026_11_24_2310"
down_revision = "2026_11_24_2300"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE listing_edit (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    version INTEGER NOT NULL,
    base INTEGER NOT NULL,
    is_pending BOOLEAN NOT NULL,
    content JSONB NOT NULL,
    saved_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT listing_edit_pkey PRIMARY KEY (shop_id, listing_id),
    CONSTRAINT listing_edit_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE INDEX listing_edit_blank_idx ON listing_edit (saved_at) WHERE version = 1 AND base = 0;
CREATE TABLE price_change (
    shop_id UUID NOT NULL,
    id UUID NOT NULL,
    listing_id UUID NOT NULL,
    variant_id UUID NOT NULL,
    before BIGINT NOT NULL,
    price BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT price_change_pkey PRIMARY KEY (shop_id, id),
    CONSTRAINT price_change_shop_id_variant_id_fkey FOREIGN KEY (shop_id, variant_id)
        REFERENCES variant (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX price_change_variant_idx ON price_change (shop_id, variant_id);
CREATE INDEX price_change_listing_idx ON price_change (shop_id, listing_id, at);
"""


def upgrade() -> None:
    """Create both tables."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
