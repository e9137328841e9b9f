"""JSON encoding of documents that survives both PostgreSQL's JSONB and DynamoDB unchanged."""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

# JSONB rejects NUL and lone surrogates, turns 1e+22 into an integer and loses the sign of -0.0. Such values are stored
# as strings with a private-use escape character. That character is escaped too where it occurs in a text, so no user's
# text can be mistaken for an escape.
ESCAPE = "\ue000"
NEEDS_ESCAPING = re.compile(r"\\u0000|[\ue000\ud800-\udfff]|\de\+|-0\.0(?!\d)")
UNSAFE_CHARACTERS = re.compile(r"[\x00\ue000\ud800-\udfff]")
ESCAPED = re.compile(r"\ue000([0-9a-f]{4})")
NUMBER_PREFIX = f"{ESCAPE}number:"


def encode(value: Mapping[str, JsonValue]) -> str:
    """JSON text for a document; ValueError for NaN and infinity, which JSON lacks."""
    dumped = _dump(value)
    return _dump(_escape_values(json.loads(dumped))) if NEEDS_ESCAPING.search(dumped) else dumped


def decode(text: str) -> dict[str, JsonValue]:
    """The inverse of `encode`."""
    value: dict[str, JsonValue] = json.loads(text)
    return _restore_members(value) if ESCAPE in text else value


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _escape_values(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {_escape(name): _escape_values(item) for name, item in value.items()}
        case list():
            return [_escape_values(item) for item in value]
        case str():
            return _escape(value)
        case float() if NEEDS_ESCAPING.search(repr(value)):
            return f"{NUMBER_PREFIX}{value!r}"
        case _:
            return value


def _restore_members(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {_unescape(name): _restore_values(item) for name, item in value.items()}


def _restore_values(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return _restore_members(value)
        case list():
            return [_restore_values(item) for item in value]
        case str() if value.startswith(NUMBER_PREFIX):
            return float(value.removeprefix(NUMBER_PREFIX))
        case str():
            return _unescape(value)
        case _:
            return value


def _escape(text: str) -> str:
    return UNSAFE_CHARACTERS.sub(lambda match: f"{ESCAPE}{ord(match[0]):04x}", text)


def _unescape(escaped: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), escaped)
