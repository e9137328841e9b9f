"""Building products from rows, and the checks that all formats share."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from platform_app.domain.catalog import rules as catalog
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import prices, words
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import EVERYTHING, UNKNOWN_PRICE, Given, Reading, RowRefused
from platform_app.domain.stock.rules import MAX_QUANTITY

MAX_URL = 2000
_INTEGER = re.compile(r"([+-]?(?:\d+|\d{1,3}(?:[,' \u00a0\u202f]\d{3})+))(?:\.0*)?", re.ASCII)
_GROUPING = re.compile(r"[^\d+-]", re.ASCII)
_URL = re.compile(r"(https?:)?(//[^/\s].*)", re.IGNORECASE)
_SPACE = re.compile(r"\s")


@dataclass(frozen=True)
class Product:
    """The result of parsing a product's rows: the listing, if any row was usable, and the reason per refused line.

    `given` is what the file has columns for. `notes` are remarks on the listing for the seller. `slug` is that of the
    other shop system, if known.
    """

    listing_input: ListingInput | None
    refused: dict[int, str]
    given: Given = EVERYTHING
    notes: tuple[str, ...] = ()
    slug: str = ""


@dataclass
class RowErrors:
    """Collects refusal reasons per row, so that one bad variant does not stop the others, and remarks."""

    reasons: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

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
    errors: RowErrors,
    *,
    variants: tuple[VariantInput, ...],
    pictures: tuple[PictureInput, ...],
    given: Given,
    **fields: object,
) -> Product:
    """Build a product's listing. If it breaks a catalog rule, all rows are refused; excess pictures are left out."""
    refused = errors.reasons
    if not variants:
        return Product(None, {row.line: refused.get(row.line, "this product has no valid variant") for row in rows})
    shown = pictures[: catalog.MAX_PICTURES]
    if len(shown) < len(pictures):
        errors.notes.append(f"{len(pictures) - len(shown):,} pictures over the limit of {len(shown)} were left out")
    fields |= {"pictures": shown, "variants": _drop_missing_pictures(variants, shown)}
    try:
        listing_input = ListingInput.model_validate(fields)
    except ValidationError as error:
        return refuse_all(rows, _validation_message(error.errors()[0]))
    return Product(listing_input, refused, given, tuple(dict.fromkeys(errors.notes)))


def columns_of(rows: Sequence[Row], reading: Reading) -> frozenset[str]:
    """The used columns of the file, or those of these rows if the file's are unknown."""
    return frozenset(reading.profile.columns) or frozenset(name for row in rows for name in row.cells)


def given_fields(columns: frozenset[str], sources: Mapping[str, Sequence[str]]) -> frozenset[str]:
    """The fields of which the file has a column; `sources` are the columns of each field."""
    return frozenset(field for field, names in sources.items() if not columns.isdisjoint(names))


def parse_price(text: str, *, reading: Reading, column: str, notes: list[str]) -> int:
    """A price in minor units; RowRefused if it is empty, not positive, too high or not an amount."""
    if not text.strip():
        if reading.profile.columns and column not in reading.profile.columns:
            return UNKNOWN_PRICE
        raise RowRefused(f"{column} is empty")
    mark = reading.profile.decimal_marks.get(column)
    amount = prices.parse(text, currency=reading.currency, mark=mark, column=column, notes=notes)
    if amount <= 0:
        raise RowRefused(f"{column} {text[:30]} is not greater than zero")
    if amount > catalog.MAX_PRICE:
        raise RowRefused(f"{column} {text[:30]} is higher than the maximum price")
    return amount


def parse_compare_at(text: str, *, above: int, reading: Reading, column: str, notes: list[str]) -> int | None:
    """The former price if it is higher than `above`, otherwise None; RowRefused if it is not an amount."""
    if not text.strip():
        return None
    mark = reading.profile.decimal_marks.get(column)
    amount = prices.parse(text, currency=reading.currency, mark=mark, column=column, notes=notes)
    if 0 < amount < above:
        notes.append(f'{column} "{text.strip()[:30]}" is lower than the price, so it was left out')
    return amount if above < amount <= catalog.MAX_PRICE else None


def parse_quantity(text: str, *, column: str) -> int | None:
    """A stock quantity, None for a word such as "in stock"; negative (oversold) stock becomes 0. RowRefused."""
    if (is_available := words.availability(text)) is not None:
        return None if is_available else 0
    whole_part = _INTEGER.fullmatch(text.strip())
    if not whole_part:
        raise RowRefused(f'{column} "{text[:30]}" is not a whole number')
    count = int(_GROUPING.sub("", whole_part[1])[:20])
    if count > MAX_QUANTITY:
        raise RowRefused(f"{column} {text[:30]} is higher than the maximum quantity")
    return max(0, count)


def parse_status(text: str, *, column: str, notes: list[str]) -> Status:
    """The status that a cell means; an unknown word makes a draft, which is noted."""
    found = words.status(text)
    if found is None:
        notes.append(f'{column} "{text.strip()[:30]}" is not known, so this listing is a draft')
    return found or Status.DRAFT


def parse_condition(text: str, *, column: str, notes: list[str]) -> Condition | None:
    """The condition that a cell means; None for one that we do not have, which is noted."""
    found = words.condition(text)
    if found is None:
        problem = "is not offered here" if words.is_for_parts(text) else "is not known"
        notes.append(f'{column} "{text.strip()[:30]}" {problem}, so this listing is a draft')
    return found


def with_condition(text: str, status: Status, *, column: str, notes: list[str]) -> dict[str, object]:
    """The fields `condition` and `status`; a condition that we do not have never publishes a listing as new."""
    if not text.strip():
        return {"condition": Condition.NEW, "status": status}
    condition = parse_condition(text, column=column, notes=notes)
    if condition is not None:
        return {"condition": condition, "status": status}
    return {"condition": Condition.GOOD, "status": Status.DRAFT if status is Status.PUBLISHED else status}


def limit_tags(tags: Iterable[str], *, notes: list[str]) -> tuple[str, ...]:
    """The distinct tags in order; those that are too long or too many are noted and left out."""
    distinct = [tag for tag in dict.fromkeys(tags) if tag]
    fitting = [tag for tag in distinct if len(tag) <= catalog.MAX_LABEL]
    if len(fitting) < len(distinct):
        notes.append(f"tags of more than {catalog.MAX_LABEL} characters were left out")
    if len(fitting) > catalog.MAX_TAGS:
        notes.append(f"{len(fitting) - catalog.MAX_TAGS:,} tags over the limit of {catalog.MAX_TAGS} were left out")
    return tuple(fitting[: catalog.MAX_TAGS])


def limit_attributes(attributes: Mapping[str, str], *, notes: list[str]) -> dict[str, str]:
    """The attributes without those that are too long, which are noted."""
    fitting = {name: value for name, value in attributes.items() if max(len(name), len(value)) <= catalog.MAX_ATTRIBUTE}
    notes.extend(
        f'attribute "{name[:40]}" has more than {catalog.MAX_ATTRIBUTE} characters and was left out'
        for name in attributes.keys() - fitting.keys()
    )
    return fitting


def parse_label(text: str, *, column: str) -> str:
    """An option's name or value; RowRefused if it is too long."""
    label = lists.plain(text)
    if len(label) > catalog.MAX_LABEL:
        raise RowRefused(f"{column} has {len(label):,} characters, the limit is {catalog.MAX_LABEL}")
    return label


def parse_sku(text: str, *, column: str) -> str:
    """A SKU; RowRefused if it is too long."""
    sku = text.strip()
    if len(sku) > catalog.MAX_SKU:
        raise RowRefused(f"{column} has {len(sku):,} characters, the limit is {catalog.MAX_SKU}")
    return sku


def parse_alt(text: str, *, column: str, notes: list[str]) -> str:
    """A picture's alternative text; what is beyond the limit is left out, which is noted."""
    if len(text) > catalog.MAX_ALT:
        notes.append(f"{column} has {len(text):,} characters, of which the first {catalog.MAX_ALT} were kept")
    return text[: catalog.MAX_ALT]


def parse_urls(parts: Iterable[str], *, column: str, notes: list[str]) -> list[str]:
    """The picture URLs among the parts of a cell; others are noted."""
    found = [(part, picture_url(part)) for part in parts]
    notes.extend(f'{column} "{part[:60]}" is not the URL of a picture' for part, url in found if url is None)
    return [url for _, url in found if url is not None]


def picture_url(text: str) -> str | None:
    """The URL that a cell means, with a lower-case scheme and without spaces; None if it is not one."""
    match = _URL.fullmatch(text.strip())
    if match is None:
        return None
    scheme, rest = (match[1] or "https:").lower(), match[2]
    url = scheme + _SPACE.sub(lambda space: quote(space[0]), rest)
    return url if len(url) <= MAX_URL else None


def require_distinct(seen: dict[tuple[str, ...], int], choice: tuple[str, ...], row: Row) -> None:
    """Raise RowRefused for a duplicate variant, or for one too many."""
    if choice in seen:
        if not choice:
            raise RowRefused(
                f"is the same product as line {seen[choice]}. If both are variants of it, match the column in which they "
                'differ to an option, for example --map option.Size="size"'
            )
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
