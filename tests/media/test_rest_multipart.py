"""Chunked, interrupted, malformed and endless forms are refused while they arrive, and leave no file."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.shops.schemas import Shop
from platform_app.infra import storage
from platform_app.infra.settings import settings
from platform_app.rest.media import multipart, uploads
from tests.media import upload_helpers
from tests.media.upload_requests import (
    BOUNDARY,
    MEGABYTE,
    URL,
    assert_nothing_stored,
    assert_refused,
    build_form,
    build_part,
    open_unlinked_files,
    post_chunks,
    post_upload,
)

pytestmark = pytest.mark.usefixtures("clean")


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        (build_part("key"), "", r'.*: it has more than one "key"\.$'),
        ("", build_part("file"), r".*: it has more than one file\.$"),
        (build_part("x", "y" * 20_000), "", r".*: its fields have more than 16384 bytes\.$"),
        ("", build_part("x", "y" * 20_000), r".*: its fields have more than 16384 bytes\.$"),
        ("".join(build_part(f"x{number}") for number in range(31)), "", r".*: it has more than 30 fields\.$"),
        (f"--{BOUNDARY}\r\nX: y\r\n\r\nz\r\n", "", r".*: one of its fields has no name\.$"),
        (
            f"--{BOUNDARY}\r\n{'X: y' * 2000}\r\n\r\nz\r\n",
            "",
            "^This form cannot be read: Maximum header size exceeded",
        ),
        ("no boundary at all", "", "^This form cannot be read: "),
    ],
)
def test_a_malformed_form_is_refused(client: TestClient, shop: Shop, before: str, after: str, words: str) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    body = build_form(upload_helpers.signed_form(upload).fields, b"photo", before=before, after=after)
    answer = client.post(URL, content=body, headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    assert_refused(answer, 400, "malformed_form", words)  # type: ignore[arg-type]


def test_a_form_without_a_file_or_with_its_file_first_is_refused(client: TestClient, shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    fields = upload_helpers.signed_form(upload).fields
    headers = {"content-type": f"multipart/form-data; boundary={BOUNDARY}"}
    without = "".join(build_part(name, value) for name, value in fields.items()) + f"--{BOUNDARY}--\r\n"
    answer = client.post(URL, content=without.encode(), headers=headers)
    assert_refused(answer, 400, "malformed_form", ".*: it has no file")  # type: ignore[arg-type]
    first = build_form({}, b"photo", after="".join(build_part(name, value) for name, value in fields.items()))
    answer = client.post(URL, content=first, headers=headers)
    assert_refused(answer, 403, "upload_refused", "^This upload form was changed")  # type: ignore[arg-type]


@pytest.mark.parametrize("cut", [4, 40, 60, 300, 600])
def test_a_truncated_form_leaves_nothing(client: TestClient, shop: Shop, cut: int) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    body = build_form(upload_helpers.signed_form(upload).fields, b"photo")[:-cut]
    answer = client.post(URL, content=body, headers={"content-type": f"multipart/form-data; boundary={BOUNDARY}"})
    assert_refused(answer, 400, "malformed_form", ".*: it ends in the middle")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [1, 3, 7, 100])
def test_a_form_may_arrive_in_chunks_of_any_size(shop: Shop, size: int) -> None:
    body = f"\r\n--{BOUNDARY[:-1]}\r\n--\r\n".encode() * 3  # almost the separator of the fields
    upload = upload_helpers.create_upload(shop, size=len(body))
    full_form = build_form(upload_helpers.signed_form(upload).fields, body)

    async def chunks() -> AsyncIterator[bytes]:
        for start in range(0, len(full_form), size):
            yield full_form[start : start + size]

    assert post_chunks(chunks)[0] == 204
    assert upload_helpers.content(upload.key) == body


def test_a_file_that_is_too_large_is_refused_while_it_arrives(shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=MEGABYTE)
    head, _ = build_form(upload_helpers.signed_form(upload).fields, b"|").split(b"|")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield head
        while True:
            # The file has no name so far, so a crash would leave nothing.
            assert not any(path.is_file() for path in (settings().data / "objects").rglob("*"))
            assert len(open_unlinked_files(settings().data)) == 1
            sent += 65_536
            yield b"x" * 65_536

    assert post_chunks(endless)[:2] == (413, "upload_too_large")
    assert sent == MEGABYTE + 65_536
    assert_nothing_stored()


@pytest.mark.parametrize("ending", ["before its file", "within its file"])
def test_a_disconnected_browser_leaves_nothing(shop: Shop, ending: str) -> None:
    upload = upload_helpers.create_upload(shop, size=MEGABYTE)
    head, _ = build_form(upload_helpers.signed_form(upload).fields, b"|").split(b"|")

    async def broken() -> AsyncIterator[bytes]:
        yield head[:50] if ending == "before its file" else head + b"x" * 1000
        raise EOFError

    assert post_chunks(broken)[:2] == (400, "malformed_form")
    assert_nothing_stored()
    assert upload_helpers.state(upload) == upload


def test_a_browser_that_is_too_slow_is_refused(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "UPLOAD_TIMEOUT_SECONDS", 0.2)
    upload = upload_helpers.create_upload(shop, size=MEGABYTE)
    head, _ = build_form(upload_helpers.signed_form(upload).fields, b"|").split(b"|")

    async def silent() -> AsyncIterator[bytes]:
        yield head + b"x"
        await asyncio.Event().wait()

    assert post_chunks(silent)[:2] == (408, "upload_too_slow")
    assert_nothing_stored()


@pytest.mark.parametrize("sent", ["nothing", "some fields", "a wrong signature"])
def test_a_stranger_without_a_signature_holds_no_connection(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, sent: str
) -> None:
    assert uploads.SIGNATURE_TIMEOUT_SECONDS == 5
    monkeypatch.setattr(uploads, "SIGNATURE_TIMEOUT_SECONDS", 0.2)
    fields = upload_helpers.signed_form(upload_helpers.create_upload(shop, size=MEGABYTE)).fields
    if sent == "a wrong signature":
        fields = {**fields, "signature": "0" * 64}
    head, _ = build_form(fields, b"|").split(b"|")

    async def stalling() -> AsyncIterator[bytes]:
        yield {"nothing": b"", "some fields": head[:200], "a wrong signature": head + b"x"}[sent]
        await asyncio.Event().wait()

    expected = (403, "upload_refused") if sent == "a wrong signature" else (408, "upload_too_slow")
    assert post_chunks(stalling)[:2] == expected
    assert_nothing_stored()


def test_a_file_may_take_longer_than_its_signature(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "SIGNATURE_TIMEOUT_SECONDS", 0.2)
    upload = upload_helpers.create_upload(shop, size=5)
    head, tail = build_form(upload_helpers.signed_form(upload).fields, b"|").split(b"|")

    async def slow() -> AsyncIterator[bytes]:
        yield head + b"ph"
        begun = time.monotonic()
        while time.monotonic() < begun + 2 * uploads.SIGNATURE_TIMEOUT_SECONDS:
            yield b""
        yield b"oto" + tail

    assert post_chunks(slow)[0] == 204


def test_data_after_the_form_is_not_read(shop: Shop) -> None:
    upload = upload_helpers.create_upload(shop, size=5)
    full_form = build_form(upload_helpers.signed_form(upload).fields, b"photo")
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield full_form
        while True:
            sent += 1
            yield b"\r\n" * 1000

    assert post_chunks(endless)[0] == 204
    assert sent == 0


def test_a_form_is_never_held_in_memory_as_a_whole() -> None:
    reader = multipart.MultipartReader(BOUNDARY.encode())
    head, tail = build_form({"key": "a"}, b"|").split(b"|")
    reader.feed(head)
    for _ in range(1000):
        reader.feed(b"x" * 65_536)
        assert reader.take_chunk() == b"x" * 65_536
    reader.feed(tail)
    assert (reader.fields, reader.take_chunk(), reader.is_complete) == ({"key": "a"}, b"", True)
    assert len(reader._chunk) + len(reader._value) + len(reader._header) == 0


def test_a_full_disk_is_reported_and_leaves_nothing(
    client: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = upload_helpers.create_upload(shop, size=5)

    def full(*_: Any, **__: Any) -> None:
        raise storage.StorageUnavailable("The disk that holds the files is full.")

    monkeypatch.setattr(storage.LocalStorage, "put", full)
    answer = post_upload(client, upload, b"photo")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert_nothing_stored()
    assert upload_helpers.state(upload) == upload
