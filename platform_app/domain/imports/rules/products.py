"""What every format makes of a product's rows, and the checks they share."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from platform_app.domain.catalog import rules as catalog
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.shared import money
from platform_app.domain.stock.rules import MAX_QUANTITY

_INTEGER = re.compile(r"([+-]?\d+)(?:\.0*)?")


class RowRefused(Exception):
    """One row cannot be used; the message says why."""


@dataclass(frozen=True)
class Product:
    """What became of a product's rows: a draft unless no row was usable, and why each refused line was."""

    listing_input: ListingInput | None
    refused: dict[int, str]


@dataclass
class RowErrors:
    """Collects the reasons row by row, so that one bad variant does not cost the others."""

    reasons: dict[int, str] = field(default_factory=dict)

    def attempt(self, row: Row, read: Callable[[Row], None]) -> None:
        """Read a row; keep the reason when it is refused."""
        try:
            read(row)
        except RowRefused as reason:
            self.reasons[row.line] = str(reason)


def refuse_all(rows: Sequence[Row], reason: str) -> Product:
    """A product of which nothing can be used."""
    return Product(None, {row.line: reason for row in rows})


def build_product(
    rows: Sequence[Row],
    refused: dict[int, str],
    *,
    variants: tuple[VariantInput, ...],
    pictures: tuple[PictureInput, ...],
    **fields: object,
) -> Product:
    """The product's draft; when it breaks a rule of the catalog, all its rows are refused; pictures too many are not shown."""
    if not variants:
        return Product(
            None, {row.line: refused.get(row.line, "no variant of this product could be used") for row in rows}
        )
    shown = pictures[: catalog.MAX_PICTURES]
    fields |= {"pictures": shown, "variants": _drop_missing_pictures(variants, shown)}
    try:
        return Product(ListingInput.model_validate(fields), refused)
    except ValidationError as error:
        return refuse_all(rows, _validation_message(error.errors()[0]))


def parse_price(text: str, *, currency: str, column: str) -> int:
    """A price in minor units; RowRefused for one that is missing, negative, zero, absurd or not a number."""
    if not text.strip():
        raise RowRefused(f"{column} is empty")
    amount = money.parse_amount(text, currency)
    if amount is None:
        raise RowRefused(f'{column} "{text[:30]}" is not an amount in {currency}')
    if amount <= 0:
        raise RowRefused(f"{column} {text[:30]} is not above zero")
    if amount > catalog.MAX_PRICE:
        raise RowRefused(f"{column} {text[:30]} is above the most a listing may cost")
    return amount


def parse_compare_at(text: str, *, currency: str, above: int) -> int | None:
    """The former price where it is a higher one; anything else shows no saving and is left out."""
    amount = money.parse_amount(text, currency) if text.strip() else None
    return amount if amount is not None and above < amount <= catalog.MAX_PRICE else None


def parse_quantity(text: str, *, column: str) -> int:
    """A count of things; oversold stock counts as none."""
    whole_part = _INTEGER.fullmatch(text.strip())
    if not whole_part:
        raise RowRefused(f'{column} "{text[:30]}" is not a whole number')
    count = int(whole_part[1][:20])
    if count > MAX_QUANTITY:
        raise RowRefused(f"{column} {text[:30]} is more than anyone can have")
    return max(0, count)


def parse_tags(text: str) -> tuple[str, ...]:
    """A comma-separated cell as distinct words, in their order."""
    parts = (part.strip()[: catalog.MAX_LABEL] for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))[: catalog.MAX_TAGS]


def is_url(text: str) -> bool:
    """Whether a cell is an address a picture could be fetched from."""
    return text.startswith(("http://", "https://")) and len(text) <= 2000 and not any(char.isspace() for char in text)


def parse_bool(text: str) -> bool:
    """Yes in any of the ways exports say it."""
    return text.strip().lower() in {"1", "true", "yes", "y", "active", "published"}


def require_distinct(seen: dict[tuple[str, ...], int], choice: tuple[str, ...], row: Row) -> None:
    """Refuse a second variant with the same options, and those that are too many."""
    if choice in seen:
        raise RowRefused(f"has the same options as line {seen[choice]}")
    if len(seen) == catalog.MAX_VARIANTS:
        raise RowRefused(f"is one variant too many: {catalog.MAX_VARIANTS} is the most")
    seen[choice] = row.line


def _drop_missing_pictures(
    variants: tuple[VariantInput, ...], shown: tuple[PictureInput, ...]
) -> tuple[VariantInput, ...]:
    """The variants, each with its picture only if the listing shows it."""
    sources = {picture.source for picture in shown}
    return tuple(
        variant if variant.picture in sources else variant.model_copy(update={"picture": None}) for variant in variants
    )


def _validation_message(error: ErrorDetails) -> str:
    """What breaks a rule of the catalog, in words."""
    path, max_length = ".".join(str(part) for part in error["loc"]), error.get("ctx", {}).get("max_length")
    if max_length is None:
        return f"{path}: {error['msg'].lower()}"
    return f"{path} is too long: it has {len(error['input']):,} characters, {max_length:,} is the most"
