"""The content of an edit, with numbers as typed, and the operations that change it."""

from collections.abc import Callable, Iterable, Sequence
from itertools import product
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from platform_app.domain.catalog.rules import (
    MAX_ALT,
    MAX_ATTRIBUTE,
    MAX_ATTRIBUTES,
    MAX_DESCRIPTION,
    MAX_LABEL,
    MAX_OPTIONS,
    MAX_PICTURES,
    MAX_SKU,
    MAX_SLUG,
    MAX_TAGS,
    MAX_TITLE,
    MAX_VARIANTS,
    SLUG_PATTERN,
    Condition,
)
from platform_app.domain.editing import rules
from platform_app.domain.editing.errors import InvalidEdit

SingleLine = Annotated[str, AfterValidator(rules.single_line)]
Label = Annotated[SingleLine, Field(max_length=MAX_LABEL)]
AttributeText = Annotated[SingleLine, Field(max_length=MAX_ATTRIBUTE)]
NumberText = Annotated[SingleLine, Field(max_length=rules.MAX_NUMBER_LENGTH)]
MultilineText = Annotated[str, AfterValidator(rules.strip_unprintable)]
_EDITABLE_COLUMNS = frozenset(
    ("price", "compare_at", "stock", "sku", "barcode", "weight", "measure", "base_measure", "picture", "is_offered")
)
_TEXT_FIELDS = frozenset(("title", "slug", "description", "category", "condition", "tags"))
_FILLED_COLUMNS = frozenset(("price", "stock"))  # which cannot be emptied in all rows at once


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Frozen):
    """An option that buyers choose from, such as size, with its values."""

    name: Label = ""
    values: tuple[Label, ...] = Field(default=(), max_length=rules.MAX_OPTION_VALUES)


class VariantContent(_Frozen):
    """One row of the variant grid; an empty `stock` is untracked, and one equal to `stock_was` is not written.

    A `barcode`, `weight`, `measure` or `base_measure` that is null stays as it is stored.
    """

    id: UUID | None = None
    choice: tuple[Label, ...] = Field(default=(), max_length=MAX_OPTIONS)
    price: NumberText = ""
    compare_at: NumberText = ""
    stock: NumberText = ""
    stock_was: NumberText | None = None
    sku: Annotated[SingleLine, Field(max_length=MAX_SKU)] = ""
    barcode: NumberText | None = None
    weight: NumberText | None = None
    measure: NumberText | None = None
    base_measure: NumberText | None = None
    picture: UUID | None = None
    is_offered: bool = True

    def with_cell(self, name: str, value: object) -> Self:
        """The row with one column replaced; an empty picture is none."""
        is_none = name == "picture" and value == ""
        return self.model_validate({**dict(self), name: None if is_none else value})


class RemovedVariant(_Frozen):
    """A row that left the grid, and the names of the options of its choice: it comes back with its own cells.

    `is_in_grid` means that the row was there, but not offered, when the edit was saved: the grid still shows it.
    """

    names: tuple[Label, ...] = Field(default=(), max_length=MAX_OPTIONS)
    row: VariantContent
    is_in_grid: bool = False

    @property
    def key(self) -> frozenset[tuple[str, str]]:
        """What the row is a variant of, in any order of the options."""
        return _choice_key(self.names, self.row.choice)

    def without_id(self) -> Self:
        """The row once its variant is gone."""
        return self.model_copy(update={"row": _without_id(self.row)})


class PictureContent(_Frozen):
    """A picture of the listing: one of the shop's pictures, or an upload that is or will become one."""

    picture_id: UUID | None = None
    upload_id: UUID | None = None
    alt: Annotated[SingleLine, Field(max_length=MAX_ALT)] = ""

    @property
    def key(self) -> str:
        """The picture's stable key in the edit; it does not change when an upload becomes a picture."""
        return str(self.upload_id or self.picture_id)


class ListingContent(_Frozen):
    """A listing's content during editing; it may be incomplete.

    `slug` is the web address that the seller chose; if it is empty, a new listing gets that of its title, and others keep
    theirs.
    """

    title: Annotated[SingleLine, Field(max_length=MAX_TITLE)] = ""
    slug: Annotated[SingleLine, Field(max_length=MAX_SLUG)] = ""
    description: Annotated[MultilineText, Field(max_length=MAX_DESCRIPTION)] = ""
    category: Annotated[str, Field(pattern=SLUG_PATTERN.pattern)] | None = None
    condition: Condition = Condition.NEW
    tags: tuple[Label, ...] = Field(default=(), max_length=MAX_TAGS)
    attributes: dict[AttributeText, AttributeText] = Field(default={}, max_length=MAX_ATTRIBUTES)
    options: tuple[Option, ...] = Field(default=(), max_length=MAX_OPTIONS)
    variants: tuple[VariantContent, ...] = Field(default=(VariantContent(),), max_length=MAX_VARIANTS)
    pictures: tuple[PictureContent, ...] = Field(default=(), max_length=MAX_PICTURES)
    removed: tuple[RemovedVariant, ...] = Field(default=(), max_length=MAX_VARIANTS)

    @property
    def option_names(self) -> tuple[str, ...]:
        """The names of the options that are part of a variant's choice."""
        return tuple(option.name for option in self.options_with_values)

    @property
    def options_with_values(self) -> tuple[Option, ...]:
        """The options with values: only these are part of a variant's choice."""
        return tuple(option for option in self.options if option.values)

    def with_field(self, name: str, text: str) -> Self:
        """Set a plain field, as typed; commas separate tags, and an empty category is none."""
        if name not in _TEXT_FIELDS:
            raise InvalidEdit(fields={name: "There is no such field."})
        value: object = text
        if name == "tags":
            value = tuple(tag for tag in map(str.strip, text.split(",")) if tag)
        if name == "category":
            value = text or None
        return self._replace(**{name: value})

    def with_option(self, name: str) -> Self:
        """Add an option without values."""
        name = rules.single_line(name)
        if not name or name.casefold() in {option.name.casefold() for option in self.options}:
            raise InvalidEdit(fields={"option": "Enter a new option name, such as Size."})
        if len(self.options) >= MAX_OPTIONS:
            raise InvalidEdit(fields={"option": f"A listing can have at most {MAX_OPTIONS} options."})
        return self._replace(options=(*self.options, Option(name=name)))

    def with_value(self, index: int, value: str) -> Self:
        """Add a value: an option's first value applies to every variant, later values add rows to the grid.

        Rows that this value had before it was removed come back with their own cells.
        """
        option, value = self._option(index), rules.single_line(value)
        if not value or value.casefold() in {each.casefold() for each in option.values}:
            raise InvalidEdit(fields={"value": "Enter a value that this option doesn't have yet."})
        grown = self._replace_option(index, option.model_copy(update={"values": (*option.values, value)}))
        if not rules.is_within_variant_limit([len(each.values) for each in grown.options_with_values]):
            raise InvalidEdit(fields={"value": f"This would make more than {MAX_VARIANTS} combinations."})
        if option.values:
            return grown.with_variant_grid()
        at = [each for each, one in enumerate(self.options) if one.values and each < index]
        mapped = grown._map_choices(lambda row: (*row.choice[: len(at)], value, *row.choice[len(at) :]))
        return mapped._without_restorable_rows().with_variant_grid()

    def with_renamed_value(self, index: int, old: str, new: str) -> Self:
        """Rename a value; its variants keep their ids and everything else."""
        option, new = self._option(index), rules.single_line(new)
        others = {each.casefold() for each in option.values if each != old}
        if old not in option.values or not new or new.casefold() in others:
            raise InvalidEdit(fields={"value": "Enter a name that no other value has."})
        values = tuple(new if each == old else each for each in option.values)
        at = self._choice_index(index)
        removed = tuple(_with_value(each, option.name, old, new) for each in self.removed)
        changed = self._replace_option(index, option.model_copy(update={"values": values}))._replace(removed=removed)
        return changed._map_choices(
            lambda row: (*row.choice[:at], new, *row.choice[at + 1 :]) if row.choice[at] == old else row.choice
        )

    def without_value(self, index: int, value: str) -> Self:
        """Remove a value and its rows; without its last value, an option leaves the grid."""
        option = self._option(index)
        if option.values in ((), (value,)):
            return self.without_option(index, keep_name=True)
        at = self._choice_index(index)
        remaining = option.model_copy(update={"values": tuple(each for each in option.values if each != value)})
        rows = tuple(row for row in self.variants if row.choice[at] != value)
        removed = self._removed_with(row for row in self.variants if row.choice[at] == value)
        return self._replace_option(index, remaining)._replace(variants=rows, removed=removed).with_variant_grid()

    def without_option(self, index: int, *, keep_name: bool = False) -> Self:
        """Remove an option, or with `keep_name` only its values. Of the rows that become equal, the first stays."""
        option = self._option(index)
        rows, removed = self.variants, self.removed
        if option.values:
            removed = self._removed_with(rows)
            at, first = self._choice_index(index), dict[tuple[str, ...], VariantContent]()
            for row in sorted(self.variants, key=lambda row: not row.is_offered):
                choice = (*row.choice[:at], *row.choice[at + 1 :])
                first.setdefault(choice, row.model_copy(update={"choice": choice}))
            rows = tuple(first.values())
        if keep_name:
            named = self._replace_option(index, Option(name=option.name))
            return named._replace(variants=rows, removed=removed).with_variant_grid()
        options = tuple(each for number, each in enumerate(self.options) if number != index)
        return self._replace(options=options, variants=rows, removed=removed).with_variant_grid()

    def with_cell(self, index: int, name: str, value: object) -> Self:
        """Set one cell of the grid, as typed."""
        if not 0 <= index < len(self.variants) or name not in _EDITABLE_COLUMNS:
            raise InvalidEdit(fields={"variants": "This row doesn't exist."})
        rows = list(self.variants)
        rows[index] = rows[index].with_cell(name, value)
        return self._replace(variants=tuple(rows))

    def with_all_cells(self, name: str, value: object) -> Self:
        """Set one column in every row of the grid; an empty price or stock is refused, so that none is lost by accident."""
        if name not in _EDITABLE_COLUMNS:
            raise InvalidEdit(fields={"variants": "This column doesn't exist."})
        if name in _FILLED_COLUMNS and not str(value).strip():
            raise InvalidEdit(fields={"variants": "Enter a value to apply to all variants."})
        return self._replace(variants=tuple(row.with_cell(name, value) for row in self.variants))

    def with_upload(self, upload_id: UUID) -> Self:
        """Add a picture that is still uploading; adding it again changes nothing."""
        if any(each.upload_id == upload_id for each in self.pictures):
            return self
        if len(self.pictures) >= MAX_PICTURES:
            raise InvalidEdit(fields={"pictures": f"A listing can have at most {MAX_PICTURES} pictures."})
        return self._replace(pictures=(*self.pictures, PictureContent(upload_id=upload_id)))

    def with_moved_picture(self, key: str, index: int) -> Self:
        """Move a picture to another position."""
        moved = [each for each in self.pictures if each.key == key]
        rest = [each for each in self.pictures if each.key != key]
        index = max(0, min(index, len(rest)))
        return self._replace(pictures=(*rest[:index], *moved, *rest[index:]))

    def with_alt(self, key: str, alt: str) -> Self:
        """Set a picture's alternative text."""
        pictures = (
            PictureContent.model_validate({**each.model_dump(), "alt": alt}) if each.key == key else each
            for each in self.pictures
        )
        return self._replace(pictures=tuple(pictures))

    def without_picture(self, key: str) -> Self:
        """Remove a picture."""
        return self._replace(pictures=tuple(each for each in self.pictures if each.key != key))

    def with_attribute(self, name: str, value: str) -> Self:
        """Set an attribute; an empty value removes it."""
        rest = {each: current for each, current in self.attributes.items() if each != rules.single_line(name)}
        return self._replace(attributes={**rest, **({name: value} if rules.single_line(value) else {})})

    def with_variant_grid(self) -> Self:
        """Build a row for every combination of values.

        Existing rows stay, and removed rows come back. A new row copies the first row's prices; it starts at 0 in stock if
        any other row counts its stock, and without a limit otherwise.
        """
        sizes = [option.values for option in self.options_with_values]
        if not rules.is_within_variant_limit([len(values) for values in sizes]):
            return self
        known = {row.choice: row for row in self.variants}
        removed = {each.key: each.row for each in self.removed}
        used = {row.id for row in self.variants}
        names = self.option_names
        choices = tuple(product(*sizes))
        found = [
            known.get(choice) or _restored(removed.pop(_choice_key(names, choice), None), choice, used=used)
            for choice in choices
        ]
        present = [row for row in found if row]
        pattern = next(iter((*present, *self.variants)), VariantContent())
        stock = "0" if any(row.stock for row in present) else ""
        new = VariantContent(price=pattern.price, compare_at=pattern.compare_at, stock=stock)
        rows = (row or new.model_copy(update={"choice": choice}) for row, choice in zip(found, choices, strict=True))
        kept = tuple(each for each in self.removed if each.key in removed)
        return self._replace(variants=tuple(rows), removed=kept)

    def with_removed(self, removed: Iterable[RemovedVariant]) -> Self:
        """The content that remembers these rows; the variants of which they once were are gone."""
        return self._replace(removed=tuple(removed)[-MAX_VARIANTS:])

    @property
    def unoffered(self) -> tuple[RemovedVariant, ...]:
        """The rows that were removed, and those of the grid that are not offered."""
        rows = [row for row in self.variants if not row.is_offered]
        in_grid = {_choice_key(self.option_names, row.choice) for row in rows}
        return tuple(each.model_copy(update={"is_in_grid": each.key in in_grid}) for each in self._removed_with(rows))

    def _removed_with(self, rows: Iterable[VariantContent]) -> tuple[RemovedVariant, ...]:
        """The removed rows and these ones, the newest last; a row replaces an older one of the same choice."""
        names = self.option_names
        added = {_choice_key(names, row.choice): RemovedVariant.model_construct(names=names, row=row) for row in rows}
        older = (each for each in self.removed if each.key not in added)
        return (*older, *added.values())[-MAX_VARIANTS:]

    def _without_restorable_rows(self) -> Self:
        """Leave out rows that nobody has changed since an option was removed, and for which a removed row comes back."""
        names, keys = self.option_names, {each.key for each in self.removed}
        unchanged = {each.row.model_copy(update={"choice": ()}) for each in self.removed}
        rows = (
            row
            for row in self.variants
            if _choice_key(names, row.choice) not in keys or row.model_copy(update={"choice": ()}) not in unchanged
        )
        return self._replace(variants=tuple(rows))

    def _option(self, index: int) -> Option:
        if not 0 <= index < len(self.options):
            raise InvalidEdit(fields={"option": "This option doesn't exist."})
        return self.options[index]

    def _choice_index(self, index: int) -> int:
        return sum(1 for option in self.options[:index] if option.values)

    def _replace_option(self, index: int, option: Option) -> Self:
        checked = Option.model_validate(dict(option))
        return self._replace(options=(*self.options[:index], checked, *self.options[index + 1 :]))

    def _map_choices(self, choose: Callable[[VariantContent], tuple[str, ...]]) -> Self:
        rows = (VariantContent.model_validate({**dict(row), "choice": choose(row)}) for row in self.variants)
        return self._replace(variants=tuple(rows))

    def _replace(self, **values: object) -> Self:
        # Rows and options are already validated; passing 500 of them as they are is 100 times faster than dumping them.
        return self.model_validate({**dict(self), **values})


def _choice_key(names: Sequence[str], choice: Sequence[str]) -> frozenset[tuple[str, str]]:
    """A choice as pairs of an option and a value, without regard to case and order."""
    return frozenset((name.casefold(), value.casefold()) for name, value in zip(names, choice, strict=False))


def _restored(row: VariantContent | None, choice: tuple[str, ...], *, used: set[UUID | None]) -> VariantContent | None:
    """A removed row for the grid; without its id if another row has become that variant."""
    if row is None:
        return None
    own = _without_id(row) if row.id in used else row
    return own.model_copy(update={"choice": choice})


def _without_id(row: VariantContent) -> VariantContent:
    return row.model_copy(update={"id": None, "stock_was": None})


def _with_value(removed: RemovedVariant, name: str, old: str, new: str) -> RemovedVariant:
    """A removed row after the value of an option was renamed."""
    choice = tuple(
        new if (each.casefold(), value) == (name.casefold(), old) else value
        for each, value in zip(removed.names, removed.row.choice, strict=False)
    )
    return removed.model_copy(update={"row": removed.row.model_copy(update={"choice": choice})})
