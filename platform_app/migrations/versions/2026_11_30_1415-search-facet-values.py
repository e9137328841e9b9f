"""One spelling for each value of a filter; reindexing fills it."""

from alembic import op

revision = "2026_11_30_1415"
down_revision = "2026_11_30_1410"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table of spellings."""
    op.execute(
        """
        CREATE TABLE search_facet_value (
            name TEXT NOT NULL,
            key TEXT NOT NULL,
            label TEXT NOT NULL,
            CONSTRAINT search_facet_value_pkey PRIMARY KEY (name, key)
        )
        """
    )
