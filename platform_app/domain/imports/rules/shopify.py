"""Shopify's product export. Rows with one Handle are a product: the first has its texts, each a variant or picture."""

import re
from collections.abc import Sequence
from dataclasses import replace

from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import headers, measures, products, words
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors
from platform_app.domain.imports.rules.readings import Given, Reading, RowRefused

HEADER = {"Handle", "Title"}
OPTION_NUMBERS = (1, 2, 3)
PRICE_COLUMNS = ("Variant Price", "Variant Compare At Price")
_CONDITION = "Google Shopping / Condition"
_MEASURE, _BASE_MEASURE = "Unit price total measure", "Unit price base measure"
# The columns that set each field of a listing or variant.
SOURCES = {
    "title": ("Title",),
    "description": ("Body (HTML)",),
    "category": ("Product Category", "Type", "Google Shopping / Google Product Category"),
    "condition": (_CONDITION,),
    "status": ("Status", "Published"),
    "tags": ("Tags",),
    "pictures": ("Image Src",),
    "options": tuple(f"Option{number} {part}" for number in OPTION_NUMBERS for part in ("Name", "Value")),
    "sku": ("Variant SKU",),
    "price": ("Variant Price",),
    "compare_at": ("Variant Compare At Price",),
    "quantity": ("Variant Inventory Qty",),
    "picture": ("Variant Image",),
    "barcode": ("Variant Barcode",),
    "weight": ("Variant Grams",),
    "measure": (_MEASURE, f"{_MEASURE} unit"),
    "base_measure": (_BASE_MEASURE, f"{_BASE_MEASURE} unit"),
}
COLUMNS = HEADER.union(
    *SOURCES.values(),
    (
        "Gift Card",
        "Vendor",
        "Variant Inventory Tracker",
        "Variant Inventory Policy",
        "Variant Weight Unit",
        "Image Position",
        "Image Alt Text",
    ),
)
_BRAND = "Brand"
_SPELLINGS = headers.spellings(
    COLUMNS,
    {
        # The headers since 2025.
        "Handle": ("URL handle",),
        "Body (HTML)": ("Description",),
        "Published": ("Published on online store",),
        "Variant SKU": ("SKU",),
        "Variant Price": ("Price",),
        "Variant Compare At Price": ("Compare-at price", "Compare at price"),
        "Variant Inventory Tracker": ("Inventory tracker",),
        "Variant Inventory Qty": ("Inventory quantity",),
        "Variant Inventory Policy": ("Continue selling when out of stock",),
        "Image Src": ("Product image URL",),
        "Image Position": ("Image position",),
        "Image Alt Text": ("Image alt text",),
        "Variant Image": ("Variant image URL",),
        "Variant Barcode": ("Barcode",),
        "Variant Grams": ("Weight value (grams)",),
        "Variant Weight Unit": ("Weight unit for display",),
        "Google Shopping / Condition": ("Google Shopping / Condition",),
        "Google Shopping / Google Product Category": ("Google Shopping / Google product category",),
    },
)
_METAFIELD = re.compile(r"(.{1,80}) \((?:product|variant)\.metafields\.[^)]+\)")


def known_columns(header: Sequence[str]) -> dict[str, str]:
    """The columns of a file that are imported, metafields of products among them, with their names in an export."""
    metafields = {name: name for name in header if _METAFIELD.fullmatch(name)}
    return headers.columns(header, _SPELLINGS) | metafields


def product_key(row: Row) -> str:
    """The key of a row's product, its Handle; RowRefused without one."""
    handle = row.cells.get("Handle", "").strip()
    if not handle:
        raise RowRefused("Handle is empty")
    return handle


def parse_product(rows: Sequence[Row], reading: Reading) -> Product:
    """The product in the rows of one Handle."""
    first_cells = next((row.cells for row in rows if row.cells.get("Title", "").strip()), None)
    if first_cells is None:
        return products.refuse_all(rows, "no row of this product has a Title")
    if words.is_yes(first_cells.get("Gift Card", "")):
        return products.refuse_all(rows, "gift cards can't be sold here")
    columns = products.columns_of(rows, reading)
    errors = RowErrors()
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        options = _options(rows)
    except RowRefused as reason:
        return products.refuse_all(rows, str(reason))

    def read(row: Row) -> None:
        if _is_variant(row, columns):
            variants.append(_parse_variant(row, options, columns, reading, seen, errors.notes))
        elif not row.cells.get("Image Src", "").strip():
            raise RowRefused("has neither a variant nor a picture")

    for row in rows:
        errors.attempt(row, read)
    status = _status(first_cells, notes=errors.notes)
    names = _attribute_names(columns)
    attributes = {name: value for name, column in names.items() if (value := lists.plain(first_cells.get(column, "")))}
    cell = first_cells.get("Tags", "")
    tags = [lists.plain(tag) for tag in lists.split_values(cell)] if "," in cell else lists.split_tags(cell)
    built = products.build_product(
        rows,
        errors,
        key=first_cells["Handle"].strip(),
        title=" ".join(lists.plain(first_cells["Title"]).split()),
        description=lists.description(first_cells.get("Body (HTML)", "")),
        category=_category(first_cells),
        **products.with_condition(first_cells.get(_CONDITION, ""), status, column="Condition", notes=errors.notes),
        tags=products.limit_tags(tags, notes=errors.notes),
        attributes=products.limit_attributes(attributes, notes=errors.notes),
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows, notes=errors.notes),
        given=Given(products.given_fields(columns, SOURCES), frozenset(names)),
    )
    return replace(built, slug=first_cells["Handle"].strip().lower())


def _attribute_names(columns: frozenset[str]) -> dict[str, str]:
    """The columns that become attributes, by the attribute's name."""
    found = {_BRAND: "Vendor"} if "Vendor" in columns else {}
    for column in sorted(columns):
        if match := _METAFIELD.fullmatch(column):
            found.setdefault(match[1], column)
    return found


def _options(rows: Sequence[Row]) -> tuple[str, ...]:
    """The option names from the first row that has them; none if the only value is `Default Title`."""
    cells = next((row.cells for row in rows if row.cells.get("Option1 Name", "").strip()), {})
    names = [cells.get(f"Option{number} Name", "").strip() for number in OPTION_NUMBERS]
    if names[0] == "Title" and cells.get("Option1 Value", "").strip() in ("", "Default Title"):
        return ()
    return tuple(products.parse_label(name, column="Option Name") for name in names if name)


def _is_variant(row: Row, columns: frozenset[str]) -> bool:
    """Whether a row is a variant. A file without prices, options and SKUs has one variant per product."""
    names = {"Variant Price", "Option1 Value", "Variant SKU"}
    return columns.isdisjoint(names) or any(row.cells.get(name, "").strip() for name in names)


def _parse_variant(
    row: Row,
    options: tuple[str, ...],
    columns: frozenset[str],
    reading: Reading,
    seen: dict[tuple[str, ...], int],
    notes: list[str],
) -> VariantInput:
    cells = row.cells
    choice = tuple(
        products.parse_label(cells.get(f"Option{number} Value", ""), column=f"Option{number} Value")
        for number in range(1, len(options) + 1)
    )
    if not all(choice):
        raise RowRefused(f"has no value for {options[choice.index('')]}")
    price = "Variant Price"
    amount = products.parse_price(cells.get(price, ""), reading=reading, column=price, notes=notes)
    on_hand = _parse_quantity(cells, columns)
    sku = products.parse_sku(cells.get("Variant SKU", "").strip().removeprefix("'"), column="Variant SKU")
    former = "Variant Compare At Price"
    compare_at = products.parse_compare_at(
        cells.get(former, ""), above=amount, reading=reading, column=former, notes=notes
    )
    products.require_distinct(seen, choice, row)
    return VariantInput(
        choice=choice,
        sku=sku,
        price=amount,
        compare_at=compare_at,
        quantity=on_hand,
        picture=products.picture_url(cells.get("Variant Image", "")),
        **_measures(cells, notes=notes),
    )


def _measures(cells: dict[str, str], *, notes: list[str]) -> dict[str, str]:
    """Barcode, weight and measures; the weight is always in grams, its unit only that of Shopify's pages."""

    def measure(column: str) -> str:
        amount, unit = cells.get(column, ""), cells.get(f"{column} unit", "")
        return measures.parse_measure(amount, unit=unit, column=column, notes=notes)

    grams = measures.parse_weight(cells.get("Variant Grams", ""), unit="g", column="Variant Grams", notes=notes)
    return {
        "barcode": measures.parse_barcode(cells.get("Variant Barcode", ""), column="Variant Barcode", notes=notes),
        "weight": measures.in_kilograms(grams) if cells.get("Variant Weight Unit", "").strip() == "kg" else grams,
        "measure": measure(_MEASURE),
        "base_measure": measure(_BASE_MEASURE),
    }


def _parse_quantity(cells: dict[str, str], columns: frozenset[str]) -> int | None:
    """The stock; None (untracked) without a tracker or quantity, or if the policy is to continue selling."""
    tracker, quantity_text = (cells.get(f"Variant Inventory {name}", "").strip() for name in ("Tracker", "Qty"))
    is_tracked = bool(tracker) or "Variant Inventory Tracker" not in columns
    policy = cells.get("Variant Inventory Policy", "").strip()
    continues = policy.casefold() == "continue" or words.is_yes(policy)
    if not is_tracked or not quantity_text or continues:
        return None
    return products.parse_quantity(quantity_text, column="Variant Inventory Qty")


def _category(head: dict[str, str]) -> str | None:
    names = ("Product Category", "Type", "Google Shopping / Google Product Category")
    return next((lists.plain(head[name]) for name in names if head.get(name, "").strip()), None)


def _status(head: dict[str, str], *, notes: list[str]) -> Status:
    """The status: published only if both columns say so; a missing column counts as yes."""
    found = [
        products.parse_status(head[column], column=column, notes=notes)
        for column in ("Status", "Published")
        if head.get(column, "").strip()
    ]
    return next((status for status in found if status is not Status.PUBLISHED), Status.PUBLISHED)


def _pictures(rows: Sequence[Row], *, notes: list[str]) -> tuple[PictureInput, ...]:
    """The gallery pictures in order, then variant pictures that are not in the gallery."""
    positioned: list[tuple[int, str, str]] = []
    for row in rows:
        position = row.cells.get("Image Position", "").strip()
        for source in _urls(row, "Image Src", notes=notes):
            index = int(position) if position.isdecimal() and len(position) < 6 else len(positioned) + 1
            alt = products.parse_alt(
                lists.plain(row.cells.get("Image Alt Text", "")), column="Image Alt Text", notes=notes
            )
            positioned.append((index, source, alt))
    alts = {source: alt for _, source, alt in sorted(positioned, key=lambda picture: picture[0])}
    for row in rows:
        for source in _urls(row, "Variant Image", notes=notes):
            alts.setdefault(source, "")
    return tuple(PictureInput(source=source, alt=alt) for source, alt in alts.items())


def _urls(row: Row, column: str, *, notes: list[str]) -> list[str]:
    cell = row.cells.get(column, "").strip()
    return products.parse_urls([cell] if cell else [], column=column, notes=notes)
