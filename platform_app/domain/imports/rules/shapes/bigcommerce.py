"""BigCommerce's product exports, today's and the older one: rows of variants and images follow their product's row."""

import re
from collections.abc import Sequence

from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading, RowRefused
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_OPTION = re.compile(r"Name=(?P<name>.*?)\|Value=(?P<value>.*?)(?=;?\s*Type=|$)", re.DOTALL)
_OLD_OPTION = re.compile(r"(?:^|,)\[[A-Z]+\](?P<name>[^=]+)=(?P<value>.*?)(?=,\[[A-Z]+\]|$)", re.DOTALL)
_SWATCH = re.compile(r"[:\[]\s*#[0-9a-fA-F]{3,8}\b.*$", re.DOTALL)  # the colours of a value
_PRODUCT, _VARIANTS, _IMAGES = "product", ("variant", "sku"), ("image", "video", "rule")


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    found = Translated()
    heads = [row for row in rows if _kind(row) == _PRODUCT]
    if not heads:
        found.refused = {row.line: "its product isn't in the file" for row in rows}
        return found
    head = heads[0]
    found.refused = {row.line: f"has the same ID as line {head.line}" for row in heads[1:]}
    found.refused |= {
        row.line: f'a row for "{_kind(row)[:20]}" is not imported'
        for row in rows
        if _kind(row) not in (_PRODUCT, *_VARIANTS, "image")
    }
    images = [row for row in rows if row is head or _kind(row) == "image"]
    brand = translation.attributes([("Brand", head.cells.get("brand", ""))], notes=found.notes)
    shared = {**head.cells, "attributes": brand, "pictures": "|".join(filter(None, map(_gallery, images)))}
    variants = [row for row in rows if _kind(row) in _VARIANTS]
    tracking = head.cells.get("tracking", "").strip().casefold()
    if tracking == "none":
        shared["quantity"] = ""
    if variants and tracking in ("product", "by product") and shared.get("quantity", "").strip():
        found.notes.append("the file has one stock for all variants, so each is sold out until you set its stock")
        found.unknown, shared["quantity"] = frozenset({"quantity"}), "0"
    for row in variants or [head]:
        try:
            found.rows.append(Row(row.line, {**shared, **_own(row, head, tracking)}))
        except RowRefused as reason:
            found.refused[row.line] = str(reason)
    return found


def _kind(row: Row) -> str:
    return row.cells.get("item", "").strip().casefold()


def _gallery(row: Row) -> str:
    return translation.pictures(row.cells, start="image ")


def _own(row: Row, head: Row, tracking: str) -> dict[str, str]:
    prices = {name: row.cells.get(name, "").strip() or head.cells.get(name, "") for name in ("price", "sale price")}
    own = translation.on_sale(prices, prices["sale price"] if not _is_zero(prices["sale price"]) else "")
    if "compare_at" not in own:
        own["compare_at"] = head.cells.get("retail price", "")
    if row is head:
        return own
    own |= {name: row.cells.get(name, "") for name in ("sku", "barcode")}
    if tracking not in ("none", "product", "by product"):
        own["quantity"] = row.cells.get("quantity", "")
    return {**own, "image_urls": row.cells.get("variant image", ""), **translation.options(_options(row))}


def _options(row: Row) -> list[tuple[str, str]]:
    text = row.cells.get("options", "") or row.cells.get("title", "")
    found = list(_OPTION.finditer(text)) or list(_OLD_OPTION.finditer(text))
    if not found:
        raise RowRefused(f'its options "{text[:60]}" can\'t be read')
    return [(each["name"], _SWATCH.sub("", each["value"]).strip()) for each in found]


def _is_zero(text: str) -> bool:
    return not text.strip("0., ")


SHAPE = Shape(
    signatures=(frozenset({"item", "title", "price"}),),
    columns={
        "item": "Item|Item Type",
        "product id": "ID|Product ID",
        "title": "Name|Product Name",
        "sku": "SKU|Product Code/SKU",
        "options": "Options",
        "tracking": "Inventory Tracking|Track Inventory",
        "quantity": "Current Stock|Current Stock Level",
        "price": "Price",
        "sale price": "Sale Price",
        "retail price": "Retail Price",
        "description": "Description|Product Description",
        "category": "Categories|Category|Category String",
        "status": "Is Visible|Product Visible",
        "condition": "Product Condition",
        "brand": "Brand|Brand Name",
        "barcode": "GTIN|Global Trade Number|Product UPC/EAN",
        "slug": "Product URL",
        "variant image": "Variant Image URL",
        "image 1": "Image URL (Import)|Internal Image URL (Export)",
    },
    patterns=((r"Product Image (?:URL|File) - (\d{1,2})", r"image \1"),),
    translate=_translate,
    adds={
        "options": translation.OPTIONS,
        "image ": ("pictures", "image_urls"),
        "sale price": ("compare_at",),
        "retail price": ("compare_at",),
        "brand": ("attributes",),
    },
    price_columns=("price", "compare_at", "sale price"),
    link=lambda rows: translation.carry_key(
        rows,
        is_head=lambda row: _kind(row) == _PRODUCT,
        key=lambda row: (
            row.cells.get("sku", "").strip() or row.cells.get("product id", "").strip() or row.cells.get("title", "")
        ),
    ),
)
