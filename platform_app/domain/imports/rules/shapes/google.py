"""Google Merchant's product feed, as text or XML: rows with one `item_group_id` are variants of one product."""

from collections.abc import Sequence
from datetime import date, datetime

from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading, RowRefused
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_VARYING = ("color", "size", "material", "pattern", "age_group", "gender", "size_type", "size_system")


def _translate(rows: Sequence[Row], reading: Reading) -> Translated:
    head = rows[0]
    found = Translated()
    varying = [name for name in _VARYING if len({row.cells.get(name, "").strip() for row in rows}) > 1]
    constant = [(_label(name), head.cells.get(name, "")) for name in _VARYING if name not in varying]
    attributes = translation.attributes([("Brand", head.cells.get("brand", "")), *constant], notes=found.notes)
    for row in rows:
        try:
            _require_same_condition(row, head)
            cells = {**row.cells, **_price(row, today=reading.today), "attributes": attributes}
            cells["sku"] = cells.get("id", "")
            if not cells.get("quantity", "").strip():
                cells["quantity"] = cells.get("availability", "")
            cells["image_urls"] = translation.pictures(cells, start="image ").replace(",http", "|http")
            cells |= translation.options([(_label(name), row.cells.get(name, "")) for name in varying])
            found.rows.append(Row(row.line, cells))
        except RowRefused as reason:
            found.refused[row.line] = str(reason)
    return found


def _require_same_condition(row: Row, head: Row) -> None:
    condition, first = (each.cells.get("condition", "").strip().casefold() for each in (row, head))
    if condition != first:
        raise RowRefused(f'condition "{condition[:30]}" is not that of line {head.line}: a listing has one condition')


def _price(row: Row, *, today: date) -> dict[str, str]:
    """The price, or the sale price on the days that it covers."""
    starts, _, ends = row.cells.get("sale_dates", "").partition("/")
    is_on_sale = (_day(starts) or today) <= today <= (_day(ends) or today)
    return translation.on_sale(row.cells, row.cells.get("sale_price", "") if is_on_sale else "")


def _day(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text.strip()).date() if text.strip() else None
    except ValueError:
        raise RowRefused(f'sale_price_effective_date "{text.strip()[:30]}" is not a date') from None


def _label(name: str) -> str:
    return name.replace("_", " ").capitalize()


def _names(name: str) -> str:
    return f"{name}|{name.replace('_', ' ')}|g:{name}"


_COLUMNS = {
    "id": "id",
    "group": "item_group_id",
    "title": "title",
    "description": "description",
    "link": "link",
    "image 1": "image_link",
    "availability": "availability",
    "price": "price",
    "sale_price": "sale_price",
    "sale_dates": "sale_price_effective_date",
    "quantity": "sell_on_google_quantity",
    "barcode": "gtin",
    "condition": "condition",
    "brand": "brand",
    "category": "google_product_category",
    "weight": "shipping_weight",
    "measure": "unit_pricing_measure",
    "base_measure": "unit_pricing_base_measure",
    **{name: name for name in _VARYING},
}


SHAPE = Shape(
    signatures=(frozenset({"id", "title", "price", "availability"}), frozenset({"id", "title", "price", "xml"})),
    columns={
        **{column: _names(name) for column, name in _COLUMNS.items()},
        "category": f"{_names('google_product_category')}|{_names('product_type')}",
        "quantity": f"{_names('sell_on_google_quantity')}|{_names('quantity')}",
    },
    patterns=((r"(?:g:)?additional[_ ]image[_ ]link ?(\d{0,2})", r"image 2\1"), ("xml", "xml")),
    translate=_translate,
    adds={
        **dict.fromkeys(("color", "size", "material", "pattern"), (*translation.OPTIONS, "attributes")),
        "group": translation.OPTIONS,
        "availability": ("quantity",),
        "sale_price": ("compare_at",),
        "image ": ("image_urls",),
        "id": ("sku",),
        "brand": ("attributes",),
    },
    price_columns=("price", "compare_at", "sale_price"),
    link=lambda rows: translation.keyed(rows, "group", "id"),
)
