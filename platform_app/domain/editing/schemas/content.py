"""The content of an edit, with numbers as typed, and the operations that change it."""

from collections.abc import Callable
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
_EDITABLE_COLUMNS = frozenset(("price", "compare_at", "stock", "sku", "is_offered"))


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Option(_Frozen):
    """An option that buyers choose from, such as size, with its values."""

    name: Label = ""
    values: tuple[Label, ...] = Field(default=(), max_length=rules.MAX_OPTION_VALUES)


class VariantContent(_Frozen):
    """One row of the variant grid; an empty `stock` is untracked, and one equal to `stock_was` is not written."""

    id: UUID | None = None
    choice: tuple[Label, ...] = Field(default=(), max_length=MAX_OPTIONS)
    price: NumberText = ""
    compare_at: NumberText = ""
    stock: NumberText = ""
    stock_was: NumberText | None = None
    sku: Annotated[SingleLine, Field(max_length=MAX_SKU)] = ""
    picture: UUID | None = None
    is_offered: bool = True

    def with_cell(self, name: str, value: object) -> Self:
        """The row with one column replaced."""
        return self.model_validate({**dict(self), name: value})


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
    """A listing's content during editing; it may be incomplete."""

    title: Annotated[SingleLine, Field(max_length=MAX_TITLE)] = ""
    description: Annotated[MultilineText, Field(max_length=MAX_DESCRIPTION)] = ""
    category: Annotated[str, Field(pattern=SLUG_PATTERN.pattern)] | None = None
    condition: Condition = Condition.NEW
    tags: tuple[Label, ...] = Field(default=(), max_length=MAX_TAGS)
    attributes: dict[AttributeText, AttributeText] = Field(default={}, max_length=MAX_ATTRIBUTES)
    options: tuple[Option, ...] = Field(default=(), max_length=MAX_OPTIONS)
    variants: tuple[VariantContent, ...] = Field(default=(VariantContent(),), max_length=MAX_VARIANTS)
    pictures: tuple[PictureContent, ...] = Field(default=(), max_length=MAX_PICTURES)

    @property
    def options_with_values(self) -> tuple[Option, ...]:
        """The options with values: only these are part of a variant's choice."""
        return tuple(option for option in self.options if option.values)

    def with_option(self, name: str) -> Self:
        """Add an option without values."""
        name = rules.single_line(name)
        if not name or name.casefold() in {option.name.casefold() for option in self.options}:
            raise InvalidEdit(fields={"option": "Enter a new option name, such as Size."})
        if len(self.options) >= MAX_OPTIONS:
            raise InvalidEdit(fields={"option": f"A listing can have at most {MAX_OPTIONS} options."})
        return self._replace(options=(*self.options, Option(name=name)))

    def with_value(self, index: int, value: str) -> Self:
        """Add a value: an option's first value applies to every variant, later values add rows to the grid."""
        option, value = self._option(index), rules.single_line(value)
        if not value or value.casefold() in {each.casefold() for each in option.values}:
            raise InvalidEdit(fields={"value": "Enter a value that this option doesn't have yet."})
        grown = self._replace_option(index, option.model_copy(update={"values": (*option.values, value)}))
        if not rules.is_within_variant_limit([len(each.values) for each in grown.options_with_values]):
            raise InvalidEdit(fields={"value": f"This would make more than {MAX_VARIANTS} combinations."})
        if option.values:
            return grown.with_variant_grid()
        at = [each for each, one in enumerate(self.options) if one.values and each < index]
        return grown._map_choices(
            lambda row: (*row.choice[: len(at)], value, *row.choice[len(at) :])
        ).with_variant_grid()

    def with_renamed_value(self, index: int, old: str, new: str) -> Self:
        """Rename a value; its variants keep their ids and everything else."""
        option, new = self._option(index), rules.single_line(new)
        others = {each.casefold() for each in option.values if each != old}
        if old not in option.values or not new or new.casefold() in others:
            raise InvalidEdit(fields={"value": "Enter a name that no other value has."})
        values = tuple(new if each == old else each for each in option.values)
        at = self._choice_index(index)
        changed = self._replace_option(index, option.model_copy(update={"values": values}))
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
        return self._replace_option(index, remaining)._replace(variants=rows).with_variant_grid()

    def without_option(self, index: int, *, keep_name: bool = False) -> Self:
        """Remove an option, or with `keep_name` only its values. Of the rows that become equal, the first stays."""
        option = self._option(index)
        rows = self.variants
        if option.values:
            at, first = self._choice_index(index), dict[tuple[str, ...], VariantContent]()
            for row in sorted(self.variants, key=lambda row: not row.is_offered):
                choice = (*row.choice[:at], *row.choice[at + 1 :])
                first.setdefault(choice, row.model_copy(update={"choice": choice}))
            rows = tuple(first.values())
        if keep_name:
            return self._replace_option(index, Option(name=option.name))._replace(variants=rows).with_variant_grid()
        options = tuple(each for number, each in enumerate(self.options) if number != index)
        return self._replace(options=options, variants=rows).with_variant_grid()

    def with_cell(self, index: int, name: str, value: object) -> Self:
        """Set one cell of the grid, as typed."""
        if not 0 <= index < len(self.variants) or name not in _EDITABLE_COLUMNS:
            raise InvalidEdit(fields={"variants": "This row doesn't exist."})
        rows = list(self.variants)
        rows[index] = rows[index].with_cell(name, value)
        return self._replace(variants=tuple(rows))

    def with_all_cells(self, name: str, value: object) -> Self:
        """Set one column in every row of the grid."""
        if name not in _EDITABLE_COLUMNS:
            raise InvalidEdit(fields={"variants": "This column doesn't exist."})
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
        """Build a row for every combination of values; existing rows stay, new rows copy the first row's prices."""
        known = {row.choice: row for row in self.variants}
        sizes = [option.values for option in self.options_with_values]
        if not rules.is_within_variant_limit([len(values) for values in sizes]):
            return self
        pattern = self.variants[0] if self.variants else VariantContent()
        new = VariantContent(price=pattern.price, compare_at=pattern.compare_at)
        rows = (known.get(choice) or new.model_copy(update={"choice": choice}) for choice in product(*sizes))
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
