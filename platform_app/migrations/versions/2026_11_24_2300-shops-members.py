"""Who runs a shop and who is invited to, policies, and holidays."""

from alembic import op

revision = "2026_11_24_2300"
down_revision = "2026_11_24_2210"
branch_labels = None
depends_on = None

PERMITTED = "permissions <@ ARRAY['listings', 'stock', 'imports', 'figures', 'shop', 'staff']"
STATEMENTS = f"""
ALTER TABLE shop
    ADD COLUMN shipping_policy TEXT DEFAULT '' NOT NULL,
    ADD COLUMN returns_policy TEXT DEFAULT '' NOT NULL,
    ADD COLUMN holiday_until DATE,
    ADD COLUMN holiday_note TEXT DEFAULT '' NOT NULL;
CREATE INDEX shop_holiday_until_idx ON shop (holiday_until) WHERE holiday_until IS NOT NULL;
CREATE TABLE shop_member (
    shop_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role VARCHAR(32) NOT NULL,
    permissions TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    invited_by UUID,
    CONSTRAINT shop_member_pkey PRIMARY KEY (shop_id, user_id),
    CONSTRAINT shop_member_memberrole_check CHECK (role IN ('owner', 'staff')),
    CONSTRAINT shop_member_permissions_check CHECK ({PERMITTED}),
    CONSTRAINT shop_member_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
    CONSTRAINT shop_member_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id),
    CONSTRAINT shop_member_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES user_account (id) ON DELETE SET NULL
);
CREATE INDEX shop_member_user_id_idx ON shop_member (user_id);
CREATE TABLE shop_invitation (
    shop_id UUID NOT NULL,
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    permissions TEXT[] NOT NULL,
    invited_by UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT shop_invitation_pkey PRIMARY KEY (shop_id, id),
    CONSTRAINT shop_invitation_shop_id_email_key_key UNIQUE (shop_id, email_key),
    CONSTRAINT shop_invitation_permissions_check CHECK ({PERMITTED}),
    CONSTRAINT shop_invitation_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES shop (id) ON DELETE CASCADE,
    CONSTRAINT shop_invitation_invited_by_fkey FOREIGN KEY (invited_by) REFERENCES user_account (id) ON DELETE SET NULL
);
CREATE INDEX shop_invitation_email_key_idx ON shop_invitation (email_key);
CREATE INDEX shop_invitation_expires_at_idx ON shop_invitation (expires_at)
"""


def upgrade() -> None:
    """Create the tables, and the columns of the shop."""
    for statement in STATEMENTS.split(";\n"):
        op.execute(statement)
