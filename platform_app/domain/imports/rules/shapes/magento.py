"""Magento's product export: a configurable product lists its variations; their own rows have price and stock."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading, RowRefused
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_SOLD = ("simple", "configurable", "virtual", "downloadable")
_DATES = ("%Y-%m-%d", "%m/%d/%y", "%m/%d/%Y")


def parents(rows: Iterable[Row]) -> dict[str, str]:
    """The SKU of the configurable product of each variation."""
    return {
        variation["sku"]: row.cells["sku"].strip()
        for row in rows
        if row.cells.get("configurable_variations") and row.cells.get("sku")
        for variation in _variations(row)
        if variation.get("sku")
    }


def _translate(rows: Sequence[Row], reading: Reading) -> Translated:
    found = Translated()
    views = [row for row in rows if row.cells.get("store_view_code", "").strip()]
    found.refused = {row.line: "is a text of another store view" for row in views}
    own = [row for row in rows if row not in views]
    head = next((row for row in own if _kind(row) == "configurable"), own[0] if own else None)
    if head is None:
        return found
    if _kind(head) not in _SOLD:
        found.refused |= {row.line: f'product type "{_kind(head)[:40]}" is not supported' for row in own}
        return found
    shared = _shared(head, notes=found.notes)
    if _kind(head) == "configurable":
        variations = _variants(head, [row for row in own if row is not head])
    else:
        found.refused |= {row.line: f"has the same SKU as line {head.line}" for row in own[1:]}
        variations = [(head, {})]
    for row, variation in variations:
        try:
            found.rows.append(Row(row.line, {**shared, **_own(row, head, variation, today=reading.today)}))
        except RowRefused as reason:
            found.refused[row.line] = str(reason)
    return found


def _kind(row: Row) -> str:
    return row.cells.get("product_type", "simple").strip().casefold()


def _variations(row: Row) -> list[dict[str, str]]:
    """The variations that a configurable product lists: `sku=A,size=S|sku=B,size=M`."""
    return [dict(_pairs(part)) for part in row.cells.get("configurable_variations", "").split("|") if part.strip()]


def _pairs(cell: str) -> list[tuple[str, str]]:
    """Names and values of `a=1,b=2`; a comma without a name after it belongs to its value."""
    pairs: list[tuple[str, str]] = []
    for part in cell.split(","):
        name, mark, value = part.partition("=")
        if mark:
            pairs.append((name.strip(), value.strip()))
        elif pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{part}")
    return pairs


def _variants(head: Row, children: Sequence[Row]) -> list[tuple[Row, dict[str, str]]]:
    """Each variation with its own row, or the product's if it has none."""
    by_sku = {row.cells.get("sku", "").strip(): row for row in children}
    return [(by_sku.get(variation.get("sku", ""), head), variation) for variation in _variations(head)]


def _shared(head: Row, *, notes: list[str]) -> dict[str, str]:
    cells = head.cells
    is_shown = cells.get("product_online", "1").strip() != "2"
    hidden = "not visible" in cells.get("visibility", "").casefold()
    return {
        **{name: cells.get(name, "") for name in ("key", "title", "slug", "currency")},
        "description": cells.get("description", "").strip() or cells.get("short_description", ""),
        "category": cells.get("category", "").replace("Default Category/", ""),
        "status": "published" if is_shown and not hidden else "draft",
        "pictures": translation.pictures(cells, start="image ").replace(",", "|"),
        "attributes": translation.attributes(_pairs(cells.get("additional_attributes", "")), notes=notes),
    }


def _own(row: Row, head: Row, variation: Mapping[str, str], *, today: date) -> dict[str, str]:
    """The cells of a variant, whose options are what a variation has beside its SKU."""
    labels = dict(_pairs(head.cells.get("configurable_variation_labels", "")))
    pairs = [
        (labels.get(name, name.replace("_", " ").capitalize()), value)
        for name, value in variation.items()
        if name not in ("sku", "price", "display", "default")
    ]
    price = _price(row, today=today)
    if row is head and variation.get("price"):
        price = {"price": variation["price"]}
    if not variation:
        own = {name: row.cells.get(name, "") for name in ("sku", "quantity", "barcode")}
        return {**own, **price}
    is_separate = row is not head
    own = {name: row.cells.get(name, "") for name in ("quantity", "barcode") if is_separate}
    images = translation.pictures(row.cells, start="image ").replace(",", "|") if is_separate else ""
    return {**own, **price, "sku": variation.get("sku", ""), "image_urls": images, **translation.options(pairs)}


def _price(row: Row, *, today: date) -> dict[str, str]:
    """The price, or the special price on the days that it covers."""
    starts, ends = _day(row, "special_price_from_date"), _day(row, "special_price_to_date")
    is_special = (starts or today) <= today <= (ends or today)
    return translation.on_sale(row.cells, row.cells.get("special_price", "") if is_special else "")


def _day(row: Row, column: str) -> date | None:
    text = row.cells.get(column, "").strip()
    for form in _DATES if text else ():
        try:
            return datetime.strptime(text.partition(" ")[0].rstrip(","), form).date()  # noqa: DTZ007 - a day of the shop
        except ValueError:
            continue
    if text:
        raise RowRefused(f'{column} "{text[:30]}" is not a date')
    return None


SHAPE = Shape(
    signatures=(frozenset({"sku", "title", "price", "product_type", "attribute_set_code"}),),
    columns={
        "sku": "sku",
        "store_view_code": "store_view_code",
        "attribute_set_code": "attribute_set_code",
        "product_type": "product_type",
        "title": "name",
        "description": "description",
        "short_description": "short_description",
        "category": "categories",
        "price": "price",
        "special_price": "special_price",
        "special_price_from_date": "special_price_from_date",
        "special_price_to_date": "special_price_to_date",
        "product_online": "product_online",
        "visibility": "visibility",
        "slug": "url_key",
        "quantity": "qty",
        "barcode": "gtin|ean|barcode|upc",
        "image 1": "base_image",
        "image 2": "additional_images",
        "additional_attributes": "additional_attributes",
        "configurable_variations": "configurable_variations",
        "configurable_variation_labels": "configurable_variation_labels",
    },
    translate=_translate,
    link=lambda rows: translation.keyed(rows, "sku"),
    parents=parents,
    adds={
        "product_online": ("status",),
        "short_description": ("description",),
        "special_price": ("compare_at",),
        "image ": ("pictures", "image_urls"),
        "additional_attributes": ("attributes",),
        "configurable_variations": translation.OPTIONS,
    },
)
