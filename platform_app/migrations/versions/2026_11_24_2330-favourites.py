"""What users like, how many like it, and who wants mail about price drops."""

from alembic import op

revision = "2026_11_24_2330"
down_revision = "2026_11_24_2310"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE favourite (
    user_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    shop_id UUID NOT NULL,
    title TEXT NOT NULL,
    price_then BIGINT NOT NULL,
    price_told BIGINT,
    currency TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT favourite_pkey PRIMARY KEY (user_id, listing_id),
    CONSTRAINT favourite_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE INDEX favourite_newest_idx ON favourite (user_id, created_at, listing_id);
CREATE INDEX favourite_listing_id_idx ON favourite (listing_id);
CREATE TABLE favourite_change (
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    CONSTRAINT favourite_change_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT favourite_change_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE TABLE favourite_count (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    followers INTEGER NOT NULL,
    CONSTRAINT favourite_count_pkey PRIMARY KEY (shop_id, listing_id),
    CONSTRAINT favourite_count_shop_id_listing_id_fkey FOREIGN KEY (shop_id, listing_id)
        REFERENCES listing (shop_id, id) ON DELETE CASCADE
);
CREATE TABLE favourite_mail (
    user_id UUID NOT NULL,
    is_wanted BOOLEAN NOT NULL,
    told_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT favourite_mail_pkey PRIMARY KEY (user_id),
    CONSTRAINT favourite_mail_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
"""


def upgrade() -> None:
    """Create the tables of favourites."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
