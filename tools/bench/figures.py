"""The figures of docs/figures.json: their bars, the last measurement, and the page docs/figures.md built from them.

`python -m tools.bench.figures` writes the page again after an edit of docs/figures.json.
"""

import json
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from platform_app.infra.settings import ROOT
from tools.bench.calibration import Machine

DATA = ROOT / "docs" / "figures.json"
PAGE = ROOT / "docs" / "figures.md"
FACTOR_TOLERANCE = 1.1  # up to this factor, a machine counts as fast as the reference
COLUMNS = ("what", "bar", "figure", "factor", "command", "revision")
INTRODUCTION = """# Figures

Each figure is the last one that its command measured: `./plaza bench NAME --record` writes it to `docs/figures.json`, from which this
page is generated. The factor says how fast the machine was at that time: at 1.0 as fast as the reference ({machine}), at 2.0 half as fast.
A bar on a time or a rate holds at factor 1.0: a time is divided by the factor before it is compared, a rate is multiplied by it.
Sizes, shares and ratios are compared as they are. "–" is an unknown factor, or no bar."""


class BarKind(StrEnum):
    """What a bar limits, which decides how the machine factor is applied."""

    TIME = "time"  # an upper limit; a slow machine takes longer
    RATE = "rate"  # a lower limit; a slow machine does less
    SCORE = "score"  # a lower limit; not proportional to the machine's speed, so it is only judged near factor 1.0
    MAXIMUM = "maximum"  # an upper limit on any machine
    MINIMUM = "minimum"  # a lower limit on any machine


class Verdict(StrEnum):
    """Whether a figure meets its bar."""

    MET = "met"
    MISSED = "missed"
    UNDECIDED = "undecided"  # a low score on a slow machine, or an unknown factor


class Bar(BaseModel):
    """The limit for a figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: BarKind
    limit: float
    unit: str = ""


class Figure(BaseModel):
    """A row of the page; `revision` is the measured commit with its date, or the date alone."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    what: str
    bar: Bar | None = None
    figure: str
    value: float | None = None  # compared with the bar
    factor: float | None = None
    command: str
    revision: str


class Area(BaseModel):
    """A table of the page, with a description of its figures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    note: str = ""
    figures: tuple[Figure, ...]


class Reference(BaseModel):
    """The machine with factor 1.0."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    machine: str
    revision: str
    parts: Machine


class Figures(BaseModel):
    """The contents of docs/figures.json."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reference: Reference
    areas: tuple[Area, ...]


def load(file: Path = DATA) -> Figures:
    """The recorded figures."""
    return Figures.model_validate_json(file.read_text(encoding="utf-8"))


def save(figures: Figures, *, data: Path = DATA, page: Path = PAGE) -> None:
    """Write the figures, and the page built from them."""
    content = figures.model_dump(mode="json", exclude_defaults=True)
    data.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    page.write_text(render(figures), encoding="utf-8")


def all_figures(figures: Figures) -> tuple[Figure, ...]:
    """Every row, in the order of the page."""
    return tuple(figure for area in figures.areas for figure in area.figures)


def describe_bar(bar: Bar) -> str:
    """The bar as text, such as ≤ 50 ms."""
    sign = "≤" if bar.kind in (BarKind.TIME, BarKind.MAXIMUM) else "≥"
    return f"{sign} {bar.limit:,g} {bar.unit}".rstrip()


def at_reference(bar: Bar, value: float, factor: float) -> float:
    """The figure converted to the reference machine, where the kind of bar allows it."""
    if bar.kind is BarKind.TIME:
        return value / factor
    return value * factor if bar.kind is BarKind.RATE else value


def judge(bar: Bar, value: float, factor: float | None) -> Verdict:
    """Whether a figure meets its bar."""
    depends_on_machine = bar.kind in (BarKind.TIME, BarKind.RATE, BarKind.SCORE)
    if factor is None and depends_on_machine:
        # With an unknown factor, a figure that meets its bar without conversion counts as met.
        return Verdict.MET if _holds(bar, value) else Verdict.UNDECIDED
    if _holds(bar, at_reference(bar, value, factor or 1.0)):
        return Verdict.MET
    is_slow = factor is not None and factor > FACTOR_TOLERANCE
    return Verdict.UNDECIDED if bar.kind is BarKind.SCORE and is_slow else Verdict.MISSED


def render(figures: Figures) -> str:
    """The page, as Markdown."""
    sections = [INTRODUCTION.format(machine=figures.reference.machine)]
    for area in figures.areas:
        rows = [COLUMNS, ("---",) * len(COLUMNS), *map(_cells, area.figures)]
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        sections.append("\n\n".join(filter(None, [f"## {area.title}", area.note, table])))
    return "\n\n".join(sections) + "\n"


def _holds(bar: Bar, value: float) -> bool:
    return value <= bar.limit if bar.kind in (BarKind.TIME, BarKind.MAXIMUM) else value >= bar.limit


def _cells(figure: Figure) -> tuple[str, ...]:
    bar = describe_bar(figure.bar) if figure.bar else "–"
    factor = "–" if figure.factor is None else f"{figure.factor:.2f}"
    return figure.what, bar, figure.figure + _verdict(figure), factor, f"`{figure.command}`", figure.revision


def _verdict(figure: Figure) -> str:
    """The note for a figure whose bar is not met or cannot be judged."""
    if not figure.bar or figure.value is None:
        return ""
    verdict = judge(figure.bar, figure.value, figure.factor)
    return "" if verdict is Verdict.MET else f" (bar {verdict})"


if __name__ == "__main__":
    save(load())
