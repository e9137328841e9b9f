"""Texts of the import pages."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from platform_app.domain.imports.rules import encodings, plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import Outcome, RunState
from platform_app.domain.imports.schemas import Preview, Run
from platform_app.presenters.shared import relative_time

# The fields that a column can be matched to, in the order of the list; the first two are required.
FIELDS = (
    ("title", "Title"), ("price", "Price"), ("description", "Description"), ("quantity", "Quantity in stock"),
    ("sku", "SKU"), ("key", "Your own ID"), ("category", "Category"), ("tags", "Tags"), ("image_urls", "Picture URLs"),
    ("compare_at", "Original price"), ("condition", "Condition"), ("status", "Status"),
    ("option", "Option named after the column"), ("currency", "Currency"),
    ("option1_name", "Option 1: name"), ("option1_value", "Option 1: value"),
    ("option2_name", "Option 2: name"), ("option2_value", "Option 2: value"),
    ("option3_name", "Option 3: name"), ("option3_value", "Option 3: value"),
    ("attributes", "Attributes (JSON)"), ("pictures", "Gallery"), ("picture_texts", "Gallery alt texts"),
    ("variant_picture", "Variant picture"), ("barcode", "Barcode (GTIN)"), ("weight", "Weight"),
    ("weight_unit", "Unit of the weight"), ("measure", "Content of one item"), ("base_measure", "Unit price per"),
)  # fmt: skip
_FORMATS: dict[str, str] = {
    Format.PLAZA: "Plaza’s own CSV",
    Format.SHOPIFY: "Shopify export",
    Format.WOOCOMMERCE: "WooCommerce export",
    Format.SQUARESPACE: "Squarespace export",
    Format.WIX: "Wix export",
    Format.ETSY: "Etsy listings",
    Format.MAGENTO: "Magento export",
    Format.PRESTASHOP: "PrestaShop products",
    Format.BIGCOMMERCE: "BigCommerce export",
    Format.EBAY: "eBay listings",
    Format.GOOGLE: "Google Merchant feed",
}
_ENCODINGS = {**encodings.LABELS, "xlsx": "Excel workbook", "xml": "XML"}
_LABELS = {
    RunState.UPLOADING: "Uploading",
    RunState.INSPECTING: "Analysing",
    RunState.MAPPING: "Match columns",
    RunState.QUEUED: "Waiting",
    RunState.RUNNING: "Running",
    RunState.FINISHED: "Finished",
    RunState.REFUSED: "Not imported",
    RunState.UNDOING: "Undoing",
    RunState.UNDONE: "Undone",
    RunState.FAILED: "Stopped early",
    RunState.DISCARDED: "Discarded",
}


@dataclass(frozen=True)
class ColumnView:
    """A column of the file, sample values and the suggested field."""

    name: str
    samples: str
    field: str


@dataclass(frozen=True)
class DifferenceView:
    """A field that changes, with both values."""

    field: str
    before: str
    after: str


@dataclass(frozen=True)
class PreviewRowView:
    """A sample row with a certain outcome."""

    line: str
    title: str
    note: str
    differences: list[DifferenceView] = field(default_factory=list)


@dataclass(frozen=True)
class CountView:
    """The number of rows with an outcome."""

    label: str
    count: str


@dataclass(frozen=True)
class ImportView:
    """An import; `stage` selects what the page shows, `api_url` is its URL in the API."""

    stage: str = ""
    api_url: str = ""
    name: str = ""
    file_details: str = ""
    label: str = ""
    message: str = ""
    remark: str = ""
    action_text: str = ""
    percent: int = 0
    progress: str = ""
    pace: str = ""
    known_format: str = ""  # the name of its format, if the columns need no mapping
    format_code: str = ""
    is_mapped: bool = False
    as_drafts: bool = False
    can_run: bool = False
    can_undo: bool = False
    can_discard: bool = False
    undo_summary: str = ""


@dataclass(frozen=True)
class ImportRowView:
    """An import in a list."""

    href: str
    name: str
    when: str
    label: str
    tone: str
    summary: str
    percent: int
    pace: str
    is_running: bool


def import_details(run: Run, *, api_url: str) -> ImportView:
    """An import and its progress."""
    stage = _stage(run)
    changed = run.created + run.updated
    return ImportView(
        stage=stage,
        api_url=api_url,
        name=run.file_name,
        file_details=" · ".join(
            fact for fact in (_FORMATS.get(run.format, ""), _ENCODINGS.get(run.encoding, "")) if fact
        ),
        label=_label(run),
        message=run.message,
        remark=run.remark,
        action_text=_action_text(run),
        percent=_percent(run),
        progress=_progress(run),
        pace=pace(run),
        known_format=_FORMATS.get(run.format, "") if not run.mapping else "",
        format_code=run.format,
        is_mapped=bool(run.mapping),
        as_drafts=run.as_drafts,
        can_run=run.is_checked and bool(changed),
        can_undo=not run.dry_run and run.state in (RunState.FINISHED, RunState.FAILED) and bool(changed),
        can_discard=run.is_checked or run.state is RunState.MAPPING,
        undo_summary=_undo_summary(run),
    )


def columns(run: Run) -> list[ColumnView]:
    """The file's columns, with the earlier mapping if there is one."""
    mapping = run.mapping or run.suggested
    fields_by_column = {column: plaza.base_field(name) for name, column in mapping.items()}
    return [
        ColumnView(name=column.name, samples=" · ".join(column.samples), field=fields_by_column.get(column.name, ""))
        for column in run.columns
    ]


def counts(run: Run) -> list[CountView]:
    """The number of rows by outcome, or by expected outcome."""
    labels = {
        Outcome.CREATED: "to be created" if run.dry_run else "created",
        Outcome.UPDATED: "to be changed" if run.dry_run else "changed",
        Outcome.UNCHANGED: "unchanged",
        Outcome.REFUSED: "refused",
    }
    return [CountView(label=label, count=f"{getattr(run, outcome):,}") for outcome, label in labels.items()]


def preview_rows(run: Run, outcome: Outcome) -> list[PreviewRowView]:
    """Sample rows with this outcome, in the file's order."""
    found = sorted((row for row in run.preview if row.outcome is outcome), key=lambda row: row.line)
    return [_preview_row(row) for row in found]


def import_rows(runs: Sequence[Run], *, base_url: str, now: datetime) -> list[ImportRowView]:
    """A shop's imports."""
    return [
        ImportRowView(
            href=f"{base_url}/imports/{run.id}",
            name=run.file_name,
            when=relative_time(run.created_at, now=now),
            label=_label(run),
            tone=_tone(run),
            summary=_summary(run),
            percent=_percent(run),
            pace=pace(run),
            is_running=run.state in (RunState.RUNNING, RunState.UNDOING),
        )
        for run in runs
    ]


def pace(run: Run) -> str:
    """The speed and the remaining time, once they are known."""
    remaining, elapsed_seconds = run.remaining, run.elapsed.total_seconds()
    if remaining is None or elapsed_seconds < 0.3:
        return ""
    total = run.changes if run.state is RunState.UNDOING else run.rows
    unit = "listings" if run.state is RunState.UNDOING else "rows"
    return f"{total * run.progress / elapsed_seconds:,.0f} {unit} a second · {_time_left(remaining)}"


def _stage(run: Run) -> str:
    if run.is_checked:
        return "checked"
    return "running" if run.state is RunState.UNDOING else str(run.state)


def _label(run: Run) -> str:
    if run.is_checked:
        return "Checked, not imported"
    if run.dry_run and run.state in (RunState.QUEUED, RunState.RUNNING):
        return "Checking"
    return "Checked" if run.dry_run and run.state is RunState.FINISHED else _LABELS[run.state]


def _tone(run: Run) -> str:
    if run.state in (RunState.REFUSED, RunState.FAILED):
        return "bad"
    return "good" if run.state is RunState.FINISHED and not run.dry_run else "quiet"


def _action_text(run: Run) -> str:
    if run.state is RunState.UNDOING:
        return "Undoing the import"
    return "Checking what would change" if run.dry_run else "Importing"


def _percent(run: Run) -> int:
    return int(run.progress * 100)


def _progress(run: Run) -> str:
    if run.state in (RunState.UNDOING, RunState.UNDONE):
        return f"{run.restored + run.kept:,} of {run.changes:,} listings"
    return f"{run.processed_rows:,} of {run.rows:,} rows"


def _undo_summary(run: Run) -> str:
    if run.state is not RunState.UNDONE:
        return ""
    kept_text = f" {run.kept:,} were changed since the import and stay as they are." if run.kept else ""
    return f"The import was undone for {run.restored:,} listings.{kept_text}"


def _summary(run: Run) -> str:
    if run.state is RunState.REFUSED:
        return run.message
    if not run.rows:
        return ""
    parts = [f"{each.count} {each.label}" for each in counts(run) if each.count != "0"]
    return f"{run.rows:,} rows: {', '.join(parts)}" if parts else f"{run.rows:,} rows"


def _preview_row(row: Preview) -> PreviewRowView:
    differences = [DifferenceView(each.field, each.before or "–", each.after or "–") for each in row.differences]
    return PreviewRowView(line=f"{row.line:,}", title=row.title, note=row.note, differences=differences)


def _time_left(remaining: timedelta) -> str:
    seconds = remaining.total_seconds()
    if seconds < 2:
        return "a few seconds left"
    if seconds < 90:
        return f"about {seconds:.0f} seconds left"
    return f"about {seconds / 60:.0f} minutes left"
