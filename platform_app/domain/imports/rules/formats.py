"""Detect a file's format, and parse its rows and products."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import plaza, shopify, woocommerce
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product


class Format(StrEnum):
    """The file formats that Plaza can import."""

    AUTO = "auto"
    PLAZA = "plaza"
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"


_PARSERS = {Format.PLAZA: plaza, Format.SHOPIFY: shopify, Format.WOOCOMMERCE: woocommerce}


def detect_format(header: Sequence[str], *, requested: Format, mapping: Mapping[str, str]) -> Format:
    """The file's format from its header; FileRefused with advice if it is unknown."""
    if mapping:
        _validate_mapping(mapping, header)
        return Format.PLAZA
    if requested is not Format.AUTO:
        missing = sorted(_PARSERS[requested].HEADER - set(header) - {"key"})
        if missing:
            raise FileRefused(f"This file lacks columns of the {requested} format: {', '.join(missing)}.")
        return requested
    known = (
        kind for kind in (Format.SHOPIFY, Format.WOOCOMMERCE, Format.PLAZA) if set(header) >= _PARSERS[kind].HEADER
    )
    detected = next(known, None)
    if detected is None:
        raise FileRefused(
            "The columns of this file don't match a Plaza, Shopify or WooCommerce export. "
            'Name at least a title and a price, for example --map title="Product Name" --map price="Cost". '
            f"The file has: {', '.join(header)[:500]}"
        )
    return detected


def used(header: Sequence[str], kind: Format) -> frozenset[str]:
    """The columns of a file that are imported; others are not staged."""
    module = _PARSERS[kind]
    known = frozenset(name for name in header if name in module.COLUMNS)
    return known | woocommerce.attribute_columns(header) if kind is Format.WOOCOMMERCE else known


def product_keys(row: Row, kind: Format) -> list[str]:
    """The possible keys of a row's product, the preferred one first; RowRefused if it has none."""
    if kind is Format.WOOCOMMERCE and row.cells.get("Type", "simple").split(",")[0].strip().lower() != "variation":
        return woocommerce.row_keys(row)
    return [_PARSERS[kind].product_key(row)]


def parse_product(rows: Sequence[Row], kind: Format, *, currency: str, today: date) -> Product:
    """The product in these rows as of `today`, since some exports contain offers with start and end dates."""
    if kind is Format.WOOCOMMERCE:
        return woocommerce.parse_product(rows, currency=currency, today=today)
    parsed: Product = _PARSERS[kind].parse_product(rows, currency=currency)
    return parsed


def fingerprint(header: Sequence[str]) -> str:
    """A key for files with exactly these columns, under which their mapping is saved."""
    return blake2b("\x1f".join(header).encode(), digest_size=16).hexdigest()


def _validate_mapping(mapping: Mapping[str, str], header: Sequence[str]) -> None:
    unknown = sorted(set(mapping) - set(plaza.FIELDS))
    if unknown:
        raise FileRefused(f"Plaza has no field named {', '.join(unknown)}. It has: {', '.join(plaza.FIELDS)}.")
    absent = sorted(set(mapping.values()) - set(header))
    if absent:
        raise FileRefused(f"The file has no column named {', '.join(absent)}. It has: {', '.join(header)[:500]}.")
    unmapped = [name for name in plaza.REQUIRED if name not in mapping]
    if unmapped:
        raise FileRefused(f"The mapping has no column for {' and '.join(unmapped)}.")
