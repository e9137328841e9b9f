"""Plaza's own CSV, which any other file becomes through a column mapping: one row per variant, `key` names the product."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import TypeVar

from slugify import slugify

from platform_app.domain.catalog.rules import MAX_TAGS, MAX_WORD, Condition, Status
from platform_app.domain.catalog.schemas import ListingDraft, PictureDraft, VariantDraft
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, Refusals, RowRefused
from platform_app.domain.shared import money

Kind = TypeVar("Kind", Condition, Status)
HEADER = {"key", "title", "price"}
FIELDS = (
    "key title description category condition status tags price compare_at quantity sku image_urls "
    "option1_name option1_value option2_name option2_value option3_name option3_value "
    "attributes pictures picture_texts variant_picture"
).split()
COLUMNS = frozenset(FIELDS)
# What an export has: it names a variant's picture by itself, so that none is taken for another.
EXPORTED = [field for field in FIELDS if field != "image_urls"]
MAX_ATTRIBUTES = 100
MAX_ATTRIBUTE = 500
_STORED = re.compile(r"content:[0-9a-f]{64}|demo:[a-z0-9.-]{1,100}")
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
    try:
        attributes = _attributes(head.get("attributes", ""))
    except RowRefused as reason:
        return products.whole(rows, str(reason))
    return products.drafted(
        rows,
        refusals.reasons,
        key=key(rows[0]),
        title=" ".join(head["title"].split()),
        description=head.get("description", "").strip(),
        category=head.get("category", "").strip() or None,
        condition=_member(Condition, head.get("condition", ""), Condition.NEW),
        status=_member(Status, head.get("status", ""), Status.PUBLISHED),
        tags=tuple(dict.fromkeys(tag[:MAX_WORD] for tag in lists.parts(head.get("tags", "")) if tag))[:MAX_TAGS],
        attributes=attributes,
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows, head),
    )


def lines(draft: ListingDraft, *, currency: str) -> list[list[str]]:
    """A listing as lines of an export, in the order of EXPORTED; the first line has what all of them share."""
    shared = {
        "title": draft.title,
        "description": draft.description,
        "category": draft.category or "",
        "condition": draft.condition.value,
        "status": draft.status.value,
        "tags": lists.joined(draft.tags),
        "attributes": json.dumps(draft.attributes, ensure_ascii=False) if draft.attributes else "",
        "pictures": lists.joined(picture.source for picture in draft.pictures),
        "picture_texts": lists.joined(picture.alt for picture in draft.pictures),
        **{f"option{place}_name": name for place, name in enumerate(draft.options, 1)},
    }
    written: list[list[str]] = []
    for variant in draft.variants:
        own = {
            "key": draft.key,
            "price": money.decimal_text(variant.price, currency),
            "compare_at": "" if variant.compare_at is None else money.decimal_text(variant.compare_at, currency),
            "quantity": "" if variant.quantity is None else str(variant.quantity),
            "sku": variant.sku,
            "variant_picture": variant.picture or "",
            **{f"option{place}_value": value for place, value in enumerate(variant.choice, 1)},
        }
        cells = {**(shared if not written else {}), **own}
        written.append([cells.get(field, "") for field in EXPORTED])
    return written


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
    own = cells.get("variant_picture", "").strip()
    return VariantDraft(
        choice=choice,
        sku=cells.get("sku", "").strip()[:MAX_WORD],
        price=amount,
        compare_at=products.compare_at(cells.get("compare_at", ""), currency=currency, above=amount),
        quantity=on_hand,
        picture=(own if _is_source(own) else None) or (images[0] if images and options else None),
    )


def _images(row: Row) -> list[str]:
    return [part for part in lists.parts(row.cells.get("image_urls", ""), signs=",|\n") if products.is_url(part)]


def _pictures(rows: Sequence[Row], head: Mapping[str, str]) -> tuple[PictureDraft, ...]:
    """The gallery in its order, then the pictures that rows bring, then those that only a variant names."""
    texts = lists.parts(head.get("picture_texts", ""))
    shown: dict[str, str] = {}
    for place, source in enumerate(lists.parts(head.get("pictures", ""), signs=",|\n")):
        if _is_source(source):
            shown.setdefault(source, texts[place][:500] if place < len(texts) else "")
    for row in rows:
        for source in (*_images(row), row.cells.get("variant_picture", "").strip()):
            if _is_source(source):
                shown.setdefault(source, "")
    return tuple(PictureDraft(source=source, alt=alt) for source, alt in shown.items())


def _is_source(text: str) -> bool:
    """An address on the web, or a picture that Plaza has already, as an export names it."""
    return products.is_url(text) or bool(_STORED.fullmatch(text))


def _attributes(text: str) -> dict[str, str]:
    """A JSON object of names and values; RowRefused for anything else."""
    if not text.strip():
        return {}
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise RowRefused('attributes are not written like {"Material": "Linen"}')
    if len(found) > MAX_ATTRIBUTES or any(len(part) > MAX_ATTRIBUTE for pair in found.items() for part in pair):
        raise RowRefused(f"has more than {MAX_ATTRIBUTES} attributes, or one of more than {MAX_ATTRIBUTE} characters")
    return found


def _member(kind: type[Kind], text: str, default: Kind) -> Kind:
    named = text.strip().lower().replace(" ", "_")
    return kind(named) if named in set(kind) else default
