"""Column names in the spellings and languages of their exports, as the names that the parsers know."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

_QUOTES = str.maketrans("’‘´`", "''''")
_GAP = re.compile(r"\s+")


def normalize(name: str) -> str:
    """A column name without differences of case, space, quotes and trailing punctuation."""
    plain = unicodedata.normalize("NFKC", name).translate(_QUOTES).casefold()
    return _GAP.sub(" ", plain.strip("\ufeff \t")).strip().removesuffix("?").rstrip(" :*")


def spellings(known: Iterable[str], others: Mapping[str, Iterable[str]]) -> dict[str, str]:
    """A parser's column by normalized name: the columns themselves, and the other names that each has."""
    found = {normalize(name): column for column, names in others.items() for name in names}
    return found | {normalize(name): name for name in known}


def columns(header: Sequence[str], by_spelling: Mapping[str, str]) -> dict[str, str]:
    """The parser's column for each known column of a file; of two with one meaning, the exact or else the first."""
    meanings = {name: by_spelling[key] for name in header if (key := normalize(name)) in by_spelling}
    taken = {name for name, column in meanings.items() if name == column}
    found: dict[str, str] = {}
    for name, column in meanings.items():
        if name == column or (column not in taken and column not in found.values()):
            found[name] = column
    return found
