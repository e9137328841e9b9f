"""What visitors look for and nobody sells, kept for the operator."""

from alembic import op

revision = "2026_11_24_1800"
down_revision = "2026_11_24_1700"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of searches that found nothing."""
    op.execute(
        """
        CREATE TABLE search_miss (
            words TEXT NOT NULL,
            times BIGINT NOT NULL,
            first_at TIMESTAMP WITH TIME ZONE NOT NULL,
            last_at TIMESTAMP WITH TIME ZONE NOT NULL,
            CONSTRAINT search_miss_pkey PRIMARY KEY (words),
            CONSTRAINT search_miss_words_check CHECK (length(words) BETWEEN 1 AND 200)
        )
        """
    )
