"""Shopify's product export. Rows with one Handle are a product: the first has its texts, each a variant or picture."""

from collections.abc import Sequence

from platform_app.domain.catalog.rules import MAX_LABEL, Condition, Status
from platform_app.domain.catalog.schemas import PictureInput, VariantInput
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors, RowRefused

HEADER = {"Handle", "Title"}
COLUMNS = HEADER | {
    *("Gift Card", "Body (HTML)", "Google Shopping / Condition", "Tags", "Vendor"),
    *("Product Category", "Type", "Google Shopping / Google Product Category", "Published", "Status"),
    *(f"Option{place} {part}" for place in (1, 2, 3) for part in ("Name", "Value")),
    *(f"Variant {name}" for name in ("Price", "Compare At Price", "SKU", "Image")),
    *(f"Variant Inventory {name}" for name in ("Tracker", "Qty", "Policy")),
    *("Image Src", "Image Position", "Image Alt Text"),
}
_CONDITIONS = {"used": Condition.GOOD, "refurbished": Condition.REFURBISHED}
_STATUSES = {"draft": Status.DRAFT, "archived": Status.ARCHIVED}


def product_key(row: Row) -> str:
    """The key of a row's product, its Handle; RowRefused without one."""
    handle = row.cells.get("Handle", "").strip()
    if not handle:
        raise RowRefused("Handle is empty")
    return handle


def parse_product(rows: Sequence[Row], *, currency: str) -> Product:
    """The product in the rows of one Handle."""
    first_cells = next((row.cells for row in rows if row.cells.get("Title", "").strip()), None)
    if first_cells is None:
        return products.refuse_all(rows, "no row of this product has a Title")
    if products.parse_bool(first_cells.get("Gift Card", "")):
        return products.refuse_all(rows, "gift cards can't be sold here")
    options = _options(rows)
    refusals = RowErrors()
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}

    def read(row: Row) -> None:
        if _is_variant(row):
            variants.append(_parse_variant(row, options=options, currency=currency, seen=seen))
        elif not products.is_url(row.cells.get("Image Src", "").strip()):
            raise RowRefused("has neither a variant nor a picture")

    for row in rows:
        refusals.attempt(row, read)
    return products.build_product(
        rows,
        refusals.reasons,
        key=first_cells["Handle"].strip(),
        title=" ".join(first_cells["Title"].split()),
        description=first_cells.get("Body (HTML)", "").strip(),
        category=_category(first_cells),
        condition=_CONDITIONS.get(first_cells.get("Google Shopping / Condition", "").strip().lower(), Condition.NEW),
        status=_status(first_cells),
        tags=products.parse_tags(first_cells.get("Tags", "")),
        attributes={"Brand": first_cells["Vendor"].strip()[:MAX_LABEL]}
        if first_cells.get("Vendor", "").strip()
        else {},
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows),
    )


def _options(rows: Sequence[Row]) -> tuple[str, ...]:
    """The option names from the first row that has them; none if the only value is `Default Title`."""
    cells = next((row.cells for row in rows if row.cells.get("Option1 Name", "").strip()), {})
    names = tuple(cells.get(f"Option{number} Name", "").strip() for number in (1, 2, 3))
    if names[0] == "Title" and cells.get("Option1 Value", "").strip() in ("", "Default Title"):
        return ()
    return tuple(name[:MAX_LABEL] for name in names if name)


def _is_variant(row: Row) -> bool:
    return any(row.cells.get(name, "").strip() for name in ("Variant Price", "Option1 Value", "Variant SKU"))


def _parse_variant(
    row: Row, *, options: tuple[str, ...], currency: str, seen: dict[tuple[str, ...], int]
) -> VariantInput:
    cells = row.cells
    choice = tuple(cells.get(f"Option{number} Value", "").strip()[:MAX_LABEL] for number in range(1, len(options) + 1))
    if not all(choice):
        raise RowRefused(f"has no value for {options[choice.index('')]}")
    amount = products.parse_price(cells.get("Variant Price", ""), currency=currency, column="Variant Price")
    on_hand = _parse_quantity(cells)
    products.require_distinct(seen, choice, row)
    image = cells.get("Variant Image", "").strip()
    return VariantInput(
        choice=choice,
        sku=cells.get("Variant SKU", "").strip().removeprefix("'")[:MAX_LABEL],
        price=amount,
        compare_at=products.parse_compare_at(
            cells.get("Variant Compare At Price", ""), currency=currency, above=amount
        ),
        quantity=on_hand,
        picture=image if products.is_url(image) else None,
    )


def _parse_quantity(cells: dict[str, str]) -> int | None:
    """The stock; None (untracked) without a tracker or quantity, or if the policy is to continue selling."""
    tracker, quantity_text = (cells.get(f"Variant Inventory {name}", "").strip() for name in ("Tracker", "Qty"))
    if not tracker or not quantity_text or cells.get("Variant Inventory Policy", "").strip() == "continue":
        return None
    return products.parse_quantity(quantity_text, column="Variant Inventory Qty")


def _category(head: dict[str, str]) -> str | None:
    names = ("Product Category", "Type", "Google Shopping / Google Product Category")
    return next((head[name].strip() for name in names if head.get(name, "").strip()), None)


def _status(head: dict[str, str]) -> Status:
    """The status: published only if both columns say so; a missing column counts as yes."""
    shown = products.parse_bool(head.get("Published", "").strip() or "true")
    return _STATUSES.get(head.get("Status", "").strip().lower(), Status.PUBLISHED if shown else Status.DRAFT)


def _pictures(rows: Sequence[Row]) -> tuple[PictureInput, ...]:
    """The gallery pictures in order, then variant pictures that are not in the gallery."""
    positioned: list[tuple[int, str, str]] = []
    for row in rows:
        source = row.cells.get("Image Src", "").strip()
        position = row.cells.get("Image Position", "").strip()
        if products.is_url(source):
            index = int(position) if position.isdecimal() and len(position) < 6 else len(positioned) + 1
            positioned.append((index, source, row.cells.get("Image Alt Text", "").strip()[:500]))
    alts = {source: alt for _, source, alt in sorted(positioned, key=lambda picture: picture[0])}
    for row in rows:
        source = row.cells.get("Variant Image", "").strip()
        if products.is_url(source):
            alts.setdefault(source, "")
    return tuple(PictureInput(source=source, alt=alt) for source, alt in alts.items())
