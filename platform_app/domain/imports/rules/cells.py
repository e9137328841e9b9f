"""Several values in one cell, quoted, escaped or in a JSON list; and text that a spreadsheet would run as a formula."""

import html
import json
import re
from collections.abc import Iterable

TAG_SEPARATORS = ",;|\n"
_NEEDS_QUOTES = re.compile(r'^$|^\s|\s$|[",;|\n\r]|^\[')
_URL_GAP = re.compile(r"(?:\s*[,;|]\s*|\s+)(?=(?:https?:)?//)", re.IGNORECASE)
_FILE_GAP = re.compile(r"\s*[,;|\n]\s*")
_MARKUP = re.compile(r"</?[a-zA-Z][^<>]*>")
_ENTITY = re.compile(r"&(?:#\d+|#[xX][0-9a-fA-F]+|[a-zA-Z][a-zA-Z0-9]+);")

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
    if (listed := _json_list(cell)) is not None:
        return listed
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


def split_tags(cell: str) -> list[str]:
    r"""Tags as exports separate them, by commas of which `\,` is none; by semicolons or bars if there is no comma."""
    parts = split_escaped(cell) if "," in cell else split_values(cell, separators=TAG_SEPARATORS)
    return [tag for part in parts if (tag := plain(part))]


def split_escaped(cell: str) -> list[str]:
    r"""The values of a cell separated by commas, in which `\,` is a comma."""
    parts = re.split(r"(?<!\\),", cell)
    return [part for part in (unescape(part).strip() for part in parts) if part]


def unescape(text: str) -> str:
    r"""The text with `\,` as a comma."""
    return text.replace("\\,", ",")


def split_urls(cell: str) -> list[str]:
    """The URLs or file names of a cell: a separator inside a URL is part of it unless another URL follows."""
    if '"' in cell:
        return split_values(cell, separators=",;|\n")
    parts = _URL_GAP.split(cell.strip())
    return [name for part in parts for name in ([part] if "//" in part else _FILE_GAP.split(part)) if name]


def plain(text: str) -> str:
    """A title, tag or other plain text with its entities decoded once, without space around it."""
    return html.unescape(text).strip() if _ENTITY.search(text) else text.strip()


def description(text: str) -> str:
    """A description; entities are decoded if it has no markup, since they would be shown as they are."""
    return text.strip() if _MARKUP.search(text) else plain(text)


def _json_list(cell: str) -> list[str] | None:
    if not cell.strip().startswith("["):
        return None
    try:
        parsed = json.loads(cell)
    except (ValueError, RecursionError):
        return None
    if isinstance(parsed, list) and all(isinstance(value, str) for value in parsed):
        return [value.strip() for value in parsed if value.strip()]
    return None


def _quote_if_needed(value: str) -> str:
    return '"' + value.replace('"', '""') + '"' if _NEEDS_QUOTES.search(value) else value
