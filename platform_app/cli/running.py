"""What a command needs before it can touch data."""

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import settings


def require_database() -> None:
    """Refuse unless there is a database to work on."""
    if not settings().database_url.get_secret_value():
        raise CommandError("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL.")


def require_services() -> None:
    """Refuse unless the database, both Redis and the key are known."""
    if settings().problems():
        raise CommandError("Plaza is not running: start it with ./plaza up, or set PLAZA_DATABASE_URL and its like.")
