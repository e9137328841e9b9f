"""WooCommerce's product export: one row per product or variation; a variation refers to its parent by SKU or `id:N`."""

import re
from collections.abc import Sequence
from datetime import date, datetime

from platform_app.domain.catalog.rules import MAX_LABEL, MAX_OPTIONS, Status
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors, RowRefused

HEADER = {"Type", "SKU", "Name", "Regular price"}
COLUMNS = HEADER | {
    *("ID", "Parent", "Published", "Visibility in catalog", "Description", "Short description", "Categories", "Tags"),
    *("Sale price", "Date sale price starts", "Date sale price ends"),
    *("Stock", "Backorders allowed?", "In stock?", "Images"),
}
_ATTRIBUTE = re.compile(r"Attribute ([0-9]{1,4}) (name|value\(s\))")
ANY_VALUE = "Any"


def product_key(row: Row) -> str:
    """The key of a row's product: a variation's parent, else the row's own SKU or id; RowRefused without any."""
    if _kind(row) == "variation":
        parent = row.cells.get("Parent", "").strip()
        if not parent:
            raise RowRefused("Parent is empty: a variation needs the SKU or ID of its product")
        return parent
    return row_keys(row)[0]


def attribute_columns(header: Sequence[str]) -> frozenset[str]:
    """The numbered attribute columns of the header."""
    return frozenset(name for name in header if _ATTRIBUTE.fullmatch(name))


def row_keys(row: Row) -> list[str]:
    """The keys by which variations may refer to this product, its own key first; RowRefused without any."""
    cells = row.cells
    sku, number = cells.get("SKU", "").strip(), cells.get("ID", "").strip()
    names = [sku] if sku else []
    names += [f"id:{number}"] if number else []
    if not names:
        raise RowRefused("has neither SKU nor ID")
    return names


def parse_product(rows: Sequence[Row], *, currency: str, today: date) -> Product:
    """The product in its own row and those of its variations; sale prices apply on the days they cover."""
    parents = [row for row in rows if _kind(row) != "variation"]
    if not parents:
        parent = rows[0].cells["Parent"].strip()
        return products.refuse_all(rows, f'its product "{parent[:60]}" isn\'t in the file')
    head, duplicates = parents[0], parents[1:]
    refusals = RowErrors({duplicate.line: f"has the same SKU as line {head.line}" for duplicate in duplicates})
    if _kind(head) != "variable":
        refusals.reasons |= {row.line: "its product is not variable" for row in rows if _kind(row) == "variation"}
    reason = _unsupported_reason(head)
    if reason:
        return products.refuse_all(rows, reason)
    offered = [row for row in rows if _kind(row) == "variation"] if _kind(head) == "variable" else [head]
    options = _options(offered) if _kind(head) == "variable" else ()
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}

    def read(row: Row) -> None:
        variants.append(_parse_variant(row, head, options=options, currency=currency, today=today, seen=seen))

    for row in offered:
        refusals.attempt(row, read)
    if not offered:
        return products.refuse_all(rows, "this variable product has no variations in the file")
    cells = head.cells
    return products.build_product(
        rows,
        refusals.reasons,
        key=row_keys(head)[0],
        title=" ".join(cells.get("Name", "").split()),
        description=(cells.get("Description") or cells.get("Short description", "")).strip().replace("\\n", "\n"),
        category=cells.get("Categories", "").split(",")[0].strip() or None,
        status=_status(head),
        tags=products.parse_tags(cells.get("Tags", "")),
        attributes=_attributes(head, without=options),
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows),
    )


def _kind(row: Row) -> str:
    return row.cells.get("Type", "simple").split(",")[0].strip().lower()


def _status(head: Row) -> Status:
    """The status: published only if the product is public and visible in the catalog."""
    hidden = head.cells.get("Visibility in catalog", "").strip().lower() == "hidden"
    return Status.PUBLISHED if _published(head) == "1" and not hidden else Status.DRAFT


def _published(row: Row) -> str:
    """The Published cell: 1 public, 0 private, -1 draft."""
    return row.cells.get("Published", "").strip() or "1"


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
        (row.cells[name].strip()[:MAX_LABEL], row.cells.get(f"Attribute {number} value(s)", "").strip())
        for _, number, name in numbered
        if row.cells[name].strip()
    ]


def _options(variations: Sequence[Row]) -> tuple[str, ...]:
    """The attribute names of the variations, which become the options."""
    return tuple(dict.fromkeys(name for row in variations for name, _ in _attribute_pairs(row)))[:MAX_OPTIONS]


def _attributes(head: Row, *, without: tuple[str, ...]) -> dict[str, str]:
    return {name: value[:MAX_LABEL] for name, value in _attribute_pairs(head) if value and name not in without}


def _parse_variant(
    row: Row, head: Row, *, options: tuple[str, ...], currency: str, today: date, seen: dict[tuple[str, ...], int]
) -> VariantInput:
    if _is_unpublished(row, head):
        raise RowRefused("is not published")
    cells = row.cells
    values = dict(_attribute_pairs(row))
    choice = tuple((values.get(name) or ANY_VALUE)[:MAX_LABEL] for name in options)
    regular, sale = cells.get("Regular price", ""), _sale_price(row, today=today)
    amount = products.parse_price(sale or regular, currency=currency, column="Sale price" if sale else "Regular price")
    on_hand = _parse_quantity(head if _tracks_stock_on_parent(row) else row)
    products.require_distinct(seen, choice, row)
    images = _images(row) if row is not head else []
    return VariantInput(
        choice=choice,
        sku=cells.get("SKU", "").strip()[:MAX_LABEL],
        price=amount,
        compare_at=products.parse_compare_at(regular if sale else "", currency=currency, above=amount),
        quantity=on_hand,
        picture=images[0] if images else None,
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


def _images(row: Row) -> list[str]:
    return [part for part in (part.strip() for part in row.cells.get("Images", "").split(",")) if products.is_url(part)]


def _pictures(rows: Sequence[Row]) -> tuple[PictureInput, ...]:
    return tuple(
        PictureInput(source=source) for source in dict.fromkeys(source for row in rows for source in _images(row))
    )
