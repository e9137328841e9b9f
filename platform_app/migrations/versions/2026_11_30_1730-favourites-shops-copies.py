"""Followers by shop and memberships by user, as copies for a cluster."""

from alembic import op

revision = "2026_11_30_1730"
down_revision = "2026_11_30_1602"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE listing_follower (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    user_id UUID NOT NULL,
    CONSTRAINT listing_follower_pkey PRIMARY KEY (shop_id, listing_id, user_id),
    CONSTRAINT listing_follower_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
    CONSTRAINT listing_follower_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE INDEX listing_follower_user_id_idx ON listing_follower (user_id);
CREATE TABLE user_shop (
    user_id UUID NOT NULL,
    shop_id UUID NOT NULL,
    CONSTRAINT user_shop_pkey PRIMARY KEY (user_id, shop_id),
    CONSTRAINT user_shop_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
    CONSTRAINT user_shop_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE INDEX user_shop_shop_id_idx ON user_shop (shop_id);
INSERT INTO user_shop (user_id, shop_id) SELECT user_id, shop_id FROM shop_member;
INSERT INTO listing_follower (shop_id, listing_id, user_id)
SELECT shop_id, listing_id, user_id FROM favourite WHERE EXISTS (SELECT 1 FROM shop WHERE shop.id = favourite.shop_id)
"""


def upgrade() -> None:
    """Create the tables and fill them. What the release before changes meanwhile is repaired by jobs."""
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement.removesuffix(";"))
