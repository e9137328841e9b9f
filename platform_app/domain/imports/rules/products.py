"""Building products from rows, and the checks that all formats share."""

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
    """A row is rejected; the message says why."""


@dataclass(frozen=True)
class Product:
    """The result of parsing a product's rows: the listing, if any row was usable, and the reason per refused line."""

    listing_input: ListingInput | None
    refused: dict[int, str]


@dataclass
class RowErrors:
    """Collects refusal reasons per row, so that one bad variant does not stop the others."""

    reasons: dict[int, str] = field(default_factory=dict)

    def attempt(self, row: Row, read: Callable[[Row], None]) -> None:
        """Read a row; if it is refused, record the reason."""
        try:
            read(row)
        except RowRefused as reason:
            self.reasons[row.line] = str(reason)


def refuse_all(rows: Sequence[Row], reason: str) -> Product:
    """A product whose rows are all refused."""
    return Product(None, {row.line: reason for row in rows})


def build_product(
    rows: Sequence[Row],
    refused: dict[int, str],
    *,
    variants: tuple[VariantInput, ...],
    pictures: tuple[PictureInput, ...],
    **fields: object,
) -> Product:
    """Build a product's listing. If it breaks a catalog rule, all rows are refused; excess pictures are dropped."""
    if not variants:
        return Product(None, {row.line: refused.get(row.line, "this product has no valid variant") for row in rows})
    shown = pictures[: catalog.MAX_PICTURES]
    fields |= {"pictures": shown, "variants": _drop_missing_pictures(variants, shown)}
    try:
        return Product(ListingInput.model_validate(fields), refused)
    except ValidationError as error:
        return refuse_all(rows, _validation_message(error.errors()[0]))


def parse_price(text: str, *, currency: str, column: str) -> int:
    """A price in minor units; RowRefused if it is missing, not positive, too high or not a number."""
    if not text.strip():
        raise RowRefused(f"{column} is empty")
    amount = money.parse_amount(text, currency)
    if amount is None:
        raise RowRefused(f'{column} "{text[:30]}" is not an amount in {currency}')
    if amount <= 0:
        raise RowRefused(f"{column} {text[:30]} is not greater than zero")
    if amount > catalog.MAX_PRICE:
        raise RowRefused(f"{column} {text[:30]} is higher than the maximum price")
    return amount


def parse_compare_at(text: str, *, currency: str, above: int) -> int | None:
    """The former price if it is valid and higher than `above`, otherwise None."""
    amount = money.parse_amount(text, currency) if text.strip() else None
    return amount if amount is not None and above < amount <= catalog.MAX_PRICE else None


def parse_quantity(text: str, *, column: str) -> int:
    """A stock quantity; negative (oversold) stock becomes 0. RowRefused."""
    whole_part = _INTEGER.fullmatch(text.strip())
    if not whole_part:
        raise RowRefused(f'{column} "{text[:30]}" is not a whole number')
    count = int(whole_part[1][:20])
    if count > MAX_QUANTITY:
        raise RowRefused(f"{column} {text[:30]} is higher than the maximum quantity")
    return max(0, count)


def parse_tags(text: str) -> tuple[str, ...]:
    """The distinct tags of a comma-separated cell, in order."""
    parts = (part.strip()[: catalog.MAX_LABEL] for part in text.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))[: catalog.MAX_TAGS]


def is_url(text: str) -> bool:
    """Whether a cell is a URL from which a picture could be fetched."""
    return text.startswith(("http://", "https://")) and len(text) <= 2000 and not any(char.isspace() for char in text)


def parse_bool(text: str) -> bool:
    """Whether a cell means yes in any of the usual spellings."""
    return text.strip().lower() in {"1", "true", "yes", "y", "active", "published"}


def require_distinct(seen: dict[tuple[str, ...], int], choice: tuple[str, ...], row: Row) -> None:
    """Raise RowRefused for a duplicate variant, or for one too many."""
    if choice in seen:
        raise RowRefused(f"has the same options as line {seen[choice]}")
    if len(seen) == catalog.MAX_VARIANTS:
        raise RowRefused(f"is one variant too many: the limit is {catalog.MAX_VARIANTS}")
    seen[choice] = row.line


def _drop_missing_pictures(
    variants: tuple[VariantInput, ...], shown: tuple[PictureInput, ...]
) -> tuple[VariantInput, ...]:
    """The variants without pictures that the listing does not show."""
    sources = {picture.source for picture in shown}
    return tuple(
        variant if variant.picture in sources else variant.model_copy(update={"picture": None}) for variant in variants
    )


def _validation_message(error: ErrorDetails) -> str:
    """A message for the catalog rule that the listing breaks."""
    path, max_length = ".".join(str(part) for part in error["loc"]), error.get("ctx", {}).get("max_length")
    if max_length is None:
        return f"{path}: {error['msg'].lower()}"
    return f"{path} is too long: it has {len(error['input']):,} characters, the limit is {max_length:,}"
