"""Alembic's entry: `platform_app.infra.migrate` sets the connection and the options; each migration is one transaction."""

from alembic import context

connection, options = context.config.attributes["connection"], context.config.attributes["options"]
context.configure(connection=connection, **options)
with context.begin_transaction():
    context.run_migrations()
