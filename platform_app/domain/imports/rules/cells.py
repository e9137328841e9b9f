"""Several values in one cell, separated by commas; values that contain a comma are quoted."""

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[",|\n\r]')


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
