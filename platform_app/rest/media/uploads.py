"""Where a browser posts the file of a signed form when files live on this machine, as S3 takes them elsewhere."""

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
UPLOAD_TIMEOUT_SECONDS = 900.0  # seconds a file may take; by then its row is about to be given up


class WrongType(Exception):
    """What was sent is not of the type that was signed, or no form at all."""


@router.post(storage.UPLOAD_PATH, status_code=204)
async def receive_upload(request: Request) -> Response:
    """Put the file of a signed form into quarantine; nothing is kept of one that is refused."""
    try:
        # Without a name on the disk: whatever ends this process, nothing of the file is left.
        with (
            anyio.fail_after(UPLOAD_TIMEOUT_SECONDS),
            storage.translate_disk_errors(),
            TemporaryFile(dir=settings().data) as file,
        ):
            await _receive_file(request, file)
    except UploadTooLarge as refusal:
        return problem(413, "upload_too_large", str(refusal))
    except UploadEmpty as refusal:
        return problem(400, "upload_empty", str(refusal))
    except UploadRefused as refusal:
        return problem(403, "upload_refused", str(refusal))
    except WrongType as refusal:
        return problem(415, "upload_of_wrong_type", str(refusal))
    except (MalformedForm, FormParserError) as error:
        return problem(400, "malformed_form", f"This form cannot be read: {error}")
    except ClientDisconnect:
        return problem(400, "malformed_form", "The form ended in the middle.")
    except TimeoutError:
        return problem(408, "upload_too_slow", "This upload took too long. Begin a new one.")
    return Response(status_code=204)


async def _receive_file(request: Request, file: BinaryIO) -> None:
    local_storage = _storage()
    if not isinstance(local_storage, storage.LocalStorage):
        raise NotFound("Files are posted to the object store itself.")
    form = MultipartReader(parse_boundary(request.headers.get("content-type", "")) or _reject_non_form())
    allowed, size = None, 0
    async for chunk in _file_chunks(request, form):
        if allowed is None:
            allowed = await _check_form(local_storage, form)
        size += len(chunk)
        allowed.check_size(size)
        await run_in_threadpool(file.write, chunk)
    if allowed is None:
        raise MalformedForm("it has no file.")
    allowed.check_not_empty(size)
    file.seek(0)
    await _require_pending(allowed)  # again, because a slow file may have come too late
    await run_in_threadpool(local_storage.put, allowed.key, file, content_type=allowed.content_type)


async def _file_chunks(request: Request, form: MultipartReader) -> AsyncIterator[bytes]:
    """The file as it arrives, an empty piece first; what comes before it is in the form's fields by then."""
    has_begun = False
    async for chunk in request.stream():
        form.feed(chunk)
        file_chunk = form.take_chunk()
        if form.has_file and (file_chunk or not has_begun):
            has_begun = True
            yield file_chunk
        if form.is_complete:  # whatever follows is no part of the form, and might never end
            break
    if not form.is_complete:
        raise MalformedForm("it ends in the middle.")


async def _check_form(local_storage: storage.LocalStorage, form: MultipartReader) -> UploadPolicy:
    """What the fields before the file let in, decided before any of the file is kept."""
    allowed = local_storage.check_upload(form.fields)
    if form.file_type not in ("", allowed.content_type):
        raise WrongType(f"This form was signed for {allowed.content_type}, and its file is {form.file_type[:100]}.")
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
    raise WrongType("Post a form of type multipart/form-data, as it was signed.")
