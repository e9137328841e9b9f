"""One table for all mail preferences.

The release before goes on using favourite_mail and following_mail until its last process has ended. The clock takes
over what users turn off there (`take_over_opt_outs`). Until then, such a process may send a mail that was just turned
off, or a second one that day; new listings that it has queued for a mail wait for the shop's next announcement. The
next release drops both tables, and that task.
"""

from alembic import op

revision = "2026_11_30_1602"
down_revision = "2026_11_30_1601"
branch_labels = None
depends_on = None

TABLE = """
CREATE TABLE mail_preference (
    user_id UUID NOT NULL,
    kind TEXT NOT NULL,
    is_wanted BOOLEAN,
    sent_at TIMESTAMP WITH TIME ZONE,
    due_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT mail_preference_pkey PRIMARY KEY (user_id, kind),
    CONSTRAINT mail_preference_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE,
    CONSTRAINT mail_preference_kind_check CHECK (length(kind) <= 40 AND kind ~ '^[a-z_]+$')
)"""


def upgrade() -> None:
    """Create the table and copy the preferences; "wanted" was the default, so it is no choice."""
    op.execute(TABLE)
    op.execute(
        "INSERT INTO mail_preference (user_id, kind, is_wanted, sent_at) "
        "SELECT user_id, 'price_drops', nullif(is_wanted, true), told_at FROM favourite_mail"
    )
    op.execute(
        "INSERT INTO mail_preference (user_id, kind, is_wanted, sent_at, due_at) "
        "SELECT user_id, 'new_listings', nullif(is_wanted, true), sent_at, due_at FROM following_mail"
    )
