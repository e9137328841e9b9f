"""Writing query strings, and parsing them: they are untrusted input."""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode

MAX_VALUE_LENGTH = 200
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


def strip_control_characters(text: str) -> str:
    """The text without characters that the database cannot store."""
    return _UNPRINTABLE.sub("", text)


def parse_query_string(query_string: str) -> dict[str, str]:
    """The parameters of a query string; the first value of a name counts. Empty if it cannot be parsed."""
    try:
        pairs = parse_qsl(strip_control_characters(query_string)[:10_000], max_num_fields=40)
    except ValueError:
        return {}
    return {name: strip_control_characters(value)[:MAX_VALUE_LENGTH].strip() for name, value in reversed(pairs)}


def href(path: str, params: Mapping[str, str]) -> str:
    """The path with these parameters as its query; empty ones are left out."""
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{path}?{query}" if query else path
