"""Which data directory a command works on, and what has to run there."""

import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT, settings

DEFAULT = ROOT / ".plaza"
DataOption = Annotated[Path | None, typer.Option("--data", help="Where everything is kept [default: .plaza].")]


def use_data_directory(data: Path | None) -> None:
    """Read the settings of the Plaza that runs on this directory; None leaves it to the environment."""
    if data:
        os.environ["PLAZA_DATA"] = str(data.absolute())
        settings.cache_clear()


def require_database(data: Path | None) -> None:
    """Use this data directory; CommandError unless its database, or that of the environment, is known."""
    use_data_directory(data)
    if not settings().database_url.get_secret_value():
        raise _not_running("PLAZA_DATABASE_URL")


def require_services(data: Path | None) -> None:
    """Use this data directory; CommandError unless database, Redis and key are known, there or from the environment."""
    use_data_directory(data)
    if settings().problems():
        raise _not_running("PLAZA_DATABASE_URL and its like")


def _not_running(setting: str) -> CommandError:
    data = Path(os.environ.get("PLAZA_DATA") or DEFAULT)
    where, option = ("", "") if data == DEFAULT else (f" on {data}", f" --data {shlex.quote(str(data))}")
    return CommandError(f"Plaza is not running{where}: start it with ./plaza up{option}, or set {setting}.")
