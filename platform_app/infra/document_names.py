"""What can name a collection, a partition or a document in every document store."""

import re

MAX_NAME_BYTES = {"collection": 100, "partition": 1000, "sort key": 1000}
FORBIDDEN_CHARACTERS = re.compile(r"[\x00\ud800-\udfff]")


class InvalidName(ValueError):
    """This string can never name a collection, a partition or a document."""


def check_name(kind: str, name: str) -> None:
    """Refuse what one of the stores cannot keep; a # would blur where a collection ends."""
    size = len(name.encode(errors="replace"))
    if (
        not 1 <= size <= MAX_NAME_BYTES[kind]
        or FORBIDDEN_CHARACTERS.search(name)
        or (kind == "collection" and "#" in name)
    ):
        raise InvalidName(f"A {kind} has 1 to {MAX_NAME_BYTES[kind]} bytes of text without NUL: {name[:40]!r}")
