"""Uploads on their way to becoming pictures, and finding the pictures that show a content."""

from alembic import op

revision = "2026_11_24_2210"
down_revision = "2026_11_24_2200"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of uploads, and the index by which files that no picture names are found."""
    op.execute(
        """
        CREATE TABLE upload (
            shop_id UUID NOT NULL,
            id UUID NOT NULL,
            user_id UUID NOT NULL,
            state TEXT NOT NULL,
            key TEXT NOT NULL,
            content_type TEXT NOT NULL,
            size INTEGER NOT NULL,
            created_at TIMESTAMP WITH TIME ZONE NOT NULL,
            expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
            ended_at TIMESTAMP WITH TIME ZONE,
            reason TEXT,
            picture_id UUID,
            content TEXT,
            CONSTRAINT upload_pkey PRIMARY KEY (shop_id, id),
            CONSTRAINT upload_shop_id_fkey FOREIGN KEY(shop_id) REFERENCES shop (id) ON DELETE CASCADE,
            CONSTRAINT upload_uploadstate_check CHECK (state IN ('waiting', 'received', 'ready', 'refused'))
        )
        """
    )
    op.execute("CREATE INDEX upload_open_idx ON upload (shop_id) WHERE state IN ('waiting', 'received')")
    op.execute("CREATE INDEX upload_expires_idx ON upload (expires_at)")
    op.execute("CREATE INDEX picture_content_idx ON picture (content)")
