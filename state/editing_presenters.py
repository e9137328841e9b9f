"""A seller's listings for the table and the editor: final texts, and fields as they were typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from babel.dates import format_date

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.editing.schemas import Edit, ListingRow, PriceHistory
from platform_app.domain.editing.schemas.content import ListingContent
from platform_app.domain.media import rules as media
from platform_app.domain.media.rules import PictureState, UploadState
from platform_app.domain.search.schemas import CommonAttribute
from platform_app.domain.shared.money import format_money
from platform_app.domain.stock.rules import MAX_QUANTITY

STATUS_LABELS = {Status.DRAFT: "Draft", Status.PUBLISHED: "For sale", Status.ARCHIVED: "Archived"}
DEFAULT_PROPERTIES = ("Brand", "Colour", "Material", "Size")


@dataclass(frozen=True)
class ListingRowView:
    """A listing in the table; `href` is empty if the member may not edit listings."""

    id: str
    href: str
    title: str
    status: str
    note: str
    price: str
    stock: str
    variants: str
    picture: str
    updated: str


@dataclass(frozen=True)
class StatusFilterView:
    """A status to filter by."""

    label: str
    href: str
    is_selected: bool


@dataclass(frozen=True)
class BasicFieldsView:
    """The plain fields of the editor."""

    title: str = ""
    description: str = ""
    category: str = ""
    condition: str = "new"
    tags: str = ""
    currency: str = ""


@dataclass(frozen=True)
class SelectOptionView:
    """An option of a select field."""

    value: str
    label: str


@dataclass(frozen=True)
class PropertyView:
    """A property with its value, and common values of other listings."""

    name: str
    value: str
    suggestions: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OptionEditView:
    """An option with its values."""

    index: int
    name: str
    labels: list[str]


@dataclass(frozen=True)
class VariantRowView:
    """A row of the variants' grid with its initial values; `key` identifies the variant."""

    index: int
    key: str
    label: str
    price: str
    compare_at: str
    stock: str
    sku: str
    barcode: str
    weight: str
    measure: str
    base_measure: str
    picture: str
    is_offered: bool


@dataclass(frozen=True)
class EditorPictureView:
    """A picture in the editor; `status_text` is its progress while it cannot be shown."""

    key: str
    index: int
    src: str
    alt: str
    status_text: str
    is_failed: bool


@dataclass(frozen=True)
class PriceView:
    """A variant's price, and the lowest recent price, with which EU law compares discounts."""

    label: str
    price: str
    lowest: str
    warning: str


@dataclass(frozen=True)
class PriceChangeView:
    """A change of a price."""

    label: str
    before: str
    price: str
    changed_on: str


def rows(found: Sequence[ListingRow], *, base_url: str) -> list[ListingRowView]:
    """The rows of the table; `base_url` is the editor's URL, or empty if the member may not edit listings."""
    return [
        ListingRowView(
            id=str(each.id),
            href=f"{base_url}/{each.id}" if base_url else "",
            title=each.title or "Untitled",
            status=STATUS_LABELS[each.status],
            note="Unsaved changes" if each.has_edit and each.slug else "Not saved yet" if each.has_edit else "",
            price=_price_range(each),
            stock="–" if each.stock is None else f"{each.stock:,}",
            variants="" if each.variants < 2 else f"{each.variants} variants",
            picture=_picture_url(each.picture, each.picture_width),
            updated=format_date(each.updated_at, format="medium", locale="en"),
        )
        for each in found
    ]


def editor_values(edit: Edit, tree: Sequence[Category], suggested: Sequence[CommonAttribute]) -> dict[str, object]:
    """All that the editor shows of an edit, by the variable's name."""
    content = edit.content
    return {
        "name": content.title or "New listing",
        "stage": edit.status.value if edit.status else "",
        "has_changes": edit.is_pending,
        "web_address": edit.web_address,
        "limits_text": limits_text(edit.currency),
        "basic_fields": basic_fields(edit),
        "categories": categories(tree),
        "properties": properties(content, suggested),
        "options": options(content),
        "picture_options": picture_options(edit),
        "variant_rows": variant_rows(content),
        "pictures": pictures(edit),
    }


def basic_fields(edit: Edit) -> BasicFieldsView:
    """The plain fields of the editor."""
    content = edit.content
    return BasicFieldsView(
        title=content.title,
        description=content.description,
        category=content.category or "",
        condition=content.condition.value,
        tags=", ".join(content.tags),
        currency=edit.currency,
    )


def limits_text(currency: str) -> str:
    """The highest price and stock."""
    return f"The highest price is {format_money(rules.MAX_PRICE, currency)}, the highest stock {MAX_QUANTITY:,}."


def categories(tree: Sequence[Category]) -> list[SelectOptionView]:
    """All categories as options, indented by depth."""
    return [SelectOptionView(value=each.slug, label="\u2003" * (each.depth - 1) + each.name) for each in tree]


def conditions() -> list[SelectOptionView]:
    """All conditions as options."""
    return [SelectOptionView(value=each.value, label=each.label) for each in Condition]


def properties(content: ListingContent, suggested: Sequence[CommonAttribute]) -> list[PropertyView]:
    """The listing's properties, and those that are common in its category; options are not repeated as properties."""
    options = {option.name.casefold() for option in content.options}
    known = {each.name: list(each.values) for each in suggested if each.name.casefold() not in options}
    named = {name.casefold() for name in (*known, *content.attributes)} | options
    ordered_names = dict.fromkeys(
        [*content.attributes, *known, *(name for name in DEFAULT_PROPERTIES if name.casefold() not in named)]
    )
    return [
        PropertyView(name=name, value=content.attributes.get(name, ""), suggestions=known.get(name, []))
        for name in ordered_names
    ]


def options(content: ListingContent) -> list[OptionEditView]:
    """The listing's options."""
    return [
        OptionEditView(index=index, name=each.name, labels=list(each.values))
        for index, each in enumerate(content.options)
    ]


def variant_rows(content: ListingContent) -> list[VariantRowView]:
    """The grid of variants; without options, it has one row with an empty label."""
    return [
        VariantRowView(
            index=index,
            key=" / ".join(row.choice) or "one",
            label=" / ".join(row.choice),
            price=row.price,
            compare_at=row.compare_at,
            stock=row.stock,
            sku=row.sku,
            barcode=row.barcode or "",
            weight=row.weight or "",
            measure=row.measure or "",
            base_measure=row.base_measure or "",
            picture=str(row.picture or ""),
            is_offered=row.is_offered,
        )
        for index, row in enumerate(content.variants)
    ]


def pictures(edit: Edit) -> list[EditorPictureView]:
    """The pictures, in order."""
    return [
        EditorPictureView(
            key=each.key,
            index=index,
            src=_picture_url(each.content, each.width) if each.state in (PictureState.READY, UploadState.READY) else "",
            alt=each.alt,
            status_text=_picture_status(each.state, each.reason),
            is_failed=each.state in (PictureState.FAILED, UploadState.REFUSED),
        )
        for index, each in enumerate(edit.pictures)
    ]


def picture_options(edit: Edit) -> list[SelectOptionView]:
    """The pictures that a variant can show."""
    return [
        SelectOptionView(value=str(each.picture_id), label=f"Picture {number}" + (f": {each.alt}" if each.alt else ""))
        for number, each in enumerate(edit.pictures, start=1)
        if each.picture_id
    ]


def prices(found: PriceHistory) -> list[PriceView]:
    """The price of each variant."""
    return [
        PriceView(
            label=" / ".join(each.choice) or "Price",
            price=format_money(each.price.amount, each.price.currency),
            lowest=format_money(each.lowest.amount, each.lowest.currency),
            warning="Your original price is higher than this. In the EU, a discount must be compared with this price."
            if each.is_overstated
            else "",
        )
        for each in found.variants
    ]


def price_changes(found: PriceHistory) -> list[PriceChangeView]:
    """The history of the prices."""
    return [
        PriceChangeView(
            label=" / ".join(each.choice),
            before=format_money(each.before.amount, each.before.currency),
            price=format_money(each.price.amount, each.price.currency),
            changed_on=format_date(each.at, format="medium", locale="en"),
        )
        for each in found.steps
    ]


def _picture_url(content: str | None, width: int | None) -> str:
    """The URL of a picture's smallest size."""
    return f"/media/pictures/{content}/{media.widths(width)[0]}.webp" if content and width else ""


def _picture_status(state: PictureState | UploadState, reason: str | None) -> str:
    if state in (PictureState.FAILED, UploadState.REFUSED):
        return f"This picture {reason or 'could not be used'}."
    return "" if state in (PictureState.READY, UploadState.READY) else "Processing…"


def _price_range(each: ListingRow) -> str:
    if each.price is None or each.price_max is None:
        return "–"
    low = format_money(each.price.amount, each.price.currency)
    high = format_money(each.price_max.amount, each.price_max.currency)
    return low if low == high else f"{low} – {high}"
