"""Plaza's own CSV, which any other file becomes through a column mapping: one row per variant, `key` names the product."""

from collections.abc import Mapping, Sequence
from typing import TypeVar

from slugify import slugify

from platform_app.domain.catalog.rules import MAX_WORD, Condition, Status
from platform_app.domain.catalog.schemas import PictureDraft, VariantDraft
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, Refusals, RowRefused

Kind = TypeVar("Kind", Condition, Status)
HEADER = {"key", "title", "price"}
FIELDS = (
    "key title description category condition status tags price compare_at quantity sku image_urls "
    "option1_name option1_value option2_name option2_value option3_name option3_value"
).split()
REQUIRED = ("title", "price")


def mapped(row: Row, mapping: Mapping[str, str]) -> Row:
    """The row under Plaza's own column names."""
    cells = {field: row.cells[column] for field, column in mapping.items() if row.cells.get(column)}
    return Row(row.line, cells, row.problem)


def key(row: Row) -> str:
    """The product a row belongs to: its `key`, else its SKU, else its title."""
    cells = row.cells
    named = (cells.get(name, "").strip() for name in ("key", "sku"))
    found = next((name for name in named if name), None) or slugify(cells.get("title", ""))
    found = found or cells.get("title", "").strip()  # of emoji alone
    if not found:
        raise RowRefused("title is empty")
    return found[:200]


def product(rows: Sequence[Row], *, currency: str) -> Product:
    """What the rows of one key say; the first one's text counts."""
    head = next((row.cells for row in rows if row.cells.get("title", "").strip()), None)
    if head is None:
        return products.whole(rows, "title is empty")
    options = tuple(
        head[name].strip()[:MAX_WORD] for name in FIELDS if name.endswith("_name") and head.get(name, "").strip()
    )
    refusals = Refusals()
    variants: list[VariantDraft] = []
    seen: dict[tuple[str, ...], int] = {}

    def read(row: Row) -> None:
        variants.append(_variant(row, options=options, currency=currency, seen=seen))

    for row in rows:
        refusals.attempt(row, read)
    pictures = dict.fromkeys(source for row in rows for source in _images(row))
    return products.drafted(
        rows,
        refusals.reasons,
        key=key(rows[0]),
        title=" ".join(head["title"].split()),
        description=head.get("description", "").strip(),
        category=head.get("category", "").strip() or None,
        condition=_member(Condition, head.get("condition", ""), Condition.NEW),
        status=_member(Status, head.get("status", ""), Status.PUBLISHED),
        tags=products.words(head.get("tags", "")),
        options=options,
        variants=tuple(variants),
        pictures=tuple(PictureDraft(source=source) for source in pictures),
    )


def _variant(row: Row, *, options: tuple[str, ...], currency: str, seen: dict[tuple[str, ...], int]) -> VariantDraft:
    cells = row.cells
    choice = tuple(cells.get(f"option{place}_value", "").strip()[:MAX_WORD] for place in range(1, len(options) + 1))
    if not all(choice):
        raise RowRefused(f"has no value for {options[choice.index('')]}")
    amount = products.price(cells.get("price", ""), currency=currency, column="price")
    counted = cells.get("quantity", "").strip()
    on_hand = products.quantity(counted, column="quantity") if counted else None
    products.distinct(seen, choice, row)
    images = _images(row)
    return VariantDraft(
        choice=choice,
        sku=cells.get("sku", "").strip()[:MAX_WORD],
        price=amount,
        compare_at=products.compare_at(cells.get("compare_at", ""), currency=currency, above=amount),
        quantity=on_hand,
        picture=images[0] if images and options else None,
    )


def _images(row: Row) -> list[str]:
    cell = row.cells.get("image_urls", "").replace("|", ",").replace("\n", ",")
    return [part for part in (part.strip() for part in cell.split(",")) if products.is_url(part)]


def _member(kind: type[Kind], text: str, default: Kind) -> Kind:
    named = text.strip().lower().replace(" ", "_")
    return kind(named) if named in set(kind) else default
