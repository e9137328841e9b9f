"""Several values in one cell: between commas, or in quotes where they have one of their own."""

import re
from collections.abc import Iterable

_NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[",|\n\r]')


def parts(cell: str, *, signs: str = ",") -> list[str]:
    """The values of a cell in their order; one in quotes is taken as it stands, also an empty one."""
    plain = re.escape(signs)
    found: list[str] = []
    for match in re.finditer(rf'\s*"((?:[^"]|"")*)"\s*(?=[{plain}]|\Z)|[^{plain}]+', cell):
        quoted = match[1]
        part = match[0].strip() if quoted is None else quoted.replace('""', '"')
        if part or quoted is not None:
            found.append(part)
    return found


def joined(values: Iterable[str]) -> str:
    """A cell that `parts` takes apart again."""
    return ",".join(_quoted(value) for value in values)


def _quoted(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
