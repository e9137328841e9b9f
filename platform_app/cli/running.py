"""The data directory of a command, and the services that have to run there."""

import os
import shlex
from getpass import getuser
from pathlib import Path
from socket import gethostname
from typing import Annotated

import typer

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import OWNER_FILE, ROOT, settings

DEFAULT = ROOT / ".plaza"
DataOption = Annotated[Path | None, typer.Option("--data", help="The data folder [default: .plaza].")]


def use_data_directory(data: Path | None) -> None:
    """Use the settings of the Plaza that runs on this data directory; None means the environment's.

    Commands may change the schema, tiers may not.
    """
    if data:
        os.environ["PLAZA_DATA"] = str(data.absolute())
    owner_file = Path(os.environ.get("PLAZA_DATA") or DEFAULT) / OWNER_FILE
    if owner_file.exists():
        os.environ.setdefault("PLAZA_DATABASE_OWNER_URL", owner_file.read_text())
    settings.cache_clear()


def require_database(data: Path | None) -> None:
    """Use this data directory; CommandError if no database is configured there or in the environment."""
    use_data_directory(data)
    if not settings().database_url.get_secret_value():
        raise _not_running("PLAZA_DATABASE_URL")


def require_services(data: Path | None) -> None:
    """Use this data directory; CommandError if database, Redis or key is configured neither there nor outside."""
    use_data_directory(data)
    if settings().problems():
        raise _not_running("PLAZA_DATABASE_URL and the other settings")


def operator() -> str:
    """Who runs this command, for the log of security events."""
    return f"{getuser()}@{gethostname()}"


def _not_running(setting: str) -> CommandError:
    data = Path(os.environ.get("PLAZA_DATA") or DEFAULT)
    where, option = ("", "") if data == DEFAULT else (f" on {data}", f" --data {shlex.quote(str(data))}")
    return CommandError(f"Plaza is not running{where}: start it with ./plaza up{option}, or set {setting}.")
