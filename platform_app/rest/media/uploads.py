"""Receives files posted with a signed form when files are stored on this machine; otherwise S3 does."""

from collections.abc import AsyncIterator
from functools import cache
from tempfile import TemporaryFile
from typing import BinaryIO

import anyio
from fastapi import APIRouter, Request, Response
from python_multipart.exceptions import FormParserError
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from platform_app.domain.media import queries, rules
from platform_app.domain.media.errors import UploadNotFound
from platform_app.domain.shared.errors import NotFound
from platform_app.infra import db, storage
from platform_app.infra.presigned_post import UploadEmpty, UploadPolicy, UploadRefused, UploadTooLarge
from platform_app.infra.settings import settings
from platform_app.rest.media.multipart import MalformedForm, MultipartReader, parse_boundary
from platform_app.rest.problems import problem

router = APIRouter(include_in_schema=False)
SIGNATURE_TIMEOUT_SECONDS = 5.0  # for the signed fields, which come first: until then, anybody may be sending
UPLOAD_TIMEOUT_SECONDS = 900.0  # for the file; after that, its upload expires
_CLOSE = {"Connection": "close"}  # of a refused form, the rest is not read


class WrongType(Exception):
    """The body has another type than the signed one, or is not a form."""


@router.post(storage.UPLOAD_PATH, status_code=204)
async def receive_upload(request: Request) -> Response:
    """Store the file of a signed form in quarantine; nothing of a refused file is kept."""
    try:
        # The file has no name on disk, so nothing of it is left if this process ends.
        with (
            anyio.fail_after(SIGNATURE_TIMEOUT_SECONDS) as time_limit,
            storage.translate_disk_errors(),
            TemporaryFile(dir=settings().data) as file,
        ):
            await _receive_file(request, file, time_limit)
    except UploadTooLarge as refusal:
        return problem(413, "upload_too_large", str(refusal), headers=_CLOSE)
    except UploadEmpty as refusal:
        return problem(400, "upload_empty", str(refusal), headers=_CLOSE)
    except UploadRefused as refusal:
        return problem(403, "upload_refused", str(refusal), headers=_CLOSE)
    except WrongType as refusal:
        return problem(415, "upload_of_wrong_type", str(refusal), headers=_CLOSE)
    except (MalformedForm, FormParserError) as error:
        return problem(400, "malformed_form", f"This form cannot be read: {error}", headers=_CLOSE)
    except ClientDisconnect:
        return problem(400, "malformed_form", "The form ended in the middle.", headers=_CLOSE)
    except TimeoutError:
        return problem(408, "upload_too_slow", "This upload took too long. Start a new one.", headers=_CLOSE)
    return Response(status_code=204)


async def _receive_file(request: Request, file: BinaryIO, time_limit: anyio.CancelScope) -> None:
    local_storage = _storage()
    if not isinstance(local_storage, storage.LocalStorage):
        raise NotFound("Files are posted directly to the object store.")
    form = MultipartReader(parse_boundary(request.headers.get("content-type", "")) or _reject_non_form())
    allowed, size = None, 0
    async for chunk in _file_chunks(request, form):
        if allowed is None:
            allowed = await _check_form(local_storage, form)
            time_limit.deadline = anyio.current_time() + UPLOAD_TIMEOUT_SECONDS
        size += len(chunk)
        allowed.check_size(size)
        await run_in_threadpool(file.write, chunk)
    if allowed is None:
        raise MalformedForm("it has no file.")
    allowed.check_not_empty(size)
    file.seek(0)
    await _require_pending(allowed)  # again, since a slow file may have missed the deadline
    await run_in_threadpool(local_storage.put, allowed.key, file, content_type=allowed.content_type)


async def _file_chunks(request: Request, form: MultipartReader) -> AsyncIterator[bytes]:
    """The chunks of the file, starting with an empty one; by then, the fields before the file have been read."""
    has_begun = False
    async for chunk in request.stream():
        form.feed(chunk)
        file_chunk = form.take_chunk()
        if form.has_file and (file_chunk or not has_begun):
            has_begun = True
            yield file_chunk
        if form.is_complete:  # further data is not part of the form, and might never end
            break
    if not form.is_complete:
        raise MalformedForm("it ends in the middle.")


async def _check_form(local_storage: storage.LocalStorage, form: MultipartReader) -> UploadPolicy:
    """Check the fields before the file, before any of the file is stored."""
    allowed = local_storage.check_upload(form.fields)
    if form.file_type not in ("", allowed.content_type):
        raise WrongType(f"This form was signed for {allowed.content_type}, but its file is {form.file_type[:100]}.")
    await _require_pending(allowed)
    return allowed


async def _require_pending(allowed: UploadPolicy) -> None:
    ids = rules.upload_from_key(allowed.key)
    if ids is None:
        raise UploadNotFound
    await db.read(queries.require_waiting, shop_id=ids[0], upload_id=ids[1])


@cache
def _storage() -> storage.Storage:
    return storage.from_settings(settings())


def _reject_non_form() -> bytes:
    raise WrongType("Post a multipart/form-data form with the signed fields.")
