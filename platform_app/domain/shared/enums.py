"""Values that a later release has stored and this one does not know."""

from enum import StrEnum
from typing import TypeVar

from pydantic import BeforeValidator

Member = TypeVar("Member", bound=StrEnum)


def known_member(kind: type[Member], value: str, *, unknown: Member) -> Member:
    """The member of this value; `unknown` where only a later release knows it."""
    try:
        return kind(value)
    except ValueError:
        return unknown


def stored_member(kind: type[Member], *, unknown: Member) -> BeforeValidator:
    """For a field that is read from rows or stored JSON: a value that only a later release knows is read as `unknown`."""
    return BeforeValidator(lambda value: known_member(kind, str(value), unknown=unknown))
