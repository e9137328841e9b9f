"""Sections of a shop's listings, and pinned listings."""

from alembic import op

revision = "2026_11_30_1830"
down_revision = "2026_11_30_1820"
branch_labels = None
depends_on = None

TABLES = """
CREATE TABLE section_order (
    shop_id UUID NOT NULL,
    version INTEGER NOT NULL,
    CONSTRAINT section_order_pkey PRIMARY KEY (shop_id),
    CONSTRAINT section_order_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE TABLE section (
    shop_id UUID NOT NULL,
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT section_pkey PRIMARY KEY (shop_id, id),
    CONSTRAINT section_shop_id_slug_key UNIQUE (shop_id, slug),
    CONSTRAINT section_title_check CHECK (length(title) BETWEEN 1 AND 80),
    CONSTRAINT section_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE
);
CREATE TABLE section_listing (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    section_id UUID NOT NULL,
    CONSTRAINT section_listing_pkey PRIMARY KEY (shop_id, listing_id),
    CONSTRAINT section_listing_shop_id_listing_id_fkey FOREIGN KEY (shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE,
    CONSTRAINT section_listing_shop_id_section_id_fkey FOREIGN KEY (shop_id, section_id) REFERENCES section (shop_id, id) ON DELETE CASCADE
);
CREATE INDEX section_listing_section_id_idx ON section_listing (shop_id, section_id);
CREATE TABLE pinned_listing (
    shop_id UUID NOT NULL,
    listing_id UUID NOT NULL,
    position INTEGER NOT NULL,
    CONSTRAINT pinned_listing_pkey PRIMARY KEY (shop_id, listing_id),
    CONSTRAINT pinned_listing_shop_id_listing_id_fkey FOREIGN KEY (shop_id, listing_id) REFERENCES listing (shop_id, id) ON DELETE CASCADE
)
"""


def upgrade() -> None:
    """Create the tables."""
    for statement in TABLES.strip().split(";\n"):
        op.execute(statement.removesuffix(";"))
