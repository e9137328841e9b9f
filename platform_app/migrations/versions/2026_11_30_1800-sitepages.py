"""The table of site pages."""

from alembic import op

revision = "2026_11_30_1800"
down_revision = "2026_11_30_1745"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE site_page (
    slug TEXT NOT NULL,
    title TEXT NOT NULL,
    text TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT site_page_pkey PRIMARY KEY (slug)
)
"""


def upgrade() -> None:
    """Create the table."""
    op.execute(TABLE)
