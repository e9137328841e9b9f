"""The tables of following, and its kind of notification."""

from alembic import op

revision = "2026_11_30_1217"
down_revision = "2026_11_25_2210"
branch_labels = None
depends_on = None

NARROWS = "the statement after it puts a check of more kinds in its place"

TABLES = """
CREATE TABLE follow (
    user_id UUID NOT NULL,
    shop_id UUID NOT NULL,
    unmailed INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT follow_pkey PRIMARY KEY (user_id, shop_id),
    CONSTRAINT follow_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
    CONSTRAINT follow_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE INDEX follow_shop_id_idx ON follow (shop_id, user_id);
CREATE TABLE new_listing (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    published_at TIMESTAMP WITH TIME ZONE NOT NULL,
    announced_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT new_listing_pkey PRIMARY KEY (shop_id, listing_id),
    CONSTRAINT new_listing_shop_id_listing_id_fkey FOREIGN KEY (shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX new_listing_announced_at_idx ON new_listing (shop_id, announced_at);
CREATE TABLE announcement (
    shop_id UUID NOT NULL,
    announced_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT announcement_pkey PRIMARY KEY (shop_id),
    CONSTRAINT announcement_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE TABLE following_mail (
    user_id UUID NOT NULL,
    is_wanted BOOLEAN NOT NULL,
    sent_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT following_mail_pkey PRIMARY KEY (user_id),
    CONSTRAINT following_mail_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
"""
KINDS = (
    "import_finished", "import_failed", "import_undone", "picture_rejected", "price_drop", "invitation", "new_device",
    "other", "new_listings",
)  # fmt: skip


def upgrade() -> None:
    """Create the tables, and let notifications be about new listings."""
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement.removesuffix(";"))
    kinds = ", ".join(f"'{kind}'" for kind in KINDS)
    op.execute("ALTER TABLE notification DROP CONSTRAINT notification_kind_check")
    op.execute(f"ALTER TABLE notification ADD CONSTRAINT notification_kind_check CHECK (kind IN ({kinds})) NOT VALID")
