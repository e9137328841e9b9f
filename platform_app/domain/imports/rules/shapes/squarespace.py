"""Squarespace's product export: the rows of a product's further variants follow its first row."""

from collections.abc import Sequence

from platform_app.domain.imports.rules import words
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_UNLIMITED = "unlimited"


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    found = Translated()
    head = rows[0].cells
    kind = head.get("product type", "").strip().casefold().replace("_", " ")
    if kind == "gift card":
        found.refused = {row.line: "gift cards can't be sold here" for row in rows}
        return found
    if any(row.cells.get("option4 value", "").strip() for row in rows):
        found.refused = {row.line: "it has more than 3 options" for row in rows}
        return found
    for row in rows:
        is_on_sale = words.is_yes(row.cells.get("on sale", ""))
        cells = {**row.cells, **translation.on_sale(row.cells, row.cells.get("sale price", "") if is_on_sale else "")}
        if cells.get("quantity", "").strip().casefold() == _UNLIMITED:
            cells["quantity"] = ""
        names = {name: head[name] for name in head if name.startswith("option") and name.endswith("_name")}
        found.rows.append(Row(row.line, {**cells, **names}))
    return found


SHAPE = Shape(
    signatures=(frozenset({"variant id", "title", "price"}),),
    columns={
        "product id": "Product ID [Non Editable]",
        "variant id": "Variant ID [Non Editable]",
        "product type": "Product Type [Non Editable]",
        "slug": "Product URL",
        "title": "Title",
        "description": "Description",
        "sku": "SKU",
        "price": "Price",
        "sale price": "Sale Price",
        "on sale": "On Sale",
        "quantity": "Stock",
        "category": "Categories",
        "tags": "Tags",
        "status": "Visible",
        "image_urls": "Hosted Image URLs",
        "option4 value": "Option Value 4",
    },
    patterns=((r"Option Name ([123])", r"option\1_name"), (r"Option Value ([123])", r"option\1_value")),
    translate=_translate,
    adds={"sale price": ("compare_at",)},
    link=lambda rows: translation.carry_key(
        rows,
        is_head=lambda row: bool(row.cells.get("title", "").strip()),
        key=lambda row: row.cells.get("product id", "").strip() or row.cells["title"].strip(),
    ),
)
