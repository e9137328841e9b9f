"""eBay's File Exchange and its successors: rows with the relationship `Variation` follow their item's row."""

from collections.abc import Sequence

from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.readings import Reading, RowRefused
from platform_app.domain.imports.rules.shapes import translation
from platform_app.domain.imports.rules.shapes.translation import Shape, Translated

_ENDED = ("end", "enditem", "delete")
_SPECIFIC = "c:"
_ACTION = "action "  # followed by the currency that the header of this column names


def _translate(rows: Sequence[Row], _: Reading) -> Translated:
    found = Translated()
    heads = [row for row in rows if not _is_variation(row)]
    if not heads:
        found.refused = {row.line: "its item isn't in the file" for row in rows}
        return found
    head = heads[0]
    found.refused = {row.line: f"is the same item as line {head.line}" for row in heads[1:]}
    if head.cells.get("format", "").strip().casefold() in ("auction", "chinese"):
        found.refused |= {row.line: "is an auction, whose start price is not a price" for row in rows}
        return found
    variations = [row for row in rows if _is_variation(row)]
    specifics = [
        (name.removeprefix(_SPECIFIC), value) for name, value in head.cells.items() if name.startswith(_SPECIFIC)
    ]
    action, words = next(((name, value) for name, value in head.cells.items() if name.startswith(_ACTION)), ("", ""))
    is_ended = words.strip().casefold() in _ENDED
    shared = {
        **head.cells,
        "currency": action.removeprefix(_ACTION) or head.cells.get("currency", ""),
        "status": "archived" if is_ended else "published",
        "attributes": translation.attributes(specifics, notes=found.notes),
        "pictures": head.cells.get("images", ""),
    }
    for row in variations or [head]:
        try:
            found.rows.append(Row(row.line, {**shared, **_own(row, head)}))
        except RowRefused as reason:
            found.refused[row.line] = str(reason)
    return found


def _is_variation(row: Row) -> bool:
    return row.cells.get("relationship", "").strip().casefold() == "variation"


def _own(row: Row, head: Row) -> dict[str, str]:
    codes = (row.cells.get(name, "").strip() for name in ("barcode", "upc", "isbn"))
    barcode = next((code for code in codes if code and code.casefold() != "does not apply"), "")
    if row is head:
        return {"barcode": barcode}
    pairs = [part.partition("=") for part in row.cells.get("details", "").split("|") if part.strip()]
    # A picture of a variation may be written as `Colour=Red=URL`.
    image = row.cells.get("images", "").rpartition("=http")
    return {
        "sku": row.cells.get("sku", ""),
        "price": row.cells.get("price", "") or head.cells.get("price", ""),
        "quantity": row.cells.get("quantity", ""),
        "barcode": barcode,
        "image_urls": f"http{image[2]}" if image[1] else image[2],
        **translation.options([(name, value) for name, _, value in pairs]),
    }


def _required(names: str) -> str:
    """Each name, and as it is written where eBay requires it: with a star before it."""
    return "|".join(f"{name}|*{name}" for name in names.split("|"))


SHAPE = Shape(
    signatures=(
        frozenset({"format", "duration", "title", "price"}),
        frozenset({"relationship", "details", "title", "price"}),
        frozenset({"item id", "sku", "format", "title", "price"}),
    ),
    columns={
        "item id": _required("ItemID|Item number"),
        "sku": _required("CustomLabel|Custom label (SKU)|Custom label"),
        "title": _required("Title"),
        "description": _required("Description"),
        "category": _required("Category name|StoreCategory"),
        "condition": _required("ConditionID|Condition ID|Condition"),
        "price": _required("StartPrice|Start price|Price|BuyItNowPrice"),
        "quantity": _required("Quantity|Available quantity"),
        "format": _required("Format"),
        "duration": _required("Duration"),
        "images": _required("PicURL|Item photo URL|PictureURL"),
        "relationship": _required("Relationship"),
        "details": _required("RelationshipDetails|Relationship details"),
        "barcode": _required("Product:EAN|P:EAN|EAN"),
        "upc": _required("Product:UPC|P:UPC|UPC"),
        "isbn": _required("Product:ISBN|P:ISBN|ISBN"),
        "currency": _required("Currency"),
    },
    patterns=(
        (r"\*?Action(?:\(.*?\bCurrency=([A-Z]{3})\b.*\))?", r"action \1"),
        (r"\*?Action\(.*\)", "action "),
        (r"\*?C:(.{1,80})", r"c:\1"),
    ),
    translate=_translate,
    adds={
        "details": translation.OPTIONS,
        "images": ("pictures", "image_urls"),
        _ACTION: ("status", "currency"),
        "upc": ("barcode",),
        "isbn": ("barcode",),
        _SPECIFIC: ("attributes",),
    },
    link=lambda rows: translation.carry_key(
        rows,
        is_head=lambda row: not _is_variation(row),
        key=lambda row: next(
            (row.cells[name].strip() for name in ("item id", "sku", "title") if row.cells.get(name, "").strip()), ""
        ),
    ),
)
