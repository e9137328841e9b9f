"""Keyset paging: a cursor contains the position of the last row and a digest of its query."""

import base64
import binascii
import json
from hashlib import blake2b
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue

from platform_app.domain.shared import json_values
from platform_app.domain.shared.errors import Invalid

Item = TypeVar("Item")
MAX_LIMIT = 100


class InvalidCursor(Invalid):
    """The cursor is malformed or belongs to another query."""

    message = "This page link is no longer valid. Start again from the first page."


class Page(BaseModel, Generic[Item]):
    """One page of a list; `total` is null where counting would be too expensive."""

    model_config = ConfigDict(frozen=True)

    items: tuple[Item, ...]
    next_cursor: str | None = None
    total: int | None = None


def encode(scope: str, *position: JsonValue) -> str:
    """A cursor that is only valid for the same scope."""
    body = json.dumps([_scope_digest(scope), *position], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def decode(scope: str, cursor: str, *types: type) -> list[JsonValue]:
    """The position in a cursor; InvalidCursor if it is malformed or has another scope."""
    try:
        padded = cursor.encode() + b"=" * (-len(cursor) % 4)
        digest, *position = json.loads(base64.urlsafe_b64decode(padded))
    except (ValueError, TypeError, binascii.Error):
        raise InvalidCursor from None
    if digest != _scope_digest(scope) or len(position) != len(types):
        raise InvalidCursor
    if not all(type(value) is kind for value, kind in zip(position, types, strict=True)):
        raise InvalidCursor
    if json_values.find_problem(position):
        raise InvalidCursor
    return list(position)


def _scope_digest(scope: str) -> str:
    return blake2b(scope.encode(), digest_size=6).hexdigest()
