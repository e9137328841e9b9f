"""`./plaza test` and `./plaza check`."""

import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT

TESTS = ROOT / "tests"
PROCESSES = 2
CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "types": ["mypy"],
    "imports": ["platform_app.cli.import_rules"],
}

app = typer.Typer(add_completion=False)


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Directories below tests/; all of them when left out.")
    ] = None,
    rest: Annotated[bool, typer.Option(help="Everything but the directories named.")] = False,
) -> None:
    """Run the tests; options Plaza does not know are passed on to pytest."""
    arguments = [*(names or []), *context.args]
    first_option = next((index for index, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    directories = [test_directory(name) for name in arguments[:first_option]]
    selection = [f"--ignore={path}" for path in directories] if rest else [str(path) for path in directories]
    # Servers of their own for each process, which they mostly wait for: two at once where there is much to do, and a file
    # of tests, with what it has started, stays with one.
    parallel_options = ["-n0"] if directories and not rest else ["-n", str(PROCESSES), "--dist", "loadfile"]
    command = [sys.executable, "-m", "pytest", *parallel_options, *selection, *arguments[first_option:]]
    raise typer.Exit(subprocess.run(command, cwd=ROOT, check=False).returncode)


@app.command()
def check() -> None:
    """Check format, lint, types and import rules; every one runs, whatever the others say."""
    failed = [name for name, command in CHECKS.items() if not run_check(name, command)]
    if failed:
        raise CommandError(f"Failed: {', '.join(failed)}.")


def run_check(name: str, command: list[str]) -> bool:
    """Run one check, showing what it says only when it fails."""
    completed = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
    )
    is_ok = completed.returncode == 0
    print(f"{name:<8} {'ok' if is_ok else 'failed'}", flush=True)
    if not is_ok:
        print(completed.stdout.decode(errors="replace"), flush=True)
    return is_ok


def test_directory(name: str) -> Path:
    """Where the tests of this name are."""
    if not name or not (TESTS / name).exists():
        names = sorted(path.name for path in TESTS.iterdir() if path.is_dir() and not path.name.startswith("_"))
        raise CommandError(f"There are no tests named {name}; there are {', '.join(names)}.")
    return TESTS / name
