"""What the pages of a shop's imports show, as ready text."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.runs import Outcome, RunState
from platform_app.domain.imports.schemas import Preview, Run
from state import views

# What a column can mean, in the order in which it is asked; the first two are needed.
FIELDS = (
    ("title", "Title"), ("price", "Price"), ("description", "Description"), ("quantity", "Quantity in stock"),
    ("sku", "SKU"), ("key", "Your own id"), ("category", "Category"), ("tags", "Tags"), ("image_urls", "Picture addresses"),
    ("compare_at", "Compare-at price"), ("condition", "Condition"), ("status", "Status"),
    ("option1_name", "Option 1: name"), ("option1_value", "Option 1: value"),
    ("option2_name", "Option 2: name"), ("option2_value", "Option 2: value"),
    ("option3_name", "Option 3: name"), ("option3_value", "Option 3: value"),
    ("attributes", "Attributes (JSON)"), ("pictures", "Gallery"), ("picture_texts", "Texts of the gallery"),
    ("variant_picture", "Picture of the variant"),
)  # fmt: skip
_FORMATS: dict[str, str] = {
    Format.PLAZA: "Plaza’s own CSV",
    Format.SHOPIFY: "Shopify export",
    Format.WOOCOMMERCE: "WooCommerce export",
}
_ENCODINGS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1252": "Windows-1252",
    "xlsx": "Excel workbook",
}
_LABELS = {
    RunState.UPLOADING: "Uploading",
    RunState.LOOKING: "Being looked at",
    RunState.MAPPING: "Columns to choose",
    RunState.QUEUED: "Waiting",
    RunState.RUNNING: "Running",
    RunState.FINISHED: "Finished",
    RunState.REFUSED: "Not imported",
    RunState.UNDOING: "Being undone",
    RunState.UNDONE: "Undone",
    RunState.FAILED: "Ended early",
    RunState.DISCARDED: "Discarded",
}


@dataclass(frozen=True)
class ColumnView:
    """A column of the file, what is in it, and the field it probably means."""

    name: str
    samples: str
    field: str


@dataclass(frozen=True)
class DifferenceView:
    """One thing that would be different."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class RowView:
    """One of the first rows of an outcome."""

    line: str
    title: str
    note: str
    differences: list[DifferenceView] = field(default_factory=list)


@dataclass(frozen=True)
class CountView:
    """How many rows ended in one way."""

    label: str
    count: str


@dataclass(frozen=True)
class ImportView:
    """An import; `stage` says which part of the page is shown, `api` is where its buttons lead."""

    stage: str = ""
    api: str = ""
    name: str = ""
    facts: str = ""
    label: str = ""
    message: str = ""
    doing: str = ""
    percent: int = 0
    progress: str = ""
    pace: str = ""
    known: str = ""  # what the file is called, where its columns need no mapping
    kind: str = ""  # and its format
    is_mapped: bool = False
    can_run: bool = False
    can_undo: bool = False
    can_discard: bool = False
    undone: str = ""


@dataclass(frozen=True)
class RunView:
    """An import in the list of them."""

    href: str
    name: str
    when: str
    label: str
    tone: str
    told: str
    percent: int
    pace: str
    is_going: bool


def one(run: Run, *, api: str) -> ImportView:
    """An import, as far as it is."""
    stage = _stage(run)
    changed = run.created + run.updated
    return ImportView(
        stage=stage,
        api=api,
        name=run.file_name,
        facts=" · ".join(fact for fact in (_FORMATS.get(run.format, ""), _ENCODINGS.get(run.encoding, "")) if fact),
        label=_label(run),
        message=run.message,
        doing=_doing(run),
        percent=_percent(run),
        progress=_progress(run),
        pace=pace(run),
        known=_FORMATS.get(run.format, "") if not run.mapping else "",
        kind=run.format,
        is_mapped=bool(run.mapping),
        can_run=run.is_checked and bool(changed),
        can_undo=not run.dry_run and run.state in (RunState.FINISHED, RunState.FAILED) and bool(changed),
        can_discard=run.is_checked or run.state is RunState.MAPPING,
        undone=_undone(run),
    )


def columns(run: Run) -> list[ColumnView]:
    """The file's columns; what was chosen before is proposed again."""
    meant = {column: name for name, column in (run.mapping or run.suggested).items()}
    return [
        ColumnView(name=column.name, samples=" · ".join(column.samples), field=meant.get(column.name, ""))
        for column in run.columns
    ]


def counts(run: Run) -> list[CountView]:
    """How the rows ended, or would."""
    words = {
        Outcome.CREATED: "to be created" if run.dry_run else "created",
        Outcome.UPDATED: "to be changed" if run.dry_run else "changed",
        Outcome.UNCHANGED: "as they are",
        Outcome.REFUSED: "refused",
    }
    return [CountView(label=word, count=f"{getattr(run, outcome):,}") for outcome, word in words.items()]


def rows(run: Run, outcome: Outcome) -> list[RowView]:
    """The first rows that end in this way, in the file's order."""
    found = sorted((row for row in run.preview if row.outcome is outcome), key=lambda row: row.line)
    return [_row(row) for row in found]


def listed(runs: Sequence[Run], *, base: str, now: datetime) -> list[RunView]:
    """The imports of a shop."""
    return [
        RunView(
            href=f"{base}/imports/{run.id}",
            name=run.file_name,
            when=views.when(run.created_at, now=now),
            label=_label(run),
            tone=_tone(run),
            told=_told(run),
            percent=_percent(run),
            pace=pace(run),
            is_going=run.state in (RunState.RUNNING, RunState.UNDOING),
        )
        for run in runs
    ]


def pace(run: Run) -> str:
    """How fast it goes and how long it still takes, once both can be said."""
    left, took = run.remaining, run.took.total_seconds()
    if left is None or took < 0.3:
        return ""
    of_it = run.changes if run.state is RunState.UNDOING else run.rows
    what = "listings" if run.state is RunState.UNDOING else "rows"
    return f"{of_it * run.share / took:,.0f} {what} a second · {_left(left)}"


def _stage(run: Run) -> str:
    if run.is_checked:
        return "checked"
    return "running" if run.state is RunState.UNDOING else str(run.state)


def _label(run: Run) -> str:
    if run.is_checked:
        return "Checked, not run"
    if run.dry_run and run.state in (RunState.QUEUED, RunState.RUNNING):
        return "Being checked"
    return "Checked" if run.dry_run and run.state is RunState.FINISHED else _LABELS[run.state]


def _tone(run: Run) -> str:
    if run.state in (RunState.REFUSED, RunState.FAILED):
        return "bad"
    return "good" if run.state is RunState.FINISHED and not run.dry_run else "quiet"


def _doing(run: Run) -> str:
    if run.state is RunState.UNDOING:
        return "Putting back what was there before"
    return "Checking what would change" if run.dry_run else "Importing"


def _percent(run: Run) -> int:
    return int(run.share * 100)


def _progress(run: Run) -> str:
    if run.state in (RunState.UNDOING, RunState.UNDONE):
        return f"{run.restored + run.kept:,} of {run.changes:,} listings"
    return f"{run.done:,} of {run.rows:,} rows"


def _undone(run: Run) -> str:
    if run.state is not RunState.UNDONE:
        return ""
    kept = f" {run.kept:,} were changed since the import, and stay as they are." if run.kept else ""
    return f"{run.restored:,} listings are as they were before the import.{kept}"


def _told(run: Run) -> str:
    if run.state is RunState.REFUSED:
        return run.message
    if not run.rows:
        return ""
    parts = [f"{each.count} {each.label}" for each in counts(run) if each.count != "0"]
    return f"{run.rows:,} rows: {', '.join(parts)}" if parts else f"{run.rows:,} rows"


def _row(row: Preview) -> RowView:
    differences = [DifferenceView(each.field, each.before or "–", each.after or "–") for each in row.differences]
    return RowView(line=f"{row.line:,}", title=row.title, note=row.note, differences=differences)


def _left(left: timedelta) -> str:
    seconds = left.total_seconds()
    if seconds < 2:
        return "a moment left"
    if seconds < 90:
        return f"about {seconds:.0f} seconds left"
    return f"about {seconds / 60:.0f} minutes left"
