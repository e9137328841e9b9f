"""Writing query strings, and parsing them: they are untrusted input."""

import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, urlencode

MAX_VALUE_LENGTH = 200
MAX_FIELDS = 60  # every filter of a page with as many values as it accepts
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def strip_control_characters(text: str) -> str:
    """The text without characters that the database cannot store."""
    return _UNPRINTABLE.sub("", text)


def parse_query_string(query_string: str) -> dict[str, str]:
    """The parameters of a query string; the first value of a name counts. Empty if it cannot be parsed."""
    return {name: values[0] for name, values in parse_query_lists(query_string).items()}


def parse_query_lists(query_string: str) -> dict[str, tuple[str, ...]]:
    """The parameters of a query string with all their values, none of them twice. Empty if it cannot be parsed."""
    try:
        pairs = parse_qsl(strip_control_characters(query_string)[:10_000], max_num_fields=MAX_FIELDS)
    except ValueError:
        return {}
    values: dict[str, dict[str, None]] = {}
    for name, value in pairs:
        values.setdefault(name, {})[strip_control_characters(value)[:MAX_VALUE_LENGTH].strip()] = None
    return {name: tuple(each) for name, each in values.items()}


def href(path: str, params: Mapping[str, str | Sequence[str]]) -> str:
    """The path with these parameters as its query; a list repeats its name, empty ones are left out."""
    query = urlencode({name: value for name, value in params.items() if value}, doseq=True)
    return f"{path}?{query}" if query else path
