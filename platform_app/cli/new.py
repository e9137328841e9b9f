"""`./plaza new`: the skeleton of a noun, written from the templates beside this module."""

import keyword
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.dialects.postgresql.base import RESERVED_WORDS

from platform_app.cli.errors import CommandError
from platform_app.domain.sharding import table_distributions
from platform_app.infra import migrate
from platform_app.infra.settings import ROOT
from platform_app.rest.api_groups import PAGES
from platform_app.rest.routers import groups_for_path

TEMPLATES = Path(__file__).parent / "templates" / "noun"
SUFFIX = ".tmpl"
SURFACES = ("platform_app/domain", "platform_app/mail", "platform_app/rest", "state", "pages", "workers", "tests")
REVISION_FORMAT = "%Y_%m_%d_%H%M"
_NOUN = re.compile(r"[a-z][a-z0-9]{0,19}")  # also the name of a queue and of a Kubernetes deployment
_ROW = re.compile(r"[a-z][a-z0-9_]{0,19}")  # the name of a table

new = typer.Typer(help="Write the skeleton of something new.", no_args_is_help=True)
app = typer.Typer()
app.add_typer(new, name="new")


@dataclass(frozen=True)
class Edit:
    """Lines to insert into an existing file: imports, and a line before a marker."""

    path: Path
    imports: str
    line: str
    marker: str


@new.command()
def noun(
    name: Annotated[str, typer.Argument(help="The name, a plural such as reviews.")],
    row: Annotated[str, typer.Option(help="The name of one row [default: the singular of the name].")] = "",
) -> None:
    """Write the skeleton of a noun: table, rules, service, REST, page, job, migration, tests; it works unchanged."""
    row = row or _singular(name)
    _require_valid(name, _NOUN, "lower-case letters and digits")
    _require_valid(row, _ROW, "lower-case letters, digits and _")
    _require_unused(name, row)
    names = _replacements(name, row)
    files = {ROOT / _fill(path, names): _fill(text, names) for path, text in _templates().items()}
    path, text = _apply(_subscription(names))
    files[path] = text
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    _tidy(list(files))
    print(f"Wrote {len(files) - 1} files of {name}, and its job in workers/subscriptions.py.")
    print(f"Try it: ./plaza test {name}")


def _singular(name: str) -> str:
    if name.endswith("ies"):
        return name.removesuffix("ies") + "y"
    if name.endswith("s") and not name.endswith("ss"):
        return name.removesuffix("s")
    raise CommandError(f"The singular is unclear; give it: ./plaza new noun {name} --row NAME.")


def _require_valid(name: str, pattern: re.Pattern[str], allowed: str) -> None:
    if not pattern.fullmatch(name):
        raise CommandError(f'"{name}" is not a valid name: use {allowed}, at most 20, starting with a letter.')
    if keyword.iskeyword(name) or name in RESERVED_WORDS:
        raise CommandError(
            f'"{name}" is a reserved word of Python or SQL; choose another name, or give one with --row.'
        )


def _require_unused(name: str, row: str) -> None:
    for surface in SURFACES:
        for path in (Path(surface) / name, Path(surface) / f"{name}.py"):
            if (ROOT / path).exists():
                raise CommandError(f"{path} exists already.")
    if row in {each.table for each in table_distributions()}:
        raise CommandError(f"A table named {row} exists already; give another name with --row.")
    if name == PAGES or groups_for_path(f"/api/v1/{name}") != [PAGES]:
        raise CommandError(f"/api/v1/{name} is in use already; choose another name.")
    if any(f'"/account/{name}"' in path.read_text() for path in (ROOT / "pages").rglob("*.py")):
        raise CommandError(f"A page at /account/{name} exists already; choose another name.")


def _replacements(name: str, row: str) -> dict[str, str]:
    """The replacement of each placeholder in the templates."""
    head = migrate.head_revision()
    return {
        "__noun__": name,
        "__row__": row,
        "__Noun__": name.capitalize(),
        "__Row__": _camel_case(row),
        "__row_words__": row.replace("_", " "),
        "__Title__": name.capitalize(),
        "__revision__": _next_revision(head),
        "__down_revision__": head,
    }


def _camel_case(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def _next_revision(head: str) -> str:
    """The current minute, or the minute after the newest migration if that is later."""
    following = datetime.strptime(head, REVISION_FORMAT).replace(tzinfo=UTC) + timedelta(minutes=1)
    return max(datetime.now(UTC), following).strftime(REVISION_FORMAT)


def _templates() -> dict[str, str]:
    """The text of each template, by the path of the file to write."""
    return {
        path.relative_to(TEMPLATES).as_posix().removesuffix(SUFFIX): path.read_text()
        for path in sorted(TEMPLATES.rglob(f"*{SUFFIX}"))
    }


def _subscription(names: dict[str, str]) -> Edit:
    imports = "from platform_app.domain.__noun__.events import __Row__Added\nfrom workers import __noun__\n"
    return Edit(
        path=ROOT / "workers" / "subscriptions.py",
        imports=_fill(imports, names),
        line=_fill("    __Row__Added: (__noun__.count_words,),\n", names),
        marker="}\n",
    )


def _apply(edit: Edit) -> tuple[Path, str]:
    """The path and the text of the file with the new lines; imports are sorted later."""
    text = edit.path.read_text()
    if text.count(edit.marker) != 1:
        raise CommandError(f"{edit.path.relative_to(ROOT)} has changed: the position for the new line was not found.")
    with_line = text.replace(edit.marker, edit.line + edit.marker)
    return edit.path, with_line.replace("\nfrom ", f"\n{edit.imports}from ", 1)


def _fill(text: str, names: dict[str, str]) -> str:
    for placeholder, value in names.items():
        text = text.replace(placeholder, value)
    return text


def _tidy(paths: list[Path]) -> None:
    """Sort imports and wrap lines, since both depend on the name."""
    files = [str(path) for path in paths if path.suffix == ".py"]
    for command in (["check", "--quiet", "--select", "I", "--fix"], ["format", "--quiet"]):
        if subprocess.run([sys.executable, "-m", "ruff", *command, *files], cwd=ROOT, check=False).returncode:
            raise CommandError("The new files could not be formatted; the lines above say why.")
