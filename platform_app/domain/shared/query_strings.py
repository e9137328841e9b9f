"""Parsing query strings, which are untrusted input."""

import re
from urllib.parse import parse_qsl

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
