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
from platform_app.infra.settings import settings
from platform_app.infra.storage_form import Allowed, UploadEmpty, UploadRefused, UploadTooLarge
from platform_app.rest.forms import FormReader, MalformedForm, boundary_of
from platform_app.rest.problems import problem

router = APIRouter(include_in_schema=False)
SLOWEST = 900.0  # seconds a file may take; by then its row is about to be given up


class WrongType(Exception):
    """What was sent is not of the type that was signed, or no form at all."""


@router.post(storage.UPLOAD_PATH, status_code=204)
async def receive(request: Request) -> Response:
    """Put the file of a signed form into quarantine; nothing is kept of one that is refused."""
    try:
        # Without a name on the disk: whatever ends this process, nothing of the file is left.
        with anyio.fail_after(SLOWEST), storage.on_disk(), TemporaryFile(dir=settings().data) as file:
            await _receive(request, file)
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


async def _receive(request: Request, file: BinaryIO) -> None:
    place = _storage()
    if not isinstance(place, storage.LocalStorage):
        raise NotFound("Files are posted to the object store itself.")
    form = FormReader(boundary_of(request.headers.get("content-type", "")) or _no_form())
    allowed, size = None, 0
    async for piece in _pieces(request, form):
        if allowed is None:
            allowed = await _allowed(place, form)
        size += len(piece)
        allowed.check_room(size)
        await run_in_threadpool(file.write, piece)
    if allowed is None:
        raise MalformedForm("it has no file.")
    allowed.check_end(size)
    file.seek(0)
    await _require_waiting(allowed)  # again, because a slow file may have come too late
    await run_in_threadpool(place.put, allowed.key, file, content_type=allowed.content_type)


async def _pieces(request: Request, form: FormReader) -> AsyncIterator[bytes]:
    """The file as it arrives, an empty piece first; what comes before it is in the form's fields by then."""
    has_begun = False
    async for chunk in request.stream():
        form.feed(chunk)
        piece = form.taken()
        if form.has_file and (piece or not has_begun):
            has_begun = True
            yield piece
        if form.is_whole:  # whatever follows is no part of the form, and might never end
            break
    if not form.is_whole:
        raise MalformedForm("it ends in the middle.")


async def _allowed(place: storage.LocalStorage, form: FormReader) -> Allowed:
    """What the fields before the file let in, decided before any of the file is kept."""
    allowed = place.check_upload(form.fields)
    if form.file_type not in ("", allowed.content_type):
        raise WrongType(f"This form was signed for {allowed.content_type}, and its file is {form.file_type[:100]}.")
    await _require_waiting(allowed)
    return allowed


async def _require_waiting(allowed: Allowed) -> None:
    ids = rules.upload_in(allowed.key)
    if ids is None:
        raise UploadNotFound
    await db.read(queries.require_waiting, shop_id=ids[0], upload_id=ids[1])


@cache
def _storage() -> storage.Storage:
    return storage.from_settings(settings())


def _no_form() -> bytes:
    raise WrongType("Post a form of type multipart/form-data, as it was signed.")
