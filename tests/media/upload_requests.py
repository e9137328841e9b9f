"""Posting the form of an upload, at once or in chunks, and checking refusals."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
from fastapi import FastAPI
from fastapi.testclient import TestClient

from platform_app.domain.media.schemas import Upload
from platform_app.infra.settings import settings
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.media import upload_helpers

URL = "/media/uploads"
BOUNDARY = "----a-boundary"
MEGABYTE = 1024 * 1024


def post_upload(
    client: TestClient, upload: Upload, body: bytes, *, kind: str | None = None, **changed: str
) -> httpx.Response:
    """Post the form of an upload, with some of its fields changed."""
    fields = upload_helpers.signed_form(upload).fields | changed
    file = ("a photo.jpg", body, upload.content_type if kind is None else kind)
    return client.post(URL, data=fields, files={"file": file})  # type: ignore[return-value]


def assert_refused(answer: httpx.Response, status: int, code: str, pattern: str) -> None:
    """Check that the response is this problem, and that no file was stored."""
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert re.match(pattern, answer.json()["detail"]), answer.json()["detail"]
    assert_nothing_stored()


def assert_nothing_stored() -> None:
    objects = settings().data / "objects"
    assert [path for path in objects.rglob("*") if path.is_file()] == []
    assert open_unlinked_files(settings().data) == []


def open_unlinked_files(folder: Path) -> list[str]:
    """The unlinked files in this folder that this process still has open."""
    paths = []
    for number in Path("/proc/self/fd").iterdir():
        try:
            target = os.readlink(number)
        except FileNotFoundError:
            continue
        if target.startswith(f"{folder}/") and "(deleted)" in target:
            paths.append(target)
    return paths


def build_form(fields: dict[str, str], body: bytes, *, after: str = "", before: str = "") -> bytes:
    """A form as a browser sends it."""
    fields_text = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
        for name, value in fields.items()
    ]
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\n\r\n'
    return (
        before.encode()
        + "".join(fields_text).encode()
        + head.encode()
        + body
        + f"\r\n{after}--{BOUNDARY}--\r\n".encode()
    )


def build_part(name: str, value: str = "x") -> str:
    return f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'


def post_chunks(body: Callable[[], AsyncIterator[bytes]]) -> tuple[int, str | None]:
    """Send a form in chunks; the response's status and code. EOFError means that the client disconnected."""

    async def send_request() -> tuple[int, str | None]:
        app: FastAPI = rest.build()
        chunks = body()
        answer: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            try:
                return {"type": "http.request", "body": await anext(chunks), "more_body": True}
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
        await RequestMiddleware(app)(scope, receive, send)  # type: ignore[arg-type]
        await chunks.aclose()  # type: ignore[attr-defined]
        response = httpx.Response(answer[0]["status"], content=b"".join(one.get("body", b"") for one in answer[1:]))
        return response.status_code, response.json()["code"] if response.content else None

    return asyncio.run(send_request())
