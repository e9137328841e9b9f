"""Forms in pieces, broken off, malformed or without an end: refused while they arrive, and nothing kept of them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.shops.schemas import Shop
from platform_app.infra import storage
from platform_app.infra.settings import settings
from platform_app.rest import forms, uploads
from tests.media import uploading
from tests.rest.posting import (
    BOUNDARY,
    MEGABYTE,
    URL,
    form,
    nothing_kept,
    open_files_below,
    part,
    post,
    refused,
    served,
)

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (part("key"), "", r'.*: it has more than one "key"\.$'),
        ("", part("file"), r".*: it has more than one file\.$"),
        (part("x", "y" * 20_000), "", r".*: its fields have more than 16384 bytes\.$"),
        ("", part("x", "y" * 20_000), r".*: its fields have more than 16384 bytes\.$"),
        ("".join(part(f"x{number}") for number in range(31)), "", r".*: it has more than 30 fields\.$"),
        (f"--{BOUNDARY}\r\nX: y\r\n\r\nz\r\n", "", r".*: one of its fields has no name\.$"),
        (
            f"--{BOUNDARY}\r\n{'X: y' * 2000}\r\n\r\nz\r\n",
            "",
            "^This form cannot be read: Maximum header size exceeded",
        ),
        ("no boundary at all", "", "^This form cannot be read: "),
    ],
)
def test_a_form_nobody_can_read_is_refused(client: TestClient, shop: Shop, before: str, after: str, words: str) -> None:
    upload = uploading.begun(shop, size=5)
    body = form(uploading.signed(upload).fields, b"photo", before=before, after=after)
    answer = client.post(URL, content=body, headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    refused(answer, 400, "malformed_form", words)  # type: ignore[arg-type]


def test_a_form_without_a_file_or_with_its_file_first_is_refused(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    fields = uploading.signed(upload).fields
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    without = "".join(part(name, value) for name, value in fields.items()) + f"--{BOUNDARY}--\r\n"
    answer = client.post(URL, content=without.encode(), headers=headers)
    refused(answer, 400, "malformed_form", ".*: it has no file")  # type: ignore[arg-type]
    first = form({}, b"photo", after="".join(part(name, value) for name, value in fields.items()))
    answer = client.post(URL, content=first, headers=headers)
    refused(answer, 403, "upload_refused", "^This upload form was changed")  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", [4, 40, 60, 300, 600])
def test_a_form_that_ends_in_the_middle_leaves_nothing(client: TestClient, shop: Shop, cut: int) -> None:
    upload = uploading.begun(shop, size=5)
    body = form(uploading.signed(upload).fields, b"photo")[:-cut]
    answer = client.post(URL, content=body, headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    refused(answer, 400, "malformed_form", ".*: it ends in the middle")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_form_may_arrive_in_pieces_of_any_size(shop: Shop, size: int) -> None:
    body = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n".encode() * 3  # almost what separates the fields
    upload = uploading.begun(shop, size=len(body))
    whole = form(uploading.signed(upload).fields, body)

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, len(whole), size):
            yield whole[start : start + size]

    assert served(pieces)[0] == 204
    assert uploading.content(upload.key) == body


def test_a_file_that_is_too_large_is_refused_while_it_arrives(shop: Shop) -> None:
    upload = uploading.begun(shop, size=MEGABYTE)
    head, _ = form(uploading.signed(upload).fields, b"|").split(b"|")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield head
        while True:
            # What has come so far has no name: were this process killed now, nothing would be left.
            assert not any(path.is_file() for path in (settings().data / "objects").rglob("*"))
            assert len(open_files_below(settings().data)) == 1
            sent += 65_536
            yield b"x" * 65_536

    assert served(endless)[:2] == (413, "upload_too_large")
    assert sent == MEGABYTE + 65_536
    nothing_kept()


@pytest.mark.parametrize("ending", ["before its file", "within its file"])
def test_a_browser_that_goes_away_leaves_nothing(shop: Shop, ending: str) -> None:
    upload = uploading.begun(shop, size=MEGABYTE)
    head, _ = form(uploading.signed(upload).fields, b"|").split(b"|")

    async def broken() -> AsyncIterator[bytes]:
        yield head[:50] if ending == "before its file" else head + b"x" * 1000
        raise EOFError

    assert served(broken)[:2] == (400, "malformed_form")
    nothing_kept()
    assert uploading.state(upload) == upload


def test_a_browser_that_is_too_slow_is_turned_away(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SLOWEST", 0.2)
    upload = uploading.begun(shop, size=MEGABYTE)
    head, _ = form(uploading.signed(upload).fields, b"|").split(b"|")

    async def silent() -> AsyncIterator[bytes]:
        yield head + b"x"
        await asyncio.Event().wait()

    assert served(silent)[:2] == (408, "upload_too_slow")
    nothing_kept()


def test_what_follows_the_form_is_not_read(shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    whole = form(uploading.signed(upload).fields, b"photo")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield whole
        while True:
            sent += 1
            yield b"\r\n" * 1000

    assert served(endless)[0] == 204
    assert sent == 0


def test_a_form_is_never_held_as_a_whole() -> None:
    reader = forms.FormReader(BOUNDARY.encode())
    head, tail = form({"key": "a"}, b"|").split(b"|")
    reader.feed(head)
    for _ in range(1000):
        reader.feed(b"x" * 65_536)
        assert reader.taken() == b"x" * 65_536
    reader.feed(tail)
    assert (reader.fields, reader.taken(), reader.is_whole) == ({"key": "a"}, b"", True)
    assert len(reader._piece) + len(reader._value) + len(reader._header) == 0


def test_a_full_disk_is_said_in_words_and_nothing_is_kept(
    client: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploading.begun(shop, size=5)

    def full(*_: Any, **__: Any) -> None:
        raise storage.StorageUnavailable("The disk that holds the files is full.")

    monkeypatch.setattr(storage.LocalStorage, "put", full)
    answer = post(client, upload, b"photo")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    nothing_kept()
    assert uploading.state(upload) == upload
