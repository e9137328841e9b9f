"""A seller's listings as their browser gets them: ready text, and fields as they were typed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from babel.dates import format_date

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.catalog.schemas import Category
from platform_app.domain.editing.schemas import Edit, Prices, Refused, Row
from platform_app.domain.editing.schemas.content import Content
from platform_app.domain.media import rules as media
from platform_app.domain.media.rules import PictureState, UploadState
from platform_app.domain.search.schemas import Habit
from platform_app.domain.shared.money import display, parse_amount

STATUS = {Status.DRAFT: "Draft", Status.PUBLISHED: "For sale", Status.ARCHIVED: "Archived"}
USUAL = ("Brand", "Colour", "Material", "Size")


@dataclass(frozen=True)
class RowView:
    """A listing in the table; without `href` for whoever may not write it."""

    id: str
    href: str
    title: str
    status: str
    note: str
    price: str
    stock: str
    variants: str
    picture: str
    changed: str


@dataclass(frozen=True)
class RefusedView:
    """A listing that was left as it was."""

    title: str
    reason: str


@dataclass(frozen=True)
class FilterView:
    """A status to filter by."""

    label: str
    href: str
    is_chosen: bool


@dataclass(frozen=True)
class WrittenView:
    """The plain fields of the editor."""

    title: str = ""
    description: str = ""
    category: str = ""
    condition: str = "new"
    tags: str = ""
    currency: str = ""


@dataclass(frozen=True)
class ChoiceView:
    """One of many to choose."""

    value: str
    label: str


@dataclass(frozen=True)
class PropertyView:
    """A property with what is written of it, and what others write."""

    name: str
    value: str
    usual: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class OptionEdit:
    """An option with its values."""

    place: int
    name: str
    labels: list[str]


@dataclass(frozen=True)
class GridRow:
    """A row of the grid as it was when the grid was drawn; `key` stays with it."""

    place: int
    key: str
    label: str
    price: str
    compare_at: str
    stock: str
    sku: str
    is_offered: bool


@dataclass(frozen=True)
class PlaceView:
    """A picture at its place in the editor; `said` is how far it is, while there is nothing to see."""

    key: str
    place: int
    src: str
    alt: str
    said: str
    is_wrong: bool


@dataclass(frozen=True)
class PriceView:
    """What a variant costs, and what the EU has that compared with."""

    label: str
    price: str
    lowest: str
    warning: str


@dataclass(frozen=True)
class StepView:
    """One change of a price."""

    label: str
    before: str
    price: str
    at: str


@dataclass(frozen=True)
class PreviewView:
    """How the listing will look."""

    title: str = ""
    price: str = ""
    picture: str = ""
    description: str = ""
    details: list[str] = field(default_factory=list)


def rows(found: Sequence[Row], *, base: str) -> list[RowView]:
    """The table; `base` is where listings are written, for whoever may."""
    return [
        RowView(
            id=str(each.id),
            href=f"{base}/{each.id}" if base else "",
            title=each.title or "Untitled",
            status=STATUS[each.status],
            note="Unsaved changes" if each.has_edit and each.slug else "Not saved yet" if each.has_edit else "",
            price=_range(each),
            stock="–" if each.stock is None else f"{each.stock:,}",
            variants="" if each.variants < 2 else f"{each.variants} variants",
            picture=_src(each.picture, each.picture_width),
            changed=format_date(each.updated_at, format="medium", locale="en"),
        )
        for each in found
    ]


def refused(found: Sequence[Refused]) -> list[RefusedView]:
    """What could not be done."""
    return [RefusedView(title=each.title or "A listing that was never saved", reason=each.reason) for each in found]


def written(edit: Edit) -> WrittenView:
    """The plain fields."""
    content = edit.content
    return WrittenView(
        title=content.title,
        description=content.description,
        category=content.category or "",
        condition=content.condition.value,
        tags=", ".join(content.tags),
        currency=edit.currency,
    )


def categories(tree: Sequence[Category]) -> list[ChoiceView]:
    """The whole tree, each below its own parent."""
    return [ChoiceView(value=each.slug, label="\u2003" * (each.depth - 1) + each.name) for each in tree]


def conditions() -> list[ChoiceView]:
    """What shape a thing can be in."""
    return [ChoiceView(value=each.value, label=each.label) for each in Condition]


def properties(content: Content, usual: Sequence[Habit]) -> list[PropertyView]:
    """What is written already, and what listings of this category usually say; an option is no property as well."""
    options = {option.name.casefold() for option in content.options}
    known = {each.name: list(each.values) for each in usual if each.name.casefold() not in options}
    told = {name.casefold() for name in (*known, *content.attributes)} | options
    names = dict.fromkeys([*content.attributes, *known, *(name for name in USUAL if name.casefold() not in told)])
    return [
        PropertyView(name=name, value=content.attributes.get(name, ""), usual=known.get(name, [])) for name in names
    ]


def options(content: Content) -> list[OptionEdit]:
    """The options."""
    return [
        OptionEdit(place=place, name=each.name, labels=list(each.values)) for place, each in enumerate(content.options)
    ]


def grid(content: Content) -> list[GridRow]:
    """The grid of variants; without options it has one row, without a name."""
    return [
        GridRow(
            place=place,
            key=" / ".join(row.choice) or "one",
            label=" / ".join(row.choice),
            price=row.price,
            compare_at=row.compare_at,
            stock=row.stock,
            sku=row.sku,
            is_offered=row.is_offered,
        )
        for place, row in enumerate(content.variants)
    ]


def places(edit: Edit) -> list[PlaceView]:
    """The pictures in their order."""
    return [
        PlaceView(
            key=each.key,
            place=place,
            src=_src(each.content, each.width) if each.state in (PictureState.READY, UploadState.READY) else "",
            alt=each.alt,
            said=_said(each.state, each.reason),
            is_wrong=each.state in (PictureState.FAILED, UploadState.REFUSED),
        )
        for place, each in enumerate(edit.pictures)
    ]


def prices(found: Prices) -> list[PriceView]:
    """What each variant costs."""
    return [
        PriceView(
            label=" / ".join(each.choice) or "Price",
            price=display(each.price.amount, each.price.currency),
            lowest=display(each.lowest.amount, each.lowest.currency),
            warning="The former price is higher than that. In the EU, compare with this one."
            if each.is_overstated
            else "",
        )
        for each in found.variants
    ]


def steps(found: Prices) -> list[StepView]:
    """How the prices came about."""
    return [
        StepView(
            label=" / ".join(each.choice),
            before=display(each.before.amount, each.before.currency),
            price=display(each.price.amount, each.price.currency),
            at=format_date(each.at, format="medium", locale="en"),
        )
        for each in found.steps
    ]


def preview(edit: Edit) -> PreviewView:
    """How it will look, as far as it is written."""
    amounts = [parse_amount(row.price, edit.currency) for row in edit.content.variants if row.is_offered]
    known = [amount for amount in amounts if amount]
    first = next((each for each in edit.pictures if each.content), None)
    return PreviewView(
        title=edit.content.title or "Untitled",
        price=("From " if len(set(known)) > 1 else "") + display(min(known), edit.currency) if known else "",
        picture=_src(first.content, first.width) if first else "",
        description=rules.safe_html(edit.content.description),
        details=[f"{name}: {value}" for name, value in edit.content.attributes.items()],
    )


def _src(content: str | None, width: int | None) -> str:
    """The smallest size there is of a picture."""
    return f"/media/pictures/{content}/{media.widths(width)[0]}.webp" if content and width else ""


def _said(state: PictureState | UploadState, reason: str | None) -> str:
    if state in (PictureState.FAILED, UploadState.REFUSED):
        return f"This picture {reason or 'could not be used'}."
    return "" if state in (PictureState.READY, UploadState.READY) else "Being prepared…"


def _range(each: Row) -> str:
    if each.price is None or each.price_max is None:
        return "–"
    low = display(each.price.amount, each.price.currency)
    high = display(each.price_max.amount, each.price_max.currency)
    return low if low == high else f"{low} – {high}"
