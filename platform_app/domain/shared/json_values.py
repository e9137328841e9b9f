"""JSON from outside can have values that no database stores: half a surrogate pair, huge integers, infinity."""

from math import isfinite

from pydantic import JsonValue

MAX_INTEGER = 2**63 - 1
TEXT_PROBLEM = "This contains a broken character. Type the text again."
NUMBER_PROBLEM = "This number is too large."


def find_problem(value: object) -> str:
    """Why a parsed JSON value cannot be stored; empty if it can."""
    pending = [value]  # a stack, since the nesting may be deeper than Python's
    while pending:
        found = pending.pop()
        if isinstance(found, str):
            if not _is_encodable(found):
                return TEXT_PROBLEM
        elif isinstance(found, dict):
            pending += found.keys()
            pending += found.values()
        elif isinstance(found, list):
            pending += found
        elif isinstance(found, (int, float)) and not _is_storable_number(found):
            return NUMBER_PROBLEM
    return ""


def find_problems(body: JsonValue) -> dict[str, str]:
    """The problem of each field of a body that cannot be stored; of any other value under `body`."""
    fields = body if isinstance(body, dict) else {"body": body}
    found = {name if _is_encodable(name) else "body": find_problem([name, value]) for name, value in fields.items()}
    return {name: problem for name, problem in found.items() if problem}


def _is_encodable(text: str) -> bool:
    if text.isascii():
        return True
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _is_storable_number(number: float) -> bool:
    return -MAX_INTEGER - 1 <= number <= MAX_INTEGER if isinstance(number, int) else isfinite(number)
