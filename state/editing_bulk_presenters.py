"""Bulk actions on listings: the question before, the values before and after, and how to undo it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from math import ceil

from platform_app.domain.editing.rules import BulkAction
from platform_app.domain.editing.schemas import BulkFailure, BulkPreview, BulkRequest, DeletedParts, Undo
from platform_app.presenters.shared import price_range


@dataclass(frozen=True)
class RefusedView:
    """A listing that a bulk action did not change."""

    title: str
    reason: str


@dataclass(frozen=True)
class BulkRowView:
    """A listing's prices or stock before and after a bulk action; empty if it would be deleted."""

    id: str
    title: str
    before: str
    after: str


@dataclass(frozen=True)
class BulkPreviewView:
    """The question before a bulk action, and what else is to be known; `key` is empty if nothing is asked."""

    key: str = ""
    question: str = ""
    text: str = ""
    confirm: str = ""
    rows: list[BulkRowView] = field(default_factory=list)


@dataclass(frozen=True)
class UndoView:
    """The last bulk action, if it can be undone; otherwise `id` is empty."""

    id: str = ""
    text: str = ""


def refused(found: Sequence[BulkFailure]) -> list[RefusedView]:
    """The listings that a bulk action did not change."""
    return [RefusedView(title=each.title or "Unsaved listing", reason=each.reason) for each in found]


def bulk_preview(found: BulkPreview, request: BulkRequest, *, key: str) -> BulkPreviewView:
    """The question before a bulk action, which names how many listings it changes, and what it changes."""
    listings = count_listings(found.changed)
    questions = {
        BulkAction.PRICE: f"Change the prices of {listings} by {_percent(request.percent)}?",
        BulkAction.STOCK: f"Set the stock of {listings} to {request.quantity:,} for each variant?"
        if request.quantity is not None
        else "",
        BulkAction.UNLIMITED: f"Sell {listings} without a limit?",
        BulkAction.DELETE: f"Delete {listings} for good?",
    }
    to_text = _VALUE_TEXTS.get(request.action, _stock_text)
    return BulkPreviewView(
        key=key,
        question=questions.get(request.action, ""),
        text=_deletion_text(found.deleted, listings=found.changed) if found.deleted else "",
        confirm=f"Delete {listings}" if found.deleted else f"Change {listings}",
        rows=[
            BulkRowView(
                id=str(each.listing_id),
                title=each.title or "Untitled",
                before=to_text(each.before, each.currency),
                after=to_text(each.after, each.currency),
            )
            for each in found.rows
        ],
    )


def undo(found: Undo | None, *, now: datetime) -> UndoView:
    """What can be undone, and for how long."""
    if found is None or found.until <= now:
        return UndoView()
    what = "The prices" if found.action is BulkAction.PRICE else "The stock"
    minutes = ceil((found.until - now).total_seconds() / 60)
    time = f"{minutes} {'minute' if minutes == 1 else 'minutes'}"
    return UndoView(
        id=str(found.id), text=f"{what} of {count_listings(found.listings)} changed. You can undo this for {time}."
    )


def count_listings(count: int) -> str:
    """A number of listings in words."""
    return _count(count, "listing")


def _count(count: int, noun: str) -> str:
    return f"{count:,} {noun if count == 1 else noun + 's'}"


def _deletion_text(deleted: DeletedParts, *, listings: int) -> str:
    """What goes with the listings."""
    parts = [
        *([_count(deleted.variants, "variant")] if deleted.variants else []),
        *([_count(deleted.pictures, "picture")] if deleted.pictures else []),
        "all unsaved changes",
    ]
    text = f"{', '.join(parts[:-1])} and {parts[-1]}" if parts[1:] else parts[0]
    what = f"{text[0].upper()}{text[1:]}"
    if listings == 1:
        return (
            f"{what} go with it. People who liked it keep its title, and its link leads nowhere. This can't be undone."
        )
    return (
        f"{what} go with them. People who liked them keep the titles, and the links lead nowhere. This can't be undone."
    )


def _percent(percent: Decimal | None) -> str:
    return f"{percent.normalize():+f}%".replace("-", "\u2212") if percent is not None else ""


def _prices_text(values: Sequence[int | None], currency: str) -> str:
    amounts = [each for each in values if each is not None]
    return price_range(amounts[0], amounts[-1], currency)


def _stock_text(values: Sequence[int | None], _currency: str) -> str:
    counted = [each for each in values if each is not None]
    if not counted:
        return "No limit"
    numbers = f"{counted[0]:,}" if len(counted) == 1 else f"{counted[0]:,}\u2013{counted[-1]:,}"
    return numbers if None not in values else f"{numbers}, or no limit"


def _no_text(_values: Sequence[int | None], _currency: str) -> str:
    return ""


_VALUE_TEXTS = {BulkAction.PRICE: _prices_text, BulkAction.DELETE: _no_text}
