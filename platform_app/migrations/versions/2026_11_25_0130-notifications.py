"""What users are told, the devices they sign in with, and the price at which the bell last told of a favourite."""

from alembic import op

revision = "2026_11_25_0130"
down_revision = "2026_11_25_0100"
branch_labels = None
depends_on = None

KINDS = "import_finished, import_failed, import_undone, picture_rejected, price_drop, invitation, new_device"
STATEMENTS = """
CREATE TABLE notification (
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    text TEXT NOT NULL,
    href TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    read_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT notification_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT notification_user_id_kind_about_key UNIQUE (user_id, kind, about),
    CONSTRAINT notification_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
    CONSTRAINT notification_kind_check CHECK (kind IN ({kinds}))
);
CREATE INDEX notification_unread_idx ON notification (user_id) WHERE read_at IS NULL;
CREATE INDEX notification_read_at_idx ON notification (read_at) WHERE read_at IS NOT NULL;
CREATE TABLE known_device (
    user_id UUID NOT NULL,
    device TEXT NOT NULL,
    network TEXT NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT known_device_pkey PRIMARY KEY (user_id, device, network),
    CONSTRAINT known_device_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE INDEX known_device_seen_at_idx ON known_device (seen_at);
ALTER TABLE favourite ADD COLUMN price_noticed BIGINT;
"""


def upgrade() -> None:
    """Create the tables; a price that was mailed is no news for the bell either."""
    kinds = ", ".join(f"'{kind}'" for kind in KINDS.split(", "))
    for statement in STATEMENTS.format(kinds=kinds).split(";\n"):
        if statement.strip():
            op.execute(statement)
    op.execute("UPDATE favourite SET price_noticed = price_told WHERE price_told IS NOT NULL")
