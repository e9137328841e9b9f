"""The start and the end of every benchmark: the machine factor, the figures with their bars, and `--record`."""

import json
import shlex
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer
from pydantic import BaseModel, ConfigDict, TypeAdapter
from rich.console import Console
from rich.table import Table

from platform_app.cli.errors import CommandError
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra.settings import ROOT
from tools.bench import calibration, figures
from tools.bench.calibration import Factor
from tools.bench.figures import Area, Figure, Figures

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of a table.")]
Record = Annotated[bool, typer.Option("--record", help="Write the figures to docs/figures.json and docs/figures.md.")]
GENERATED = [str(file.relative_to(ROOT)) for file in (figures.DATA, figures.PAGE)]
WIDTH = 140
FLAGS = ("--record", "--json")  # options that do not affect the measurement


class Measurement(BaseModel):
    """One measured figure; `key` identifies its row in docs/figures.json, and `value` is compared with its bar."""

    model_config = ConfigDict(frozen=True)

    key: str
    text: str
    value: float | None = None


@dataclass(frozen=True)
class Start:
    """The state before the measurement."""

    command: str
    factor: Factor
    revision: str  # empty if the figures will not be recorded


def begin(*, record: bool) -> Start:
    """Measure the machine; CommandError if the figures could not be recorded at the end."""
    command = shlex.join(["./plaza", *sys.argv[1:]])
    known = figures.load()
    revision = ""
    if record:
        _require_row(known, command)
        revision = committed_revision(ROOT)
    return Start(command, calibration.factor(calibration.measure(), known.reference.parts), revision)


def finish(
    start: Start,
    results: BaseModel | Sequence[BaseModel],
    measurements: Sequence[Measurement],
    *,
    print_table: Callable[[], None],
    as_json: bool,
) -> None:
    """Print the results, the machine factor and the bars; record the figures if `begin` was told to."""
    known = figures.load()
    if as_json:
        print(json.dumps(_to_json(start, results, measurements)))
    else:
        print_table()
        _print_bars(known, start, measurements)
    if start.revision:
        figures.save(record(known, start, measurements))


def record(known: Figures, start: Start, measurements: Sequence[Measurement]) -> Figures:
    """The figures, with these measurements in the rows of the same command."""
    by_key = {each.key: each for each in measurements}

    def update(row: Figure) -> Figure:
        measured = by_key.get(row.key)
        if measured is None or not is_same_command(row.command, start.command):
            return row
        return row.model_copy(
            update={
                "figure": measured.text,
                "value": measured.value,
                "factor": start.factor.value,
                "revision": start.revision,
            }
        )

    areas = [Area(title=area.title, note=area.note, figures=tuple(map(update, area.figures))) for area in known.areas]
    return known.model_copy(update={"areas": tuple(areas)})


def is_same_command(one: str, other: str) -> bool:
    """Whether two command lines measure the same, ignoring the data directory and the output format."""
    return _essential_words(one) == _essential_words(other)


def committed_revision(checkout: Path) -> str:
    """The measured commit and today's date; CommandError if there are uncommitted changes."""
    excluded = [f":(exclude){name}" for name in GENERATED]
    if _git(checkout, "status", "--porcelain", "--", ".", *excluded):
        raise CommandError("Figures are recorded with their revision: commit your changes first.")
    return f"{_git(checkout, 'rev-parse', '--short', 'HEAD')}, {utc_now().date()}"


def _require_row(known: Figures, command: str) -> None:
    bench = " ".join(shlex.split(command)[:3])
    commands = {row.command for row in figures.all_figures(known) if row.command.startswith(bench)}
    if not any(is_same_command(each, command) for each in commands):
        raise CommandError(f"docs/figures.json has no figure of this command; it has: {', '.join(sorted(commands))}.")


def _essential_words(command: str) -> list[str]:
    words = [word for word in shlex.split(command) if word not in FLAGS and not word.startswith("--data=")]
    while "--data" in words:
        index = words.index("--data")
        del words[index : index + 2]
    return words


def _git(checkout: Path, *arguments: str) -> str:
    completed = subprocess.run(["git", *arguments], cwd=checkout, capture_output=True, text=True, check=False)
    if completed.returncode:
        raise CommandError(f"The revision is unknown: {completed.stderr.strip()}.")
    return completed.stdout.strip()


def _to_json(
    start: Start, results: BaseModel | Sequence[BaseModel], measurements: Sequence[Measurement]
) -> dict[str, object]:
    content: object = TypeAdapter(object).dump_python(results, mode="json")
    return {
        "machine": start.factor.model_dump(),
        "figures": [each.model_dump() for each in measurements],
        "results": content,
    }


def _print_bars(known: Figures, start: Start, measurements: Sequence[Measurement]) -> None:
    console = Console(highlight=False, markup=False, width=WIDTH)
    console.print(calibration.describe(start.factor))
    rows = {row.key: row for row in figures.all_figures(known)}
    table = Table("", "bar", "figure", "factor", "at factor 1.0", "", box=None, pad_edge=False)
    comparable = set[str]()
    for each in measurements:
        if each.key not in rows:
            console.print(f"{each.key}: {each.text} (docs/figures.json has no row for it)")
            continue
        bar = rows[each.key].bar
        if bar and each.value is not None:
            is_comparable = is_same_command(rows[each.key].command, start.command)
            verdict = figures.judge(bar, each.value, start.factor.value) if is_comparable else "not comparable"
            at_reference = f"{figures.at_reference(bar, each.value, start.factor.value):,.1f} {bar.unit}"
            factor = f"{start.factor.value:.2f}"
            table.add_row(rows[each.key].what, figures.describe_bar(bar), each.text, factor, at_reference, verdict)
            comparable |= set() if is_comparable else {rows[each.key].command}
    if table.rows:
        console.print(table)
    for command in sorted(comparable):
        console.print(f"The bar is about {command}.")
