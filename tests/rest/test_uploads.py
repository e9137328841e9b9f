"""Posting a signed form to this machine: let in as signed, refused while it arrives, and nothing kept of what is refused."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from platform_app.domain.media.rules import UploadState
from platform_app.domain.media.schemas import Upload
from platform_app.domain.shared.tables import utc_now
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import storage
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest import forms, uploads
from platform_app.rest.requests import Observed
from tests.media import files, uploading

pytestmark = pytest.mark.usefixtures("clean")
URL = "/media/uploads"
BOUNDARY = "----a-boundary"
MEGABYTE = 1024 * 1024


@pytest.fixture
def client(clean: None) -> Iterator[TestClient]:
    """A browser that has signed in nowhere."""
    with TestClient(Observed(rest.build()), raise_server_exceptions=False) as one:
        yield one


@pytest.fixture
def shop(clean: None) -> Shop:
    return uploading.shop()


def post(client: TestClient, upload: Upload, body: bytes, *, kind: str | None = None, **changed: str) -> httpx.Response:
    """Post the form of an upload, with some of its fields changed."""
    fields = uploading.signed(upload).fields | changed
    file = ("a photo.jpg", body, upload.content_type if kind is None else kind)
    return client.post(URL, data=fields, files={"file": file})  # type: ignore[return-value]


def refused(answer: httpx.Response, status: int, code: str, words: str) -> None:
    """The answer is this problem, and nothing at all was kept."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert re.match(words, answer.json()["detail"]), answer.json()["detail"]
    nothing_kept()


def nothing_kept() -> None:
    objects = settings().data / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    assert open_files_below(settings().data) == []


def open_files_below(folder: Path) -> list[str]:
    """The files without a name that this process still holds there."""
    held = []
    for number in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(number)
        except FileNotFoundError:
            continue
        if target.startswith(f"{folder}/") and "(deleted)" in target:
            held.append(target)
    return held


def test_a_signed_form_brings_its_file_into_quarantine_and_the_job_makes_a_picture_of_it(
    client: TestClient, shop: Shop
) -> None:
    body = files.photo()
    upload = uploading.begun(shop, size=len(body))
    form = uploading.signed(upload)
    assert form.url.endswith(URL)
    answer = post(client, upload, body)
    assert (answer.status_code, answer.content) == (204, b"")
    assert (uploading.files(), uploading.content(upload.key)) == ([upload.key], body)
    assert uploading.completed(upload).state is UploadState.RECEIVED
    assert uploading.work() == 1
    ended = uploading.state(upload)
    assert ended.state is UploadState.READY
    shown = client.get(f"/media/pictures/{ended.content}/400.webp")
    assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")


def test_a_file_may_be_sent_again_until_the_upload_is_completed(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    assert [post(client, upload, body).status_code for body in (b"first", b"other")] == [204, 204]
    assert uploading.content(upload.key) == b"other"


@pytest.mark.parametrize("path", ["/media/quarantine/{}", "/media/{}", "/media/uploads/{}", "/{}"])
def test_what_is_in_quarantine_is_served_nowhere(client: TestClient, shop: Shop, path: str) -> None:
    upload = uploading.begun(shop, size=5)
    post(client, upload, b"photo")
    for name in (upload.key, upload.key.removeprefix("quarantine/")):
        assert client.get(path.format(name)).status_code == 404


@pytest.mark.parametrize(
    "changed",
    [
        {"key": "quarantine/another/one"},
        {"key": "pictures/aa/" + "a" * 64 + "/400.webp"},
        {"max_bytes": "99999999"},
        {"expires": "99999999999"},
        {"signature": "0" * 64},
        {"Content-Type": "text/html"},
        {"acl": "public-read"},
    ],
)
def test_a_form_that_was_changed_is_refused(client: TestClient, shop: Shop, changed: dict[str, str]) -> None:
    upload = uploading.begun(shop, size=5)
    answer = post(client, upload, b"photo", kind="image/jpeg", **changed)
    refused(answer, 403, "upload_refused", r"^This upload form was changed after it was signed\.$")
    assert uploading.state(upload) == upload


def test_a_form_for_another_upload_of_the_same_shop_is_refused(client: TestClient, shop: Shop) -> None:
    mine, other = uploading.begun(shop, size=5), uploading.begun(shop, size=5)
    answer = post(client, mine, b"photo", key=other.key)
    refused(answer, 403, "upload_refused", r"^This upload form was changed after it was signed\.$")


def test_a_late_form_is_refused(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5, now=utc_now() - timedelta(minutes=16))
    refused(
        post(client, upload, b"photo"), 403, "upload_refused", r"^This upload form has expired: ask for a new one\.$"
    )


def test_a_file_of_another_type_than_signed_is_refused(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    words = r"^This form was signed for image/jpeg, and its file is text/html\.$"
    refused(post(client, upload, b"photo", kind="text/html"), 415, "upload_of_wrong_type", words)
    assert post(client, upload, b"photo", kind="IMAGE/JPEG; x=y").status_code == 204


@pytest.mark.parametrize("kind", ["application/json", "multipart/mixed; boundary=x", "multipart/form-data", ""])
def test_what_is_no_form_is_refused(client: TestClient, kind: str) -> None:
    answer = client.post(URL, content=b"photo", headers={"content-type": kind})
    refused(answer, 415, "upload_of_wrong_type", r"^Post a form of type multipart/form-data")  # type: ignore[arg-type]


def test_an_empty_file_is_refused(client: TestClient, shop: Shop) -> None:
    refused(post(client, uploading.begun(shop, size=5), b""), 400, "upload_empty", r"^This file is empty")


def test_a_file_of_one_byte_more_is_refused_and_the_signed_number_let_in(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    refused(
        post(client, upload, b"photos"), 413, "upload_too_large", r"^This file is larger than the 5 bytes that were"
    )
    assert post(client, upload, b"photo").status_code == 204


@pytest.mark.parametrize("ended", ["completed", "taken", "refused"])
def test_a_form_cannot_be_used_again_after_its_upload_was_completed(client: TestClient, shop: Shop, ended: str) -> None:
    body = files.SCRIPT if ended == "refused" else files.photo()
    upload = uploading.begun(shop, size=len(body))
    assert post(client, upload, body).status_code == 204
    uploading.completed(upload)
    if ended != "completed":
        uploading.work()
    before = uploading.files(), uploading.state(upload)
    answer = post(client, upload, b"x" * len(body))
    assert (answer.status_code, answer.json()["code"]) == (409, "upload_over")
    assert (uploading.files(), uploading.state(upload)) == before


def test_an_upload_that_was_completed_while_a_second_file_arrived_keeps_the_first(shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    uploading.arrived(upload, b"photo")

    async def slow() -> AsyncIterator[bytes]:
        whole = form(uploading.signed(upload).fields, b"other")
        yield whole[:-20]
        await asyncio.to_thread(uploading.completed, upload)
        yield whole[-20:]

    assert served(slow)[:2] == (409, "upload_over")
    assert uploading.content(upload.key) == b"photo"


def test_an_upload_nobody_began_is_not_found(client: TestClient, shop: Shop) -> None:
    upload = uploading.begun(shop, size=5)
    gone = upload.model_copy(update={"key": upload.key[:-12] + "0" * 12})
    refused(post(client, gone, b"photo"), 404, "upload_not_found", "^There is no such upload")
    elsewhere = upload.model_copy(update={"key": "pictures/a/b"})
    refused(post(client, elsewhere, b"photo"), 404, "upload_not_found", "^There is no such upload")


def form(fields: dict[str, str], body: bytes, *, after: str = "", before: str = "") -> bytes:
    """A form as a browser writes it."""
    named = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return before.encode() + "".join(named).encode() + head.encode() + body + f"\r\n{after}--{BOUNDARY}--\r\n".encode()


def part(name: str, value: str = "x") -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


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


def test_where_a_bucket_holds_the_files_nothing_is_posted_here(
    client: TestClient, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = uploading.begun(shop, size=5)
    fields = uploading.signed(upload).fields
    for name in ("BUCKET", "ACCESS_KEY", "SECRET_KEY"):
        monkeypatch.setenv(f"PLAZA_S3_{name}", "plaza")
    settings.cache_clear()
    uploads._storage.cache_clear()
    try:
        answer = client.post(URL, data=fields, files={"file": ("a.jpg", b"photo", "image/jpeg")})
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        uploads._storage.cache_clear()
    refused(answer, 404, "not_found", "^Files are posted to the object store itself")  # type: ignore[arg-type]


def served(body: Callable[[], AsyncIterator[bytes]]) -> tuple[int, str | None]:
    """The status and code with which a form is answered that arrives piece by piece; EOFError means that its sender left."""

    async def ask() -> tuple[int, str | None]:
        app: FastAPI = rest.build()
        pieces = body()
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            try:
                return {"type": "http.request", "body": await anext(pieces), "more_body": True}
            except StopAsyncIteration:
                return {"type": "http.request", "body": b"", "more_body": False}
            except EOFError:
                return {"type": "http.disconnect"}

        async def send(message: dict[str, Any]) -> None:
            answer.append(message)

        kind = f"multipart/form-data; boundary={BOUNDARY}"
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "POST", "path": URL,
            "raw_path": URL.encode(), "query_string": b"", "root_path": "", "scheme": "http",
            "headers": [(b"host", b"plaza"), (b"content-type", kind.encode())],
        }  # fmt: skip
        await Observed(app)(scope, receive, send)  # type: ignore[arg-type]
        await pieces.aclose()  # type: ignore[attr-defined]
        response = httpx.Response(answer[0]["status"], content=b"".join(one.get("body", b"") for one in answer[1:]))
        return response.status_code, response.json()["code"] if response.content else None

    return asyncio.run(ask())
