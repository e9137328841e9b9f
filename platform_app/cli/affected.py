"""Find the tests that a change can break: by their imports, and by the name of the changed folder."""

import subprocess
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

import grimp

from platform_app.cli.errors import CommandError

PACKAGES = ("platform_app", "pages", "state", "workers", "tools", "tests")
MAIN = "main"
# Its tests read every file of the project instead of importing it, so any change can break them.
ALWAYS = "architecture"
# Folders whose tests have another name.
TEST_FOLDERS = {"cli": "stack", "migrations": "infra"}


def changed_files(checkout: Path) -> list[str]:
    """The files that differ from where this branch left main, or on main from the last commit; untracked files too."""
    base = _git(checkout, "merge-base", "HEAD", MAIN) if _git(checkout, "branch", "--list", MAIN) else ["HEAD"]
    changed = _git(checkout, "diff", "--name-only", "--no-renames", base[0])
    return sorted({*changed, *_git(checkout, "ls-files", "--others", "--exclude-standard")})


def affected_tests(checkout: Path, changed: Iterable[str]) -> list[str]:
    """The test files that these changed files can break, as paths relative to the checkout."""
    paths = [PurePosixPath(name) for name in changed]
    if not paths:
        return []
    modules = _dependents(paths) | {_module_name(path) for path in paths if path.suffix == ".py"}
    folders = {ALWAYS, *(name for path in paths for name in _test_folders(path))}
    # Nothing imports a conftest.py: all tests beside and below it use it.
    beside_conftest = {module.removesuffix(".conftest") for module in modules if module.endswith(".conftest")}
    return [
        str(file)
        for file in sorted(path.relative_to(checkout) for path in (checkout / "tests").rglob("test_*.py"))
        if _module_name(PurePosixPath(file)) in modules
        or file.parts[1] in folders
        or any(f"{_module_name(PurePosixPath(file))}.".startswith(f"{package}.") for package in beside_conftest)
    ]


def _dependents(paths: Iterable[PurePosixPath]) -> set[str]:
    """The modules that import a changed one, directly or indirectly."""
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    found: set[str] = set()
    for path in paths:
        module = _module_name(path)
        if module in graph.modules:
            # Importing a module imports the packages around it.
            found |= graph.find_downstream_modules(module, as_package=path.name == "__init__.py")
    return found


def _module_name(path: PurePosixPath) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _test_folders(path: PurePosixPath) -> Iterable[str]:
    """The test folders named like a part of the path, since a noun has the same name everywhere."""
    if path.parts[0] == "tests":
        # A test module is selected by its name, data beside it by its folder.
        return [] if path.suffix == ".py" or len(path.parts) < 3 else [path.parts[1]]
    names = [*path.parts[:-1], path.stem]
    return [TEST_FOLDERS.get(name, name) for name in names]


def _git(checkout: Path, *arguments: str) -> list[str]:
    completed = subprocess.run(["git", *arguments], cwd=checkout, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise CommandError(f"The changed files could not be determined: {completed.stderr.strip()}.")
    return completed.stdout.splitlines()
