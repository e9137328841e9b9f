"""Shopify's product export: rows of one Handle are one product; the first carries its text, each a variant or picture."""

from collections.abc import Sequence

from platform_app.domain.catalog.rules import MAX_WORD, Condition, Status
from platform_app.domain.catalog.schemas import PictureDraft, VariantDraft
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, Refusals, RowRefused

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


def key(row: Row) -> str:
    """The product a row belongs to."""
    handle = row.cells.get("Handle", "").strip()
    if not handle:
        raise RowRefused("Handle is empty")
    return handle


def product(rows: Sequence[Row], *, currency: str) -> Product:
    """What the rows of one Handle say."""
    head = next((row.cells for row in rows if row.cells.get("Title", "").strip()), None)
    if head is None:
        return products.whole(rows, "no row of this product has a Title")
    if products.truth(head.get("Gift Card", "")):
        return products.whole(rows, "gift cards cannot be sold here")
    options = _options(rows)
    refusals = Refusals()
    variants: list[VariantDraft] = []
    seen: dict[tuple[str, ...], int] = {}

    def read(row: Row) -> None:
        if _is_variant(row):
            variants.append(_variant(row, options=options, currency=currency, seen=seen))
        elif not products.is_url(row.cells.get("Image Src", "").strip()):
            raise RowRefused("has neither a variant nor a picture")

    for row in rows:
        refusals.attempt(row, read)
    return products.drafted(
        rows,
        refusals.reasons,
        key=head["Handle"].strip(),
        title=" ".join(head["Title"].split()),
        description=head.get("Body (HTML)", "").strip(),
        category=_category(head),
        condition=_CONDITIONS.get(head.get("Google Shopping / Condition", "").strip().lower(), Condition.NEW),
        status=_status(head),
        tags=products.words(head.get("Tags", "")),
        attributes={"Brand": head["Vendor"].strip()[:MAX_WORD]} if head.get("Vendor", "").strip() else {},
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows),
    )


def _options(rows: Sequence[Row]) -> tuple[str, ...]:
    """Option names, as the first row that names them does; a lone `Default Title` is no choice at all."""
    cells = next((row.cells for row in rows if row.cells.get("Option1 Name", "").strip()), {})
    names = tuple(cells.get(f"Option{place} Name", "").strip() for place in (1, 2, 3))
    if names[0] == "Title" and cells.get("Option1 Value", "").strip() in ("", "Default Title"):
        return ()
    return tuple(name[:MAX_WORD] for name in names if name)


def _is_variant(row: Row) -> bool:
    return any(row.cells.get(name, "").strip() for name in ("Variant Price", "Option1 Value", "Variant SKU"))


def _variant(row: Row, *, options: tuple[str, ...], currency: str, seen: dict[tuple[str, ...], int]) -> VariantDraft:
    cells = row.cells
    choice = tuple(cells.get(f"Option{place} Value", "").strip()[:MAX_WORD] for place in range(1, len(options) + 1))
    if not all(choice):
        raise RowRefused(f"has no value for {options[choice.index('')]}")
    amount = products.price(cells.get("Variant Price", ""), currency=currency, column="Variant Price")
    on_hand = _quantity(cells)
    products.distinct(seen, choice, row)
    image = cells.get("Variant Image", "").strip()
    return VariantDraft(
        choice=choice,
        sku=cells.get("Variant SKU", "").strip().removeprefix("'")[:MAX_WORD],
        price=amount,
        compare_at=products.compare_at(cells.get("Variant Compare At Price", ""), currency=currency, above=amount),
        quantity=on_hand,
        picture=image if products.is_url(image) else None,
    )


def _quantity(cells: dict[str, str]) -> int | None:
    """A blank tracker or count, or the policy to sell on, means that nobody counts."""
    tracker, counted = (cells.get(f"Variant Inventory {name}", "").strip() for name in ("Tracker", "Qty"))
    if not tracker or not counted or cells.get("Variant Inventory Policy", "").strip() == "continue":
        return None
    return products.quantity(counted, column="Variant Inventory Qty")


def _category(head: dict[str, str]) -> str | None:
    names = ("Product Category", "Type", "Google Shopping / Google Product Category")
    return next((head[name].strip() for name in names if head.get(name, "").strip()), None)


def _status(head: dict[str, str]) -> Status:
    """Only what is both active and published is public; a column that is missing does not object."""
    shown = products.truth(head.get("Published", "").strip() or "true")
    return _STATUSES.get(head.get("Status", "").strip().lower(), Status.PUBLISHED if shown else Status.DRAFT)


def _pictures(rows: Sequence[Row]) -> tuple[PictureDraft, ...]:
    """Gallery pictures in their order, then those that only a variant names."""
    placed: list[tuple[int, str, str]] = []
    for row in rows:
        source = row.cells.get("Image Src", "").strip()
        position = row.cells.get("Image Position", "").strip()
        if products.is_url(source):
            place = int(position) if position.isdecimal() and len(position) < 6 else len(placed) + 1
            placed.append((place, source, row.cells.get("Image Alt Text", "").strip()[:500]))
    shown = {source: alt for _, source, alt in sorted(placed, key=lambda picture: picture[0])}
    for row in rows:
        source = row.cells.get("Variant Image", "").strip()
        if products.is_url(source):
            shown.setdefault(source, "")
    return tuple(PictureDraft(source=source, alt=alt) for source, alt in shown.items())
