"""Cursors belong to their query, and cannot be forged."""

import base64

import pytest

from platform_app.domain.shared import paging


def test_a_cursor_gives_its_position_back() -> None:
    cursor = paging.encode("shirts", 42, "id")
    assert paging.decode("shirts", cursor, int, str) == [42, "id"]


def test_a_cursor_of_another_query_is_refused() -> None:
    with pytest.raises(paging.InvalidCursor):
        paging.decode("trousers", paging.encode("shirts", 42, "id"), int, str)


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "x",
        "%%%",
        "💥",
        "a" * 5000,
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b'{"a":1}').decode(),
    ],
)
def test_a_forged_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(paging.InvalidCursor):
        paging.decode("shirts", cursor, int, str)


def test_a_cursor_with_values_of_the_wrong_kind_is_refused() -> None:
    with pytest.raises(paging.InvalidCursor):
        paging.decode("shirts", paging.encode("shirts", "42", "id"), int, str)
    with pytest.raises(paging.InvalidCursor):
        paging.decode("shirts", paging.encode("shirts", True, "id"), int, str)
