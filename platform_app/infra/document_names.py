"""Names of collections, partitions and documents that every document store accepts."""

import re

MAX_NAME_BYTES = {"collection": 100, "partition": 1000, "sort key": 1000}
FORBIDDEN_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")


class InvalidName(ValueError):
    """The string cannot be the name of a collection, a partition or a document."""


def check_name(kind: str, name: str) -> None:
    """Raise InvalidName if a store cannot hold the name; collections cannot contain #, the separator in keys."""
    size = len(name.encode(errors="replace"))
    if (
        not 1 <= size <= MAX_NAME_BYTES[kind]
        or FORBIDDEN_CHARACTERS.search(name)
        or (kind == "collection" and "#" in name)
    ):
        raise InvalidName(f"A {kind} has 1 to {MAX_NAME_BYTES[kind]} bytes of text without NUL: {name[:40]!r}")
