"""`./plaza test` and `./plaza check`."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from platform_app.cli import affected
from platform_app.cli.errors import CommandError
from platform_app.infra.settings import ROOT

TESTS = ROOT / "tests"
PROCESSES = 2
MAX_FILES_IN_ONE_PROCESS = 10  # more affected test files than this run in several processes
TESTS_FAILED = 1  # pytest's exit code for failed tests; any other means that the run itself failed
PYTHON = (sys.executable, "-m")
CHECKS = {
    "format": (*PYTHON, "ruff", "format", "--check", "."),
    "lint": (*PYTHON, "ruff", "check", "."),
    "scripts": (str(Path(sys.executable).with_name("oxlint")), "pages", "platform_app"),  # our JavaScript
    "types": (*PYTHON, "mypy"),
    "imports": (*PYTHON, "platform_app.cli.import_rules"),
}
# Lint comes first, since its fixes have to be formatted too.
FIXES = (
    (*PYTHON, "ruff", "check", "--fix", "."),
    (*PYTHON, "ruff", "format", "."),
)

app = typer.Typer(add_completion=False)


@app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run_tests(
    context: typer.Context,
    names: Annotated[
        list[str] | None, typer.Argument(help="Directories below tests/ [default: all but the system tests].")
    ] = None,
    system: Annotated[
        bool, typer.Option("--system", help="Run the system tests; one that fails is run once more, alone.")
    ] = False,
    affected_only: Annotated[
        bool, typer.Option("--affected", help="Only the tests that the changes since main can break.")
    ] = False,
) -> None:
    """Run the tests; unknown options are passed on to pytest."""
    arguments = [*(names or []), *context.args]
    first_option = next((index for index, word in enumerate(arguments) if word.startswith("-")), len(arguments))
    selected = [str(test_directory(name)) for name in arguments[:first_option]]
    if affected_only:
        if selected:
            raise CommandError("Name the tests to run, or let --affected find them.")
        selected = find_affected_tests()
        if not selected:
            return
    # Each process starts its own servers and mostly waits for them.
    is_small = len(selected) <= MAX_FILES_IN_ONE_PROCESS if affected_only else bool(selected)
    processes = ["-n0"] if is_small else ["-n", str(PROCESSES), "--dist", "loadfile"]
    marked = ["-m", "system" if system else "not system"] if system or affected_only or not selected else []
    command = [*processes, *selected, *marked, *arguments[first_option:]]
    if system:
        raise typer.Exit(run_system_tests(command))
    # Becomes pytest, so that a signal to this process ends the run and its servers.
    os.chdir(ROOT)
    os.execv(sys.executable, [*PYTHON, "pytest", *command])  # noqa: S606 - this very interpreter


def find_affected_tests() -> list[str]:
    """The test files that the changes since main can break; prints their number."""
    changed = affected.changed_files(ROOT)
    files = affected.affected_tests(ROOT, changed)
    total = sum(1 for _ in TESTS.rglob("test_*.py"))
    print(f"{len(changed)} changed files can break {len(files)} of {total} test files.", flush=True)
    return files


@app.command()
def check(
    fix: Annotated[bool, typer.Option("--fix", help="Format and fix what can be fixed first.")] = False,
) -> None:
    """Check format, lint, types and import rules; every check runs, even after a failure."""
    if fix:
        for command in FIXES:
            # The checks below report what could not be fixed.
            subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
    failed = [name for name, command in CHECKS.items() if not run_check(name, command)]
    if failed:
        raise CommandError(f"Failed: {', '.join(failed)}.")


def run_system_tests(arguments: list[str]) -> int:
    """Run tests, and once more each that fails. Return pytest's exit code, 0 if all passed in the end."""
    with tempfile.TemporaryDirectory(prefix="plaza-failures-") as directory:
        file = Path(directory) / "failures"
        code = run_pytest([*arguments, f"--failures={file}"])
        failures = file.read_text().splitlines() if code == TESTS_FAILED else []
    results = {test: run_pytest(["-n0", test]) for test in failures}
    for test, result in results.items():
        print(f"FLAKY {test}: {'failed on the second run, too' if result else 'passed on the second run'}", flush=True)
    return max(results.values(), default=code)


def run_pytest(arguments: list[str]) -> int:
    """Run pytest; return its exit code."""
    return subprocess.run([sys.executable, "-m", "pytest", *arguments], cwd=ROOT, check=False).returncode


def run_check(name: str, command: Sequence[str]) -> bool:
    """Run one check; print its output only if it fails."""
    completed = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    is_ok = completed.returncode == 0
    print(f"{name:<8} {'ok' if is_ok else 'failed'}", flush=True)
    if not is_ok:
        print(completed.stdout.decode(errors="replace"), flush=True)
    return is_ok


def test_directory(name: str) -> Path:
    """The folder or file of the tests with this name."""
    if not name or not (TESTS / name).exists():
        names = sorted(path.name for path in TESTS.iterdir() if path.is_dir() and not path.name.startswith("_"))
        raise CommandError(f"There are no tests named {name}; there are {', '.join(names)}.")
    return TESTS / name
