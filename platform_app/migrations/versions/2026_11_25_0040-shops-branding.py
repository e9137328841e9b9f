"""What a shop's cover shows in words, and uploads that become its mark or its cover."""

from alembic import op

revision = "2026_11_25_0040"
down_revision = "2026_11_24_2340"
branch_labels = None
depends_on = None

PURPOSES = "'picture', 'import', 'mark', 'cover'"


def upgrade() -> None:
    """Add the cover's words, and let uploads be for either."""
    op.execute("ALTER TABLE shop ADD COLUMN cover_alt TEXT NOT NULL DEFAULT ''")
    op.execute("ALTER TABLE upload DROP CONSTRAINT upload_uploadpurpose_check")
    op.execute(f"ALTER TABLE upload ADD CONSTRAINT upload_uploadpurpose_check CHECK (purpose IN ({PURPOSES}))")
