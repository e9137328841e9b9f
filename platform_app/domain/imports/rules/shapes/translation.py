"""What the shapes share: their columns by header, and products built by the parser of Plaza's own format."""

import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from functools import cached_property

from platform_app.domain.imports.rules import headers, plaza, products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import Given, Reading, RowRefused

OPTIONS = plaza.SOURCES["options"]
_MARKUP_LIST = "|"


@dataclass
class Translated:
    """A product's rows as rows of Plaza's own format, and why other lines are refused.

    `unknown` are fields that the file has a column for, but says nothing about for this product.
    """

    rows: list[Row] = field(default_factory=list)
    refused: dict[int, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unknown: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Shape:
    """An export of another shop system.

    A file has this shape if it has all columns of one of the `signatures`. `columns` are Plaza's or the shape's own
    columns with their headers, `patterns` those whose headers have numbers or names in them. `adds` are the columns
    of Plaza that `translate` fills, by the start of the own columns that it needs. `link` gives each row its key; where
    a product may follow its variants, `parents` finds the product's key by theirs in the whole file.
    """

    signatures: tuple[frozenset[str], ...]
    columns: Mapping[str, str]
    translate: Callable[[Sequence[Row], Reading], Translated]
    patterns: Sequence[tuple[str, str]] = ()
    adds: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    link: Callable[[Iterable[Row]], Iterable[Row]] = iter
    parents: Callable[[Iterable[Row]], dict[str, str]] | None = None
    price_columns: tuple[str, ...] = plaza.PRICE_COLUMNS
    remark: Callable[[frozenset[str]], str] = lambda _: ""

    @cached_property
    def spellings(self) -> dict[str, str]:
        """The columns by their normalized headers."""
        return headers.spellings((), {column: names.split("|") for column, names in self.columns.items()})


def known_columns(shape: Shape, header: Sequence[str]) -> dict[str, str]:
    """The columns of a file that are imported, with their names in Plaza's format or the shape's own."""
    found = headers.columns(header, shape.spellings)
    for name in header:
        for pattern, template in shape.patterns if name not in found else ():
            match = re.fullmatch(pattern, name.strip(), re.IGNORECASE)
            if match and (column := match.expand(template)) not in found.values():
                found[name] = column
                break
    return found


def has_shape(shape: Shape, header: Sequence[str]) -> bool:
    """Whether the columns are those of this shape."""
    found = set(known_columns(shape, header).values())
    return any(found >= signature for signature in shape.signatures)


def parse_product(shape: Shape, rows: Sequence[Row], reading: Reading) -> Product:
    """The product in these rows; a line that becomes several variants is refused only if none is usable."""
    translated = shape.translate(rows, reading)
    if not translated.rows:
        reasons = {row.line: translated.refused.get(row.line, "this product has no valid variant") for row in rows}
        return Product(None, reasons)
    columns = products.columns_of(rows, reading)
    added = {name for start, names in shape.adds.items() if any(c.startswith(start) for c in columns) for name in names}
    profile = reading.profile.model_copy(update={"columns": tuple(sorted(columns | added))})
    product = plaza.parse_product(translated.rows, replace(reading, profile=profile))
    if product.listing_input is None:
        return replace(product, refused={row.line: _reason(row, product, translated) for row in rows})
    uses = Counter(row.line for row in translated.rows)
    lost = {line: reason for line, reason in product.refused.items() if uses[line] > 1}
    refused = {line: reason for line, reason in product.refused.items() if line not in lost} | translated.refused
    notes = dict.fromkeys((*translated.notes, *product.notes, *(f"a variant {reason}" for reason in lost.values())))
    given = Given(product.given.fields - translated.unknown, frozenset(product.listing_input.attributes))
    slug = translated.rows[0].cells.get("slug", "").strip().strip("/").rpartition("/")[2].removesuffix(".html").lower()
    return Product(product.listing_input, refused, given, tuple(notes), slug)


def _reason(row: Row, product: Product, translated: Translated) -> str:
    others = next(iter(product.refused.values()), "this product has no valid variant")
    return translated.refused.get(row.line) or product.refused.get(row.line) or others


def carry_key(rows: Iterable[Row], *, is_head: Callable[[Row], bool], key: Callable[[Row], str]) -> Iterator[Row]:
    """The rows with keys, where those of a product follow its first row without naming it."""
    current = ""
    for row in rows:
        if row.problem is None and is_head(row):
            current = key(row)
        yield row if row.problem is not None else Row(row.line, {**row.cells, "key": current})


def keyed(rows: Iterable[Row], *names: str) -> Iterator[Row]:
    """The rows with the first of these cells that is not empty as their key."""
    for row in rows:
        key = next((row.cells[name].strip() for name in names if row.cells.get(name, "").strip()), "")
        yield row if row.problem is not None else Row(row.line, {**row.cells, "key": key})


def attributes(pairs: Iterable[tuple[str, str]], *, notes: list[str]) -> str:
    """A cell of Plaza's `attributes`, without empty and too long ones."""
    found = {name.strip(): value.strip() for name, value in pairs if name.strip() and value.strip()}
    fitting = products.limit_attributes(found, notes=notes)
    return json.dumps(fitting, ensure_ascii=False) if fitting else ""


def options(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The option cells of a variant; RowRefused if there are too many."""
    if len(pairs) > len(plaza.OPTION_NUMBERS):
        raise RowRefused(f"it has {len(pairs)} options, the limit is {len(plaza.OPTION_NUMBERS)}")
    cells: dict[str, str] = {}
    for number, (name, value) in enumerate(pairs, 1):
        cells |= {f"option{number}_name": name.strip(), f"option{number}_value": value.strip()}
    return cells


def pictures(cells: Mapping[str, str], *, start: str) -> str:
    """One cell with the URLs of all columns that start like this, in order of their numbers."""
    names = sorted((name for name in cells if name.startswith(start)), key=lambda name: (len(name), name))
    return _MARKUP_LIST.join(cells[name].strip() for name in names if cells[name].strip())


def on_sale(cells: Mapping[str, str], sale: str) -> dict[str, str]:
    """Price and former price of an item whose sale price is this, if it is not empty."""
    if not sale.strip():
        return {"price": cells.get("price", "")}
    return {"price": sale, "compare_at": cells.get("price", "")}


def decimal(text: str, *, column: str) -> Decimal:
    """A number that a program has written; RowRefused."""
    try:
        value = Decimal(text.strip() or "0")
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite() or abs(value) >= 10**12:
        raise RowRefused(f'{column} "{text[:30]}" is not a number')
    return value
