"""docs/figures.md agrees with docs/figures.json, and each of its commands exists."""

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperGroup
from typer.main import get_command

from platform_app.cli.app import MODULES, load_app
from platform_app.infra.settings import ROOT
from tools.bench import figures

KNOWN = figures.load()
COMMANDS = sorted({row.command for row in figures.all_figures(KNOWN)})
PASSED_ON = ("test",)  # these programs pass unknown options on to pytest


def missing(command: str) -> list[str]:
    """The words of a command line that do not exist: programs, subcommands, options and paths."""
    words = [word for word in shlex.split(command) if not re.match(r"[A-Z_]+=", word)]
    program, *rest = words[1:] if words[0] in ("time", "sudo") else words
    if program != "./plaza":
        paths = [program, *(word for word in rest if word.startswith(("tests/", "deploy/")))]
        return [path for path in paths if path != ".venv/bin/python" and not (ROOT / path).exists()]
    rest = rest[: rest.index(";")] if ";" in rest else rest
    name = rest[0].rstrip(";")
    if name not in MODULES:
        return [name]
    found = get_command(load_app(name))
    names = iter(rest if isinstance(found, TyperGroup) else rest[1:])
    while isinstance(found, TyperGroup):
        word = next(names).rstrip(";")
        if word not in found.commands:
            return [word]
        found = found.commands[word]
    options = {option for parameter in found.params for option in parameter.opts}
    named_paths = [word for word in rest if word.startswith("tests/")]
    return [
        *(word for word in names if word.startswith("-") and word not in options and name not in PASSED_ON),
        *(path for path in named_paths if not Path(ROOT / path).exists()),
    ]


def test_the_page_agrees_with_the_recorded_figures() -> None:
    assert figures.PAGE.read_text(encoding="utf-8") == figures.render(KNOWN)


def test_every_figure_has_a_unique_key() -> None:
    keys = [row.key for row in figures.all_figures(KNOWN)]
    assert sorted(keys) == sorted(set(keys))


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_of_a_figure_can_be_run(command: str) -> None:
    assert missing(command) == []


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("./plaza dance", ["dance"]),
        ("./plaza bench dance", ["dance"]),
        ("time ./plaza up --slowly", ["--slowly"]),
        ("./plaza bench search --rows 5", ["--rows"]),
        ("./plaza import tests/nothing.csv --shop one", ["tests/nothing.csv"]),
        (".ci/dance", [".ci/dance"]),
    ],
)
def test_a_command_that_does_not_exist_is_found(command: str, found: list[str]) -> None:
    assert missing(command) == found
