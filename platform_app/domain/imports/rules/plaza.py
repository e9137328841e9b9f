"""Plaza's own CSV format, also the target of column mappings: one row per variant, `key` identifies the product."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from slugify import slugify

from platform_app.domain.catalog.rules import MAX_ATTRIBUTE, MAX_ATTRIBUTES, Status
from platform_app.domain.catalog.schemas import ListingInput, PictureInput, VariantInput
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import cells as lists
from platform_app.domain.imports.rules import headers, measures, prices, products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product, RowErrors
from platform_app.domain.imports.rules.readings import Given, Reading, RowRefused
from platform_app.domain.shared import money
from platform_app.domain.shared.json_values import find_problem

HEADER = {"key", "title", "price"}
FIELDS = (
    "key title description category condition status tags price compare_at quantity sku image_urls "
    "option1_name option1_value option2_name option2_value option3_name option3_value "
    "attributes pictures picture_texts variant_picture barcode weight weight_unit measure base_measure currency"
).split()
OPTION_NUMBERS = (1, 2, 3)
COLUMNS = frozenset(FIELDS)
# Exports have no `image_urls`: the column `variant_picture` identifies each variant's picture exactly.
EXPORT_FIELDS = [field for field in FIELDS if field not in ("image_urls", "currency", "weight_unit")]
_OWN_COLUMNS = {"picture_texts", "variant_picture"}
OPTION = "option"  # followed by its name, in a mapping
MAXIMAGE_COLUMNS = 20
IMAGE_COLUMNS = ("image_urls", *(f"image_urls.{number}" for number in range(2, MAXIMAGE_COLUMNS + 1)))
MAPPED_FIELDS = (*FIELDS, "option.NAME")
_OPTION_FIELD = re.compile(r"option([1-3]?)\.(.{1,80})")
_IMAGE_FIELD = re.compile(r"image_urls\.(?:[2-9]|1[0-9]|20)")
_SPELLINGS = headers.spellings(FIELDS, {})
PRICE_COLUMNS = ("price", "compare_at")
# The columns that set each field of a listing or variant.
SOURCES = {
    **{
        name: (name,)
        for name in "title description category condition status tags sku price compare_at quantity barcode".split()
    },
    "weight": ("weight", "weight_unit"),
    "measure": ("measure",),
    "base_measure": ("base_measure",),
    "options": tuple(f"option{index}_{part}" for index in OPTION_NUMBERS for part in ("name", "value")),
    "pictures": ("pictures", *IMAGE_COLUMNS),
    "picture": ("variant_picture", *IMAGE_COLUMNS),
}
_STORED_SOURCE = re.compile(r"content:[0-9a-f]{64}|demo:[a-z0-9.-]{1,100}")
REQUIRED = ("title", "price")


def known_columns(header: Sequence[str]) -> dict[str, str]:
    """The columns of a file that are imported, with their names in an export."""
    return headers.columns(header, _SPELLINGS)


def is_field(name: str) -> bool:
    """Whether a column can be mapped to this field."""
    return name in COLUMNS or _OPTION_FIELD.fullmatch(name) is not None or _IMAGE_FIELD.fullmatch(name) is not None


def base_field(name: str) -> str:
    """The field as a seller chooses it: `option` and `image_urls` without their numbers."""
    return OPTION if _OPTION_FIELD.fullmatch(name) else name.partition(".")[0]


def number_fields(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """The columns by field. Options named by `option.Size`, and pictures in several columns, get numbers in order.

    FileRefused if another field has two columns, or if there are too many options.
    """
    mapping: dict[str, str] = {}
    for field, column in pairs:
        name = field
        if (option := _OPTION_FIELD.fullmatch(field)) and not option[1]:
            number = 1 + sum(bool(_OPTION_FIELD.fullmatch(known)) for known in mapping)
            if number > len(OPTION_NUMBERS):
                raise FileRefused(f"A listing has at most {len(OPTION_NUMBERS)} options.")
            name = f"option{number}.{option[2]}"
        elif field == "image_urls" and field in mapping:
            name = f"image_urls.{1 + sum(known.startswith(field) for known in mapping)}"
        if name in mapping:
            raise FileRefused(f'"{mapping[name][:60]}" and "{column[:60]}" can\'t both be the {field}.')
        mapping[name] = column
    return mapping


def apply_mapping(row: Row, mapping: Mapping[str, str]) -> Row:
    """The row with Plaza's own column names; an option that is named by the mapping exists where it has a value."""
    cells: dict[str, str] = {}
    for field, column in mapping.items():
        cell = row.cells.get(column)
        if not cell:
            continue
        if option := _OPTION_FIELD.fullmatch(field):
            cells[f"option{option[1]}_name"], cells[f"option{option[1]}_value"] = option[2], cell
        else:
            cells[field] = cell
    return Row(row.line, cells, row.problem)


def mapped_columns(mapping: Mapping[str, str]) -> dict[str, str]:
    """The columns that rows have after `apply_mapping`."""
    found: dict[str, str] = {}
    for field in mapping:
        option = _OPTION_FIELD.fullmatch(field)
        names = [f"option{option[1]}_{part}" for part in ("name", "value")] if option else [field]
        found |= {name: name for name in names}
    return found


def product_key(row: Row) -> str:
    """The key of a row's product: its `key`, else its SKU, else its title; RowRefused without any."""
    cells = row.cells
    candidates = (cells.get(name, "").strip() for name in ("key", "sku"))
    first = next((name for name in candidates if name), None) or slugify(cells.get("title", ""))
    first = first or cells.get("title", "").strip()  # a title of only emoji has no slug
    if not first:
        raise RowRefused("title is empty")
    return first


def parse_product(rows: Sequence[Row], reading: Reading) -> Product:
    """The product in the rows of one key; its texts come from the first row with a title."""
    first_cells = next((row.cells for row in rows if row.cells.get("title", "").strip()), None)
    if first_cells is None:
        return products.refuse_all(rows, "title is empty")
    columns = products.columns_of(rows, reading)
    # An export of ours is literal; in a file of somebody else, `&amp;` means `&`.
    plain = str.strip if columns >= _OWN_COLUMNS else lists.plain
    numbers = [index for index in OPTION_NUMBERS if any(_option(row, index, "name") for row in rows)]
    errors = RowErrors()
    variants: list[VariantInput] = []
    seen: dict[tuple[str, ...], int] = {}
    try:
        names = next((row.cells for row in rows if _option(row, numbers[0], "name")), {}) if numbers else {}
        options = tuple(
            products.parse_label(_name_of(rows, names, index), column=f"option{index}_name") for index in numbers
        )
        attributes = _attributes(first_cells.get("attributes", ""))
    except RowRefused as reason:
        return products.refuse_all(rows, str(reason))

    def read(row: Row) -> None:
        variants.append(_parse_variant(row, dict(zip(numbers, options, strict=True)), reading, seen, errors.notes))

    for row in rows:
        errors.attempt(row, read)
    tags = lists.split_values(plain(first_cells.get("tags", "")), separators=lists.TAG_SEPARATORS)
    status_text = first_cells.get("status", "").strip()
    status = (
        products.parse_status(status_text, column="status", notes=errors.notes) if status_text else Status.PUBLISHED
    )
    conditioned = products.with_condition(
        first_cells.get("condition", ""), status, column="condition", notes=errors.notes
    )
    return products.build_product(
        rows,
        errors,
        key=product_key(rows[0]),
        title=" ".join(plain(first_cells["title"]).split()),
        description=(str.strip if plain is str.strip else lists.description)(first_cells.get("description", "")),
        category=plain(first_cells.get("category", "")) or None,
        **conditioned,
        tags=products.limit_tags(tags, notes=errors.notes),
        attributes=attributes,
        options=options,
        variants=tuple(variants),
        pictures=_pictures(rows, first_cells, notes=errors.notes),
        given=Given(products.given_fields(columns, SOURCES), None if "attributes" in columns else frozenset()),
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
            **variant.model_dump(include={"barcode", "weight", "measure", "base_measure"}),
            **{f"option{index}_value": value for index, value in enumerate(variant.choice, 1)},
        }
        cells = {**(shared if not rows else {}), **own}
        rows.append([cells.get(field, "") for field in EXPORT_FIELDS])
    return rows


def _option(row: Row, number: int, part: str) -> str:
    return row.cells.get(f"option{number}_{part}", "").strip()


def _name_of(rows: Sequence[Row], names: Mapping[str, str], number: int) -> str:
    """An option's name, from the row that names the first option or else any other."""
    own = names.get(f"option{number}_name", "").strip()
    return own or next(name for row in rows if (name := _option(row, number, "name")))


def _parse_variant(
    row: Row, options: Mapping[int, str], reading: Reading, seen: dict[tuple[str, ...], int], notes: list[str]
) -> VariantInput:
    cells = row.cells
    choice = tuple(
        products.parse_label(_option(row, index, "value"), column=f"option{index}_value") for index in options
    )
    if not all(choice):
        raise RowRefused(f"has no value for {list(options.values())[choice.index('')]}")
    prices.require_currency(cells.get("currency", ""), currency=reading.currency, column="currency")
    amount = products.parse_price(cells.get("price", ""), reading=reading, column="price", notes=notes)
    quantity_text = cells.get("quantity", "").strip()
    on_hand = products.parse_quantity(quantity_text, column="quantity") if quantity_text else None
    sku = products.parse_sku(cells.get("sku", ""), column="sku")
    compare_at = products.parse_compare_at(
        cells.get("compare_at", ""), above=amount, reading=reading, column="compare_at", notes=notes
    )
    products.require_distinct(seen, choice, row)
    images = _image_urls(row, notes=[])
    own = cells.get("variant_picture", "").strip()
    picture = (own if _is_source(own) else None) or (images[0] if images and options else None)
    return VariantInput(
        choice=choice,
        sku=sku,
        price=amount,
        compare_at=compare_at,
        quantity=on_hand,
        picture=picture,
        **_measures(cells, notes=notes),
    )


def _measures(cells: Mapping[str, str], *, notes: list[str]) -> dict[str, str]:
    unit = cells.get("weight_unit", "").strip()
    return {
        "barcode": measures.parse_barcode(cells.get("barcode", ""), column="barcode", notes=notes),
        "weight": measures.parse_weight(cells.get("weight", ""), unit=unit, column="weight", notes=notes),
        "measure": measures.parse_measure(cells.get("measure", ""), column="measure", notes=notes),
        "base_measure": measures.parse_measure(cells.get("base_measure", ""), column="base_measure", notes=notes),
    }


def _image_urls(row: Row, *, notes: list[str]) -> list[str]:
    parts = [part for name in IMAGE_COLUMNS for part in lists.split_urls(row.cells.get(name, ""))]
    return products.parse_urls(parts, column="image_urls", notes=notes)


def _pictures(rows: Sequence[Row], first_cells: Mapping[str, str], *, notes: list[str]) -> tuple[PictureInput, ...]:
    """The gallery in order, then each row's pictures and variant picture, without duplicates."""
    texts = lists.split_values(first_cells.get("picture_texts", ""))
    alts: dict[str, str] = {}
    for index, source in enumerate(lists.split_values(first_cells.get("pictures", ""), separators=",|\n")):
        if _is_source(source):
            text = texts[index] if index < len(texts) else ""
            alts.setdefault(source, products.parse_alt(text, column="picture_texts", notes=notes))
        else:
            notes.append(f'pictures "{source[:60]}" is not a picture')
    for row in rows:
        for source in (*_image_urls(row, notes=notes), row.cells.get("variant_picture", "").strip()):
            if _is_source(source):
                alts.setdefault(source, "")
    return tuple(PictureInput(source=source, alt=alt) for source, alt in alts.items())


def _is_source(text: str) -> bool:
    """Whether the text is a URL or the source of a stored picture, as exports contain it."""
    return products.picture_url(text) == text or bool(_STORED_SOURCE.fullmatch(text))


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
