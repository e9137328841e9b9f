"""Several values in one cell: between commas, or in quotes where they have one of their own."""

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[",|\n\r]')


def split_values(cell: str, *, separators: str = ",") -> list[str]:
    """The values of a cell in their order; one in quotes is taken as it stands, also an empty one."""
    escaped = re.escape(separators)
    values: list[str] = []
    for match in re.finditer(rf'\s*"((?:[^"]|"")*)"\s*(?=[{escaped}]|\Z)|[^{escaped}]+', cell):
        quoted = match[1]
        part = match[0].strip() if quoted is None else quoted.replace('""', '"')
        if part or quoted is not None:
            values.append(part)
    return values


def join_values(values: Iterable[str]) -> str:
    """A cell that `split_values` takes apart again."""
    return ",".join(_quote_if_needed(value) for value in values)


def _quote_if_needed(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
