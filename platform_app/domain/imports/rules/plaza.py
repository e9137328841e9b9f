"""Plaza's own CSV format, also the target of column mappings: one row per variant, `key` identifies the product."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from slugify import slugify

from platform_app.domain.catalog.rules import MAX_LABEL, MAX_TAGS, Condition, Status
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors, RowRefused
from platform_app.domain.shared import money
from platform_app.domain.shared.json_values import find_problem

Kind = TypeVar("Kind", Condition, Status)
HEADER = {"key", "title", "price"}
FIELDS = (
    "key title description category condition status tags price compare_at quantity sku image_urls "
    "option1_name option1_value option2_name option2_value option3_name option3_value "
    "attributes pictures picture_texts variant_picture"
).split()
COLUMNS = frozenset(FIELDS)
# Exports have no `image_urls`: the column `variant_picture` identifies each variant's picture exactly.
EXPORT_FIELDS = [field for field in FIELDS if field != "image_urls"]
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE = 500
_STORED_SOURCE = re.compile(r"content:[0-9a-f]{64}|demo:[a-z0-9.-]{1,100}")
REQUIRED = ("title", "price")


def apply_mapping(row: Row, mapping: Mapping[str, str]) -> Row:
    """The row with Plaza's own column names."""
    cells = {field: row.cells[column] for field, column in mapping.items() if row.cells.get(column)}
    return Row(row.line, cells, row.problem)


def product_key(row: Row) -> str:
    """The key of a row's product: its `key`, else its SKU, else its title; RowRefused without any."""
    cells = row.cells
    candidates = (cells.get(name, "").strip() for name in ("key", "sku"))
    first = next((name for name in candidates if name), None) or slugify(cells.get("title", ""))
    first = first or cells.get("title", "").strip()  # a title of only emoji has no slug
    if not first:
        raise RowRefused("title is empty")
    return first[:200]


def parse_product(rows: Sequence[Row], *, currency: str) -> Product:
    """The product in the rows of one key; its texts come from the first row with a title."""
    first_cells = next((row.cells for row in rows if row.cells.get("title", "").strip()), None)
    if first_cells is None:
        return products.refuse_all(rows, "title is empty")
    options = tuple(
        first_cells[name].strip()[:MAX_LABEL]
        for name in FIELDS
        if name.endswith("_name") and first_cells.get(name, "").strip()
    )
    refusals = RowErrors()
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}

    def read(row: Row) -> None:
        variants.append(_parse_variant(row, options=options, currency=currency, seen=seen))

    for row in rows:
        refusals.attempt(row, read)
    try:
        attributes = _attributes(first_cells.get("attributes", ""))
    except RowRefused as reason:
        return products.refuse_all(rows, str(reason))
    return products.build_product(
        rows,
        refusals.reasons,
        key=product_key(rows[0]),
        title=" ".join(first_cells["title"].split()),
        description=first_cells.get("description", "").strip(),
        category=first_cells.get("category", "").strip() or None,
        condition=_parse_enum(Condition, first_cells.get("condition", ""), Condition.NEW),
        status=_parse_enum(Status, first_cells.get("status", ""), Status.PUBLISHED),
        tags=tuple(dict.fromkeys(tag[:MAX_LABEL] for tag in lists.split_values(first_cells.get("tags", "")) if tag))[
            :MAX_TAGS
        ],
        attributes=attributes,
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows, first_cells),
    )


def export_lines(listing_input: ListingInput, *, currency: str) -> list[list[str]]:
    """A listing as CSV lines in the order of EXPORT_FIELDS; only the first line has the shared fields."""
    shared = {
        "title": listing_input.title,
        "description": listing_input.description,
        "category": listing_input.category or "",
        "condition": listing_input.condition.value,
        "status": listing_input.status.value,
        "tags": lists.join_values(listing_input.tags),
        "attributes": json.dumps(listing_input.attributes, ensure_ascii=False) if listing_input.attributes else "",
        "pictures": lists.join_values(picture.source for picture in listing_input.pictures),
        "picture_texts": lists.join_values(picture.alt for picture in listing_input.pictures),
        **{f"option{index}_name": name for index, name in enumerate(listing_input.options, 1)},
    }
    rows: list[list[str]] = []
    for variant in listing_input.variants:
        own = {
            "key": listing_input.key,
            "price": money.format_decimal(variant.price, currency),
            "compare_at": "" if variant.compare_at is None else money.format_decimal(variant.compare_at, currency),
            "quantity": "" if variant.quantity is None else str(variant.quantity),
            "sku": variant.sku,
            "variant_picture": variant.picture or "",
            **{f"option{index}_value": value for index, value in enumerate(variant.choice, 1)},
        }
        cells = {**(shared if not rows else {}), **own}
        rows.append([cells.get(field, "") for field in EXPORT_FIELDS])
    return rows


def _parse_variant(
    row: Row, *, options: tuple[str, ...], currency: str, seen: dict[tuple[str, ...], int]
) -> VariantInput:
    cells = row.cells
    choice = tuple(cells.get(f"option{index}_value", "").strip()[:MAX_LABEL] for index in range(1, len(options) + 1))
    if not all(choice):
        raise RowRefused(f"has no value for {options[choice.index('')]}")
    amount = products.parse_price(cells.get("price", ""), currency=currency, column="price")
    quantity_text = cells.get("quantity", "").strip()
    on_hand = products.parse_quantity(quantity_text, column="quantity") if quantity_text else None
    products.require_distinct(seen, choice, row)
    images = _image_urls(row)
    own = cells.get("variant_picture", "").strip()
    return VariantInput(
        choice=choice,
        sku=cells.get("sku", "").strip()[:MAX_LABEL],
        price=amount,
        compare_at=products.parse_compare_at(cells.get("compare_at", ""), currency=currency, above=amount),
        quantity=on_hand,
        picture=(own if _is_source(own) else None) or (images[0] if images and options else None),
    )


def _image_urls(row: Row) -> list[str]:
    return [
        part for part in lists.split_values(row.cells.get("image_urls", ""), separators=",|\n") if products.is_url(part)
    ]


def _pictures(rows: Sequence[Row], first_cells: Mapping[str, str]) -> tuple[PictureInput, ...]:
    """The gallery in order, then each row's pictures and variant picture, without duplicates."""
    texts = lists.split_values(first_cells.get("picture_texts", ""))
    alts: dict[str, str] = {}
    for index, source in enumerate(lists.split_values(first_cells.get("pictures", ""), separators=",|\n")):
        if _is_source(source):
            alts.setdefault(source, texts[index][:500] if index < len(texts) else "")
    for row in rows:
        for source in (*_image_urls(row), row.cells.get("variant_picture", "").strip()):
            if _is_source(source):
                alts.setdefault(source, "")
    return tuple(PictureInput(source=source, alt=alt) for source, alt in alts.items())


def _is_source(text: str) -> bool:
    """Whether the text is a URL or the source of a stored picture, as exports contain it."""
    return products.is_url(text) or bool(_STORED_SOURCE.fullmatch(text))


def _attributes(text: str) -> dict[str, str]:
    """The attributes from a JSON object of strings; RowRefused for anything else."""
    if not text.strip():
        return {}
    try:
        parsed = json.loads(text)
    except (ValueError, RecursionError):
        parsed = None
    if problem := find_problem(parsed):
        raise RowRefused(f"attributes: {problem[0].lower()}{problem[1:]}")
    if not isinstance(parsed, dict) or not all(isinstance(value, str) for value in parsed.values()):
        raise RowRefused('attributes must be JSON such as {"Material": "Linen"}')
    if len(parsed) > MAX_ATTRIBUTES or any(len(part) > MAX_ATTRIBUTE for pair in parsed.items() for part in pair):
        raise RowRefused(f"has more than {MAX_ATTRIBUTES} attributes, or one of more than {MAX_ATTRIBUTE} characters")
    return parsed


def _parse_enum(kind: type[Kind], text: str, default: Kind) -> Kind:
    value = text.strip().lower().replace(" ", "_")
    return kind(value) if value in set(kind) else default
