"""What each shop has used of the work that all shops share, and limits that the operator has set for one."""

from alembic import op

revision = "2026_11_30_1859"
down_revision = "2026_11_30_1840"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE shop_quota (
    shop_id UUID NOT NULL,
    resource TEXT NOT NULL,
    began_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used BIGINT NOT NULL,
    allowed BIGINT,
    CONSTRAINT shop_quota_pkey PRIMARY KEY (shop_id, resource),
    CONSTRAINT shop_quota_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
    CONSTRAINT shop_quota_resource_check CHECK (resource IN ('pixels', 'import_rows'))
)"""


def upgrade() -> None:
    """Create the table; the release before does not count."""
    op.execute(TABLE)
