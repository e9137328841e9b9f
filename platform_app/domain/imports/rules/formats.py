"""Detect a file's format, and parse its rows and products."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b

from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import mapping_suggestions, plaza, shopify, woocommerce
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import Reading


class Format(StrEnum):
    """The file formats that Plaza can import."""

    AUTO = "auto"
    PLAZA = "plaza"
    SHOPIFY = "shopify"
    WOOCOMMERCE = "woocommerce"


_MAX_KNOWN_NAME = 80  # characters
_PARSERS = {Format.PLAZA: plaza, Format.SHOPIFY: shopify, Format.WOOCOMMERCE: woocommerce}


def detect_format(header: Sequence[str], *, requested: Format, mapping: Mapping[str, str]) -> Format:
    """The file's format from its header; FileRefused with advice if it is unknown."""
    if mapping:
        _validate_mapping(mapping, header)
        return Format.PLAZA
    if requested is not Format.AUTO:
        missing = sorted(_PARSERS[requested].HEADER - set(used(header, requested).values()) - {"key"})
        if missing:
            raise FileRefused(f"This file lacks columns of the {requested} format: {', '.join(missing)}.")
        return requested
    detected = _known_format(header)
    if detected is None:
        raise FileRefused(
            "The columns of this file don't match a Plaza, Shopify or WooCommerce export. "
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
    found: dict[str, str] = _PARSERS[kind].known_columns(header)
    return found


def _known_format(header: Sequence[str]) -> Format | None:
    kinds = (Format.SHOPIFY, Format.WOOCOMMERCE, Format.PLAZA)
    return next((kind for kind in kinds if set(used(header, kind).values()) >= _PARSERS[kind].HEADER), None)


def product_keys(row: Row, kind: Format) -> list[str]:
    """The possible keys of a row's product, the preferred one first; RowRefused if it has none."""
    if kind is Format.WOOCOMMERCE and row.cells.get("Type", "simple").split(",")[0].strip().lower() != "variation":
        return woocommerce.row_keys(row)
    return [_PARSERS[kind].product_key(row)]


def parse_product(rows: Sequence[Row], kind: Format, reading: Reading) -> Product:
    """The product in these rows."""
    parsed: Product = _PARSERS[kind].parse_product(rows, reading)
    return parsed


def price_columns(kind: Format) -> tuple[str, ...]:
    """The columns with prices."""
    names: tuple[str, ...] = _PARSERS[kind].PRICE_COLUMNS
    return names


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
