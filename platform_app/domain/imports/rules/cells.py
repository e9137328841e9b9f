"""Cells of a file: several values in one, separated by commas; and text that a spreadsheet would run as a formula."""

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[",|\n\r]')

# Spreadsheets run what begins with one of these, some of them after spaces and in full width. Numbers are harmless.
_FORMULA = re.compile(r"\s*[=+\-@\uff1d\uff0b\uff0d\uff20]|[\t\r\n]")
_NUMBER = re.compile(r"[+-]?\d+(?:[.,]\d+)*", re.ASCII)
_ESCAPED = re.compile(rf"'+(?:{_FORMULA.pattern})")


def escape_formula(cell: str) -> str:
    """The cell as text for a spreadsheet: an apostrophe is put before what it would run."""
    is_formula = _FORMULA.match(cell) and not _NUMBER.fullmatch(cell)
    return f"'{cell}" if is_formula or _ESCAPED.match(cell) else cell


def unescape_formula(cell: str) -> str:
    """The inverse of `escape_formula`."""
    return cell[1:] if cell.startswith("'") and _ESCAPED.match(cell) else cell


def split_values(cell: str, *, separators: str = ",") -> list[str]:
    """The values of a cell in order; quoted values are taken literally, even empty ones."""
    escaped = re.escape(separators)
    values: list[str] = []
    for match in re.finditer(rf'\s*"((?:[^"]|"")*)"\s*(?=[{escaped}]|\Z)|[^{escaped}]+', cell):
        quoted = match[1]
        part = match[0].strip() if quoted is None else quoted.replace('""', '"')
        if part or quoted is not None:
            values.append(part)
    return values


def join_values(values: Iterable[str]) -> str:
    """The inverse of `split_values`."""
    return ",".join(_quote_if_needed(value) for value in values)


def _quote_if_needed(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
