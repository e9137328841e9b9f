"""Wix's product export: a `Product` row, then a `Variant` row for each combination with its surcharge."""

import re
from collections.abc import Sequence
from decimal import Decimal
from itertools import product as combinations
from math import prod

from platform_app.domain.catalog.rules import MAX_VARIANTS
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading, RowRefused
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_MEDIA = "https://static.wixstatic.com/media/"
_COLOUR = re.compile(r"#[0-9a-f]{3,8}:", re.IGNORECASE)  # before the name of a colour
_MAX_OPTIONS = 6


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    found = Translated()
    head = next((row for row in rows if _kind(row) == "product"), None)
    if head is None:
        found.refused = {row.line: "its product isn't in the file" for row in rows}
        return found
    shared = _shared(head, notes=found.notes)
    variants = [row for row in rows if _kind(row) == "variant"]
    duplicates = [row for row in rows if _kind(row) == "product" and row is not head]
    found.refused = {row.line: f"has the same handleId as line {head.line}" for row in duplicates}
    names = [head.cells.get(f"option {number} name", "").strip() for number in range(1, _MAX_OPTIONS + 1)]
    numbers = [number for number, name in enumerate(names, 1) if name]
    values = [_values(head.cells.get(f"option {number} values", "")) for number in numbers]
    try:
        if variants:
            choices = [
                (row, [_first(row.cells.get(f"option {number} values", "")) for number in numbers]) for row in variants
            ]
        elif prod(map(len, values)) > MAX_VARIANTS:
            raise RowRefused(f"its options have more than {MAX_VARIANTS} combinations")
        else:
            choices = [(head, list(choice)) for choice in combinations(*values)]
        if len(choices) > 1 and not variants and head.cells.get("quantity", "").strip().isdecimal():
            found.notes.append("the file has one stock for all variants, so each is sold out until you set its stock")
            shared, found.unknown = {**shared, "quantity": "0"}, frozenset({"quantity"})
        pairs = [
            (row, list(zip([names[number - 1] for number in numbers], choice, strict=True))) for row, choice in choices
        ]
        options = [(row, translation.options(each)) for row, each in pairs]
    except RowRefused as reason:
        found.refused = {row.line: str(reason) for row in rows}
        return found
    for row, cells in options:
        try:
            found.rows.append(Row(row.line, {**shared, **_own(row, head), **cells}))
        except RowRefused as reason:
            found.refused[row.line] = str(reason)
    return found


def _kind(row: Row) -> str:
    return row.cells.get("fieldtype", "").strip().casefold()


def _shared(head: Row, *, notes: list[str]) -> dict[str, str]:
    cells = dict(head.cells)
    urls = (
        name if "//" in name else f"{_MEDIA}{name}" for name in cells.get("pictures", "").split(";") if name.strip()
    )
    brand = translation.attributes([("Brand", cells.get("brand", ""))], notes=notes)
    return {**cells, "pictures": "", "image_urls": "|".join(url.strip() for url in urls), "attributes": brand}


def _own(row: Row, head: Row) -> dict[str, str]:
    """The cells of a variant. Its price is its product's and a surcharge, less the product's discount."""
    text = head.cells.get("price", "")
    own = {name: row.cells[name] for name in ("sku", "quantity", "barcode") if row is not head and row.cells.get(name)}
    if row is not head and row.cells.get("price", "").strip():
        text = row.cells["price"]
    surcharge = row.cells.get("surcharge", "") if row is not head else ""
    discount = translation.decimal(head.cells.get("discountvalue", ""), column="discountValue")
    if not surcharge.strip() and not discount:
        return {**own, "price": text}
    price = translation.decimal(text, column="price") + translation.decimal(surcharge, column="surcharge")
    if not discount:
        return {**own, "price": f"{price:f}"}
    is_percent = head.cells.get("discountmode", "").strip().casefold() == "percent"
    reduced = price * (1 - discount / 100) if is_percent else price - discount
    return {**own, "price": f"{reduced.quantize(Decimal('0.0001')).normalize():f}", "compare_at": f"{price:f}"}


def _values(cell: str) -> list[str]:
    return [_COLOUR.sub("", value.strip()) for value in cell.split(";") if value.strip()]


def _first(cell: str) -> str:
    return next(iter(_values(cell)), "")


SHAPE = Shape(
    signatures=(frozenset({"fieldtype", "key", "title"}),),
    columns={
        "key": "handleId|handle",
        "fieldtype": "fieldType",
        "title": "name",
        "description": "description|plainDescription",
        "pictures": "productImageUrl|media",
        "category": "collection|categories",
        "sku": "sku",
        "price": "price",
        "compare_at": "strikethroughPrice",
        "surcharge": "surcharge",
        "status": "visible",
        "discountmode": "discountMode",
        "discountvalue": "discountValue",
        "quantity": "inventory",
        "barcode": "barcode",
        "brand": "brand",
    },
    patterns=(
        (r"productOptionName\[?([1-6])\]?", r"option \1 name"),
        (r"productOption(?:Description|Choices)\[?([1-6])\]?", r"option \1 values"),
    ),
    translate=_translate,
    adds={
        "option ": translation.OPTIONS,
        "pictures": ("image_urls",),
        "discountvalue": ("compare_at",),
        "brand": ("attributes",),
    },
)
