"""Detect a file's format, and parse its rows and products."""

from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from hashlib import blake2b

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import mapping_suggestions, plaza, shopify, woocommerce
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import Reading
from platform_app.domain.imports.rules.shapes import (
    bigcommerce,
    ebay,
    etsy,
    google,
    magento,
    prestashop,
    squarespace,
    translation,
    wix,
)
from platform_app.domain.imports.rules.shapes.translation import Shape


class Format(StrEnum):
    """The file formats that Plaza can import."""

    AUTO = "auto"
    PLAZA = "plaza"
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"
    SQUARESPACE = "squarespace"
    WIX = "wix"
    ETSY = "etsy"
    MAGENTO = "magento"
    PRESTASHOP = "prestashop"
    BIGCOMMERCE = "bigcommerce"
    EBAY = "ebay"
    GOOGLE = "google"


@dataclass(frozen=True)
class Parser:
    """How files of a format are read: whether a header is theirs, their columns, keys, products and prices.

    `missing` are the columns that a header lacks. `link` gives rows the keys of their products where those come from
    other rows, and `parents` finds the keys of products that may follow their variants; `remark` is one for the whole file.
    """

    missing: Callable[[Sequence[str]], list[str]]
    known_columns: Callable[[Sequence[str]], dict[str, str]]
    product_keys: Callable[[Row], list[str]]
    parse_product: Callable[[Sequence[Row], Reading], Product]
    price_columns: tuple[str, ...]
    link: Callable[[Iterable[Row]], Iterable[Row]] = iter
    parents: Callable[[Iterable[Row]], dict[str, str]] | None = None
    remark: Callable[[frozenset[str]], str] = lambda _: ""


def _missing(names: Set[str], known: Callable[[Sequence[str]], dict[str, str]], header: Sequence[str]) -> list[str]:
    return sorted(names - set(known(header).values()))


def _parser_of(shape: Shape) -> Parser:
    known = partial(translation.known_columns, shape)
    return Parser(
        missing=lambda header: (
            [] if translation.has_shape(shape, header) else _missing(shape.signatures[0], known, header)
        ),
        known_columns=known,
        product_keys=lambda row: [plaza.product_key(row)],
        parse_product=partial(translation.parse_product, shape),
        price_columns=shape.price_columns,
        link=shape.link,
        parents=shape.parents,
        remark=shape.remark,
    )


# In this order: a header may fit several.
_PARSERS = {
    Format.SHOPIFY: Parser(
        partial(_missing, shopify.HEADER, shopify.known_columns),
        shopify.known_columns,
        lambda row: [shopify.product_key(row)],
        shopify.parse_product,
        shopify.PRICE_COLUMNS,
    ),
    Format.WOOCOMMERCE: Parser(
        partial(_missing, woocommerce.HEADER, woocommerce.known_columns),
        woocommerce.known_columns,
        woocommerce.product_keys,
        woocommerce.parse_product,
        woocommerce.PRICE_COLUMNS,
    ),
    Format.SQUARESPACE: _parser_of(squarespace.SHAPE),
    Format.WIX: _parser_of(wix.SHAPE),
    Format.MAGENTO: _parser_of(magento.SHAPE),
    Format.BIGCOMMERCE: _parser_of(bigcommerce.SHAPE),
    Format.EBAY: _parser_of(ebay.SHAPE),
    Format.ETSY: _parser_of(etsy.SHAPE),
    Format.GOOGLE: _parser_of(google.SHAPE),
    Format.PRESTASHOP: _parser_of(prestashop.SHAPE),
    Format.PLAZA: Parser(
        partial(_missing, plaza.HEADER, plaza.known_columns),
        plaza.known_columns,
        lambda row: [plaza.product_key(row)],
        plaza.parse_product,
        plaza.PRICE_COLUMNS,
    ),
}
_MAX_KNOWN_NAME = 80  # characters


def detect_format(header: Sequence[str], *, requested: Format, mapping: Mapping[str, str]) -> Format:
    """The file's format from its header; FileRefused with advice if it is unknown."""
    if mapping:
        _validate_mapping(mapping, header)
        return Format.PLAZA
    if requested is not Format.AUTO:
        if missing := [name for name in _PARSERS[requested].missing(header) if name != "key"]:
            raise FileRefused(f"This file lacks columns of the {requested} format: {', '.join(missing)}.")
        return requested
    detected = _known_format(header)
    if detected is None:
        raise FileRefused(
            "The columns of this file don't match an export that Plaza knows. "
            'Name at least a title and a price, for example --map title="Product Name" --map price="Cost". '
            f"The file has: {', '.join(header)[:500]}"
        )
    return detected


def is_known(header: Sequence[str]) -> bool:
    """Whether the columns are those of a known format."""
    return _known_format(header) is not None


def is_header(names: Sequence[str]) -> bool:
    """Whether a row names the columns of a known format, or at least a title and a price."""
    short = [name for name in names if len(name) <= _MAX_KNOWN_NAME]
    if _known_format(short) is not None:
        return True
    suggested = mapping_suggestions.suggest_mapping(short)
    return all(name in suggested for name in plaza.REQUIRED)


def used(header: Sequence[str], kind: Format) -> dict[str, str]:
    """The columns of a file that are imported, with their names in the format; others are not staged."""
    return _PARSERS[kind].known_columns(header)


def _known_format(header: Sequence[str]) -> Format | None:
    return next((kind for kind, parser in _PARSERS.items() if not parser.missing(header)), None)


def looks_ahead(kind: Format) -> bool:
    """Whether the whole file is read before its rows are linked."""
    return _PARSERS[kind].parents is not None


def parents(rows: Iterable[Row], kind: Format) -> dict[str, str]:
    """The keys of the products of variants that name none, by the variants' keys."""
    find = _PARSERS[kind].parents
    return find(_PARSERS[kind].link(rows)) if find else {}


def link(rows: Iterable[Row], kind: Format, *, parents: Mapping[str, str]) -> Iterable[Row]:
    """The rows, with the key of their product if it comes from other rows."""
    linked = _PARSERS[kind].link(rows)
    return (_with_parent(row, parents) for row in linked) if parents else linked


def _with_parent(row: Row, parents: Mapping[str, str]) -> Row:
    parent = parents.get(row.cells.get("key", ""))
    return row if parent is None else Row(row.line, {**row.cells, "key": parent}, row.problem)


def product_keys(row: Row, kind: Format) -> list[str]:
    """The possible keys of a row's product, the preferred one first; RowRefused if it has none."""
    return _PARSERS[kind].product_keys(row)


def parse_product(rows: Sequence[Row], kind: Format, reading: Reading) -> Product:
    """The product in these rows."""
    return _PARSERS[kind].parse_product(rows, reading)


def price_columns(kind: Format) -> tuple[str, ...]:
    """The columns with prices."""
    return _PARSERS[kind].price_columns


def remark(kind: Format, columns: Iterable[str]) -> str:
    """What the seller has to know about all of the file; empty if there is nothing."""
    return _PARSERS[kind].remark(frozenset(columns))


def fingerprint(header: Sequence[str]) -> str:
    """A key for files with exactly these columns, under which their mapping is saved."""
    return blake2b("\x1f".join(header).encode(), digest_size=16).hexdigest()


def _validate_mapping(mapping: Mapping[str, str], header: Sequence[str]) -> None:
    unknown = sorted(field for field in mapping if not plaza.is_field(field))
    if unknown:
        raise FileRefused(f"Plaza has no field named {', '.join(unknown)}. It has: {', '.join(plaza.MAPPED_FIELDS)}.")
    absent = sorted(set(mapping.values()) - set(header))
    if absent:
        raise FileRefused(f"The file has no column named {', '.join(absent)}. It has: {', '.join(header)[:500]}.")
    unmapped = [name for name in plaza.REQUIRED if name not in mapping]
    if unmapped:
        raise FileRefused(f"The mapping has no column for {' and '.join(unmapped)}.")
