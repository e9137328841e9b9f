"""Users, their sessions and address books, sign-ups, links and recovery codes; mail on its way."""

from alembic import op

revision = "2026_11_24_2200"
down_revision = "2026_11_24_2140"
branch_labels = None
depends_on = None

STATEMENTS = """
CREATE TABLE user_account (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT,
    role VARCHAR(32) NOT NULL,
    email_verified_at TIMESTAMP WITH TIME ZONE,
    banned_at TIMESTAMP WITH TIME ZONE,
    totp_secret BYTEA,
    totp_pending BYTEA,
    totp_used_step BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT user_account_pkey PRIMARY KEY (id),
    CONSTRAINT user_account_email_key_key UNIQUE (email_key),
    CONSTRAINT user_account_role_check CHECK (role IN ('member', 'support', 'admin'))
);
CREATE TABLE user_session (
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    digest TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    user_agent TEXT NOT NULL,
    address TEXT NOT NULL,
    CONSTRAINT user_session_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT user_session_user_id_digest_key UNIQUE (user_id, digest),
    CONSTRAINT user_session_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE INDEX user_session_digest_idx ON user_session (digest);
CREATE INDEX user_session_expires_at_idx ON user_session (expires_at);
CREATE TABLE sign_up (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    browser_digest TEXT NOT NULL,
    digest TEXT,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT sign_up_pkey PRIMARY KEY (id),
    CONSTRAINT sign_up_digest_key UNIQUE (digest)
);
CREATE INDEX sign_up_email_key_idx ON sign_up (email_key);
CREATE INDEX sign_up_expires_at_idx ON sign_up (expires_at);
CREATE TABLE user_token (
    digest TEXT NOT NULL,
    kind VARCHAR(32) NOT NULL,
    user_id UUID NOT NULL,
    payload TEXT NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT user_token_pkey PRIMARY KEY (digest),
    CONSTRAINT user_token_tokenkind_check CHECK (kind IN ('reset', 'email_change')),
    CONSTRAINT user_token_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE INDEX user_token_user_id_idx ON user_token (user_id);
CREATE INDEX user_token_expires_at_idx ON user_token (expires_at);
CREATE TABLE recovery_code (
    user_id UUID NOT NULL,
    digest TEXT NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT recovery_code_pkey PRIMARY KEY (user_id, digest),
    CONSTRAINT recovery_code_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE TABLE address (
    user_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT NOT NULL,
    city TEXT NOT NULL,
    region TEXT NOT NULL,
    postcode TEXT NOT NULL,
    country TEXT NOT NULL,
    phone TEXT NOT NULL,
    is_default BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT address_pkey PRIMARY KEY (user_id, id),
    CONSTRAINT address_user_id_fkey FOREIGN KEY (user_id) REFERENCES user_account (id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX address_one_default_idx ON address (user_id) WHERE is_default;
CREATE TABLE mail (
    id UUID NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    attempts INTEGER DEFAULT 0 NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    error TEXT,
    CONSTRAINT mail_pkey PRIMARY KEY (id)
);
CREATE INDEX mail_created_at_idx ON mail (created_at);
CREATE TABLE mail_outbox (
    id UUID NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    html TEXT NOT NULL,
    text TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT mail_outbox_pkey PRIMARY KEY (id)
);
CREATE INDEX mail_outbox_created_at_idx ON mail_outbox (created_at);
"""


def upgrade() -> None:
    """Create the tables of accounts and of mail."""
    for statement in STATEMENTS.split(";\n"):
        if statement.strip():
            op.execute(statement)
