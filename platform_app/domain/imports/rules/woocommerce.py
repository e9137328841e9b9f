"""WooCommerce's product export: one row per product or variation; a variation refers to its parent by SKU or `id:N`."""

import re
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from platform_app.domain.catalog.rules import MAX_OPTIONS, WEIGHT_UNITS, Status
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import headers, measures, products, woocommerce_headers, words
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors
from platform_app.domain.imports.rules.readings import Given, Reading, RowRefused

HEADER = {"Type", "SKU", "Name", "Regular price"}
PRICE_COLUMNS = ("Regular price", "Sale price")
_GTIN = "GTIN, UPC, EAN, or ISBN"
# The columns that set each field of a listing or variant.
SOURCES = {
    "title": ("Name",),
    "description": ("Description", "Short description"),
    "category": ("Categories",),
    "status": ("Published", "Visibility in catalog"),
    "tags": ("Tags",),
    "pictures": ("Images",),
    "options": ("Attribute 1 name", "Attribute 1 value(s)"),
    "sku": ("SKU",),
    "price": ("Regular price",),
    "compare_at": ("Sale price", "Regular price"),
    "quantity": ("Stock", "In stock?", "Backorders allowed?"),
    "picture": ("Images",),
    "barcode": (_GTIN,),
    "weight": tuple(f"Weight ({unit})" for unit in WEIGHT_UNITS),
}
_ATTRIBUTE = re.compile(r"Attribute ([0-9]{1,4}) (name|value\(s\))")
ANY_VALUE = "Any"
_SERIAL_DATE = re.compile(r"[1-9][0-9]{4}")  # a spreadsheet's number of days, as it saves a date as CSV
_SERIAL_EPOCH = date(1899, 12, 30)


def product_keys(row: Row) -> list[str]:
    """The keys of a row's product: a variation's parent, else the row's own SKU and id; RowRefused without any."""
    if _kind(row) == "variation":
        parent = row.cells.get("Parent", "").strip()
        if not parent:
            raise RowRefused("Parent is empty: a variation needs the SKU or ID of its product")
        return [parent]
    return row_keys(row)


def known_columns(header: Sequence[str]) -> dict[str, str]:
    """The columns of a file that are imported, in any language of an export, with their English names."""
    found = headers.columns(header, woocommerce_headers.SPELLINGS)
    for name in header:
        column = woocommerce_headers.attribute_column(name) or woocommerce_headers.weight_column(name)
        if column is not None:
            found[name] = column
    return found


def row_keys(row: Row) -> list[str]:
    """The keys by which variations may refer to this product, its own key first; RowRefused without any."""
    cells = row.cells
    sku, number = cells.get("SKU", "").strip(), cells.get("ID", "").strip()
    names = [sku] if sku else []
    names += [f"id:{number}"] if number else []
    if not names:
        raise RowRefused("has neither SKU nor ID")
    return names


def parse_product(rows: Sequence[Row], reading: Reading) -> Product:
    """The product in its own row and those of its variations; sale prices apply on the days they cover."""
    parents = [row for row in rows if _kind(row) != "variation"]
    if not parents:
        parent = rows[0].cells["Parent"].strip()
        return products.refuse_all(rows, f'its product "{parent[:60]}" isn\'t in the file')
    head, duplicates = parents[0], parents[1:]
    errors = RowErrors({duplicate.line: f"has the same SKU as line {head.line}" for duplicate in duplicates})
    is_variable = _kind(head) == "variable"
    if not is_variable:
        errors.reasons |= {row.line: "its product is not variable" for row in rows if _kind(row) == "variation"}
    reason = _unsupported_reason(head)
    offered = [row for row in rows if _kind(row) == "variation"] if is_variable else [head]
    if not offered:
        reason = reason or "this variable product has no variations in the file"
    if reason:
        return products.refuse_all(rows, reason)
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        options = _options(offered) if is_variable else ()
    except RowRefused as refusal:
        return products.refuse_all(rows, str(refusal))

    def read(row: Row) -> None:
        variants.append(_parse_variant(row, head, options, reading, seen, errors.notes))

    for row in offered:
        errors.attempt(row, read)
    return _build(rows, head, errors, options, tuple(variants), products.columns_of(rows, reading))


def _build(
    rows: Sequence[Row],
    head: Row,
    errors: RowErrors,
    options: tuple[str, ...],
    variants: tuple[VariantInput, ...],
    columns: frozenset[str],
) -> Product:
    cells = head.cells
    tags = lists.split_tags(cells.get("Tags", ""))
    description = cells.get("Description") or cells.get("Short description", "")
    return products.build_product(
        rows,
        errors,
        key=row_keys(head)[0],
        title=" ".join(lists.plain(cells.get("Name", "")).split()),
        description=lists.description(description).replace("\\n", "\n"),
        category=lists.plain(cells.get("Categories", "")) or None,
        status=_status(head, notes=errors.notes),
        tags=products.limit_tags(tags, notes=errors.notes),
        attributes=products.limit_attributes(_attributes(head, without=options), notes=errors.notes),
        options=options,
        variants=variants,
        pictures=_pictures(rows, notes=errors.notes),
        given=Given(products.given_fields(columns, SOURCES), None if "Attribute 1 name" in columns else frozenset()),
    )


def _kind(row: Row) -> str:
    return row.cells.get("Type", "simple").split(",")[0].strip().lower()


def _status(head: Row, *, notes: list[str]) -> Status:
    """The status: published only if the product is public and visible in the catalog."""
    found = [
        products.parse_status(head.cells[column], column=column, notes=notes)
        for column in ("Published", "Visibility in catalog")
        if head.cells.get(column, "").strip()
    ]
    return next((status for status in found if status is not Status.PUBLISHED), Status.PUBLISHED)


def _published(row: Row) -> str:
    """The Published cell: 1 public, 0 private, -1 draft."""
    text = row.cells.get("Published", "").strip() or "1"
    return text if text == "-1" else "1" if words.is_yes(text) else "0"


def _is_unpublished(row: Row, head: Row) -> bool:
    """Whether a variation is disabled. Variations of a draft do not count: WooCommerce exports them all as drafts."""
    return row is not head and _published(row) in ("0", "-1") and not _published(row) == _published(head) == "-1"


def _unsupported_reason(head: Row) -> str | None:
    kind = _kind(head)
    if kind == "grouped":
        return "a grouped product has no price; the products in it are imported separately"
    if kind == "external":
        return "an external product is sold on another site"
    if kind not in ("simple", "variable"):
        return f'product type "{kind[:40]}" is not supported'
    return None


def _attribute_pairs(row: Row) -> list[tuple[str, str]]:
    """The row's attributes as (name, value) pairs."""
    matches = (match for name in row.cells if (match := _ATTRIBUTE.fullmatch(name)) and match[2] == "name")
    numbered = sorted((int(match[1]), match[1], match[0]) for match in matches)
    return [
        (lists.plain(row.cells[name]), lists.plain(lists.unescape(row.cells.get(f"Attribute {number} value(s)", ""))))
        for _, number, name in numbered
        if row.cells[name].strip()
    ]


def _options(variations: Sequence[Row]) -> tuple[str, ...]:
    """The attribute names of the variations, which become the options; RowRefused if there are too many."""
    names = tuple(dict.fromkeys(name for row in variations for name, _ in _attribute_pairs(row)))
    if len(names) > MAX_OPTIONS:
        raise RowRefused(f"its variations differ in {len(names)} attributes, the limit is {MAX_OPTIONS}")
    return tuple(products.parse_label(name, column="Attribute name") for name in names)


def _attributes(head: Row, *, without: tuple[str, ...]) -> dict[str, str]:
    return {name: value for name, value in _attribute_pairs(head) if value and name not in without}


def _parse_variant(
    row: Row,
    head: Row,
    options: tuple[str, ...],
    reading: Reading,
    seen: dict[tuple[str, ...], int],
    notes: list[str],
) -> VariantInput:
    if _is_unpublished(row, head):
        raise RowRefused("is not published")
    cells = row.cells
    values = dict(_attribute_pairs(row))
    choice = tuple(products.parse_label(values.get(name) or ANY_VALUE, column=name) for name in options)
    regular, sale = cells.get("Regular price", ""), _sale_price(row, today=reading.today)
    column = "Sale price" if sale else "Regular price"
    amount = products.parse_price(sale or regular, reading=reading, column=column, notes=notes)
    on_hand = _parse_quantity(head if _tracks_stock_on_parent(row) else row)
    sku = products.parse_sku(cells.get("SKU", ""), column="SKU")
    compare_at = products.parse_compare_at(
        regular if sale else "", above=amount, reading=reading, column="Regular price", notes=notes
    )
    products.require_distinct(seen, choice, row)
    images = _images(row, notes=[]) if row is not head else []
    return VariantInput(
        choice=choice,
        sku=sku,
        price=amount,
        compare_at=compare_at,
        quantity=on_hand,
        picture=images[0] if images else None,
        barcode=measures.parse_barcode(cells.get(_GTIN, ""), column=_GTIN, notes=notes),
        weight=_weight(row, notes=notes) or _weight(head, notes=notes),
    )


def _weight(row: Row, *, notes: list[str]) -> str:
    columns = [(unit, f"Weight ({unit})") for unit in WEIGHT_UNITS]
    return next(
        (
            measures.parse_weight(row.cells[column], unit=unit, column=column, notes=notes)
            for unit, column in columns
            if column in row.cells
        ),
        "",
    )


def _sale_price(row: Row, *, today: date) -> str:
    """The sale price if `today` is within its dates (inclusive), else empty; an empty date is open-ended."""
    sale = row.cells.get("Sale price", "").strip()
    if not sale:
        return ""
    starts, ends = _parse_date(row, "Date sale price starts"), _parse_date(row, "Date sale price ends")
    return sale if (starts or today) <= today <= (ends or today) else ""


def _parse_date(row: Row, column: str) -> date | None:
    text = row.cells.get(column, "").strip()
    if _SERIAL_DATE.fullmatch(text):
        return _SERIAL_EPOCH + timedelta(days=int(text))
    try:
        return datetime.fromisoformat(text).date() if text else None
    except ValueError:
        raise RowRefused(f'{column} "{text[:30]}" is not a date') from None


def _tracks_stock_on_parent(row: Row) -> bool:
    return row.cells.get("Stock", "").strip().lower() == "parent"


def _parse_quantity(row: Row) -> int | None:
    """The stock. Backorders mean untracked (None); without a quantity, `In stock?` decides between None and 0."""
    cells = row.cells
    quantity_text = cells.get("Stock", "").strip()
    if cells.get("Backorders allowed?", "0").strip() not in ("", "0"):
        return None
    if quantity_text:
        return products.parse_quantity(quantity_text, column="Stock")
    return None if cells.get("In stock?", "1").strip() != "0" else 0


def _images(row: Row, *, notes: list[str]) -> list[str]:
    parts = (lists.unescape(part) for part in lists.split_urls(row.cells.get("Images", "")))
    return products.parse_urls(parts, column="Images", notes=notes)


def _pictures(rows: Sequence[Row], *, notes: list[str]) -> tuple[PictureInput, ...]:
    sources = dict.fromkeys(source for row in rows for source in _images(row, notes=notes))
    return tuple(PictureInput(source=source) for source in sources)
