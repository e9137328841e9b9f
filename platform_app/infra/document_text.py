"""Documents as JSON text that PostgreSQL's JSONB and DynamoDB both give back unchanged."""

import json
import re
from collections.abc import Mapping

from pydantic import JsonValue

# JSONB takes no NUL and no lone surrogate, turns 1e+22 into an integer and loses the sign of -0.0. Such values are
# stored as strings that start with, or contain, a private character; where a text has that character itself, it too
# is written as an escape, so no text of a user can be mistaken for one.
ESCAPE = "\ue000"
SUSPECT = re.compile(r"\\u0000|[\ue000\ud800-\udfff]|\de\+|-0\.0(?!\d)")
UNSAFE = re.compile(r"[\x00\ue000\ud800-\udfff]")
ESCAPED = re.compile(r"\ue000([0-9a-f]{4})")
NUMBER = f"{ESCAPE}number:"


def encode(value: Mapping[str, JsonValue]) -> str:
    """JSON text for a document; ValueError for NaN and infinity, which JSON does not know."""
    plain = _json(value)
    return _json(_escaped(json.loads(plain))) if SUSPECT.search(plain) else plain


def decode(text: str) -> dict[str, JsonValue]:
    """The document that `encode` was given."""
    value: dict[str, JsonValue] = json.loads(text)
    return _restored_members(value) if ESCAPE in text else value


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _escaped(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return {_escape(name): _escaped(item) for name, item in value.items()}
        case list():
            return [_escaped(item) for item in value]
        case str():
            return _escape(value)
        case float() if SUSPECT.search(repr(value)):
            return f"{NUMBER}{value!r}"
        case _:
            return value


def _restored_members(value: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {_text(name): _restored(item) for name, item in value.items()}


def _restored(value: JsonValue) -> JsonValue:
    match value:
        case dict():
            return _restored_members(value)
        case list():
            return [_restored(item) for item in value]
        case str() if value.startswith(NUMBER):
            return float(value.removeprefix(NUMBER))
        case str():
            return _text(value)
        case _:
            return value


def _escape(text: str) -> str:
    return UNSAFE.sub(lambda match: f"{ESCAPE}{ord(match[0]):04x}", text)


def _text(escaped: str) -> str:
    return ESCAPED.sub(lambda match: chr(int(match[1], 16)), escaped)
