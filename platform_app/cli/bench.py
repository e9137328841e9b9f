"""`./plaza bench`: its commands are in tools/, which is not part of the image."""

from importlib import import_module

import typer

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT


def load() -> typer.Typer:
    """The app with the benchmarks; CommandError outside a checkout."""
    if not (ROOT / "tools" / "bench").is_dir():
        raise CommandError("Benchmarks are not part of the image: run them from a checkout.")
    app: typer.Typer = import_module("tools.bench.commands").app
    return app
