#!/bin/sh
# Runs once, for a new database: the role of the app, which may read and write rows and change nothing else.
# The same grants as in platform_app/stack/postgres.py. Migrations run as the owner, POSTGRES_USER.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
    --set owner="$POSTGRES_USER" --set password="$(cat /run/secrets/postgres-app)" <<'SQL'
CREATE ROLE plaza_app LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'password';
GRANT pg_read_all_stats TO plaza_app;
GRANT USAGE ON SCHEMA public TO plaza_app;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE, MAINTAIN ON TABLES TO plaza_app;
ALTER DEFAULT PRIVILEGES FOR ROLE :"owner" IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO plaza_app;
SQL
