"""Which format a header belongs to, and what each row and product of it is."""

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from hashlib import blake2b

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import plaza, shopify, woocommerce
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product


class Format(StrEnum):
    """The exports Plaza reads."""

    AUTO = "auto"
    PLAZA = "plaza"
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"


_PARSERS = {Format.PLAZA: plaza, Format.SHOPIFY: shopify, Format.WOOCOMMERCE: woocommerce}


def detect_format(header: Sequence[str], *, requested: Format, mapping: Mapping[str, str]) -> Format:
    """The file's format, by its header; FileRefused says what to do about one that is not known."""
    if mapping:
        _validate_mapping(mapping, header)
        return Format.PLAZA
    if requested is not Format.AUTO:
        missing = sorted(_PARSERS[requested].HEADER - set(header) - {"key"})
        if missing:
            raise FileRefused(f"A {requested} file has these columns, which this one lacks: {', '.join(missing)}.")
        return requested
    known = (
        kind for kind in (Format.SHOPIFY, Format.WOOCOMMERCE, Format.PLAZA) if set(header) >= _PARSERS[kind].HEADER
    )
    detected = next(known, None)
    if detected is None:
        raise FileRefused(
            "The columns of this file are not those of a Plaza, Shopify or WooCommerce export. "
            'Name at least a title and a price, for example --map title="Product Name" --map price="Cost". '
            f"The file has: {', '.join(header)[:500]}"
        )
    return detected


def used(header: Sequence[str], kind: Format) -> frozenset[str]:
    """The columns of a file that are read; no other is staged."""
    module = _PARSERS[kind]
    known = frozenset(name for name in header if name in module.COLUMNS)
    return known | woocommerce.attribute_columns(header) if kind is Format.WOOCOMMERCE else known


def product_keys(row: Row, kind: Format) -> list[str]:
    """The names of the product a row belongs to, the one to keep first; RowRefused when it has none."""
    if kind is Format.WOOCOMMERCE and row.cells.get("Type", "simple").split(",")[0].strip().lower() != "variation":
        return woocommerce.row_keys(row)
    return [_PARSERS[kind].product_key(row)]


def parse_product(rows: Sequence[Row], kind: Format, *, currency: str, today: date) -> Product:
    """What the rows of one product say on a day: some exports carry offers that begin and end."""
    if kind is Format.WOOCOMMERCE:
        return woocommerce.parse_product(rows, currency=currency, today=today)
    parsed: Product = _PARSERS[kind].parse_product(rows, currency=currency)
    return parsed


def fingerprint(header: Sequence[str]) -> str:
    """A name for files with these very columns, under which their mapping is kept."""
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
