"""A shop's imports over REST: a file comes in, is looked at, mapped, checked, run, and can be taken back."""

import csv
import io
from collections.abc import AsyncIterator, Iterable
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from platform_app.domain.imports import queries
from platform_app.domain.imports.errors import ImportStillRunning
from platform_app.domain.imports.rules import plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.runs import COLLECTION, RunState
from platform_app.domain.imports.schemas import FileColumn, Preview, ReportRow, Run
from platform_app.domain.imports.service import steps
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, documents, storage
from platform_app.infra.settings import settings
from platform_app.rest.identity import CurrentUser, Guarded, ShopSlug, WritingUser

LISTINGS_A_PAGE = 200
ROWS_A_PAGE = 1000
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for one

router = APIRouter(prefix="/api/v1/shops/{shop}", tags=["imports"], route_class=Guarded)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ImportResource(_Frozen):
    """An import. `state` goes from uploading over looking, mapping, queued and running to finished.

    It is checked first and run after: while `is_checked` nothing was changed, and the counts say what would be.
    `share` goes from 0 to 1 with its present work; created + updated + unchanged + refused = rows once that is over.
    """

    id: UUID
    file_name: str
    state: RunState
    is_checked: bool
    dry_run: bool
    format: str
    encoding: str
    message: str
    columns: tuple[FileColumn, ...]
    suggested: dict[str, str]
    mapping: dict[str, str]
    rows: int
    created: int
    updated: int
    unchanged: int
    refused: int
    restored: int
    kept: int
    share: float
    remaining_seconds: float | None
    preview: tuple[Preview, ...]
    created_at: datetime
    finished_at: datetime | None


class FileBody(_Frozen):
    """The file that is to come; `size` in bytes."""

    name: str = Field(default="", max_length=1000)
    size: int = 0


class MappingBody(_Frozen):
    """How to read the file: as a format that is known, or by what its columns mean (a field by each column's name)."""

    format: Format = Format.AUTO
    columns: dict[str, str] = Field(default={}, max_length=500)


class UploadForm(_Frozen):
    """Post a form with these fields, and after them the file as `file`, to `url`."""

    url: str
    fields: dict[str, str]


class BegunImport(ImportResource):
    """An import that waits for its file."""

    upload: UploadForm


@router.get("/imports")
async def all_imports(
    shop: ShopSlug,
    user: CurrentUser,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the page before.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
) -> Page[ImportResource]:
    """The shop's imports, the latest first."""
    found = await db.read(queries.runs, user_id=user.user_id, shop=shop, limit=limit, cursor=cursor)
    return Page[ImportResource](items=tuple(map(_resource, found.items)), next_cursor=found.next_cursor)


@router.post("/imports", status_code=201)
async def begin(shop: ShopSlug, body: FileBody, user: WritingUser) -> BegunImport:
    """Begin an import; its file is posted with the form in `upload`, and `received` follows."""
    now = utc_now()
    name = body.name.replace("\x00", "")
    begun = await db.write(steps.begin, user_id=user.user_id, shop=shop, file_name=name, size=body.size, now=now)
    signed = await run_in_threadpool(
        storage.from_settings(settings()).sign_upload,
        begun.upload.key,
        content_type=begun.upload.content_type,
        max_bytes=begun.upload.size,
        expires=begun.upload.expires_at - now,
    )
    form = UploadForm(url=signed.url, fields=signed.fields)
    return BegunImport(**_resource(begun.run).model_dump(), upload=form)


@router.get("/imports/{run_id}")
async def one(shop: ShopSlug, run_id: UUID, user: CurrentUser) -> ImportResource:
    """One import, as far as it is."""
    return _resource(await db.read(queries.of_shop, user_id=user.user_id, shop=shop, run_id=run_id))


@router.post("/imports/{run_id}/received", status_code=202)
async def received(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Say that the file was posted; a job looks at it."""
    run = await db.read(queries.of_shop, user_id=user.user_id, shop=shop, run_id=run_id)
    stored = await run_in_threadpool(_stored, run.file_key) if run.state is RunState.UPLOADING else None
    return _resource(
        await db.write(steps.received, user_id=user.user_id, shop=shop, run_id=run_id, stored=stored, now=utc_now())
    )


@router.put("/imports/{run_id}/mapping", status_code=202)
async def choose(shop: ShopSlug, run_id: UUID, body: MappingBody, user: WritingUser) -> ImportResource:
    """Say what the columns mean; a job checks what the import would change, and changes nothing."""
    meanings = {column: field for column, field in body.columns.items() if field}
    return _resource(
        await db.write(
            steps.choose,
            user_id=user.user_id,
            shop=shop,
            run_id=run_id,
            asked=body.format,
            meanings=meanings,
            now=utc_now(),
        )
    )


@router.post("/imports/{run_id}/run", status_code=202)
async def run(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Run an import that was checked; asking twice runs it once."""
    return _resource(await db.write(steps.confirm, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now()))


@router.post("/imports/{run_id}/undo", status_code=202)
async def undo(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Take an import back: what it created goes, what it changed becomes what it was."""
    return _resource(await db.write(steps.undo, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now()))


@router.delete("/imports/{run_id}", status_code=204)
async def discard(shop: ShopSlug, run_id: UUID, user: WritingUser) -> None:
    """Throw away an import that was not run."""
    await db.write(steps.discard, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now())


@router.get("/imports/{run_id}/report.csv", response_class=StreamingResponse)
async def report(shop: ShopSlug, run_id: UUID, user: CurrentUser) -> StreamingResponse:
    """What became of each row of the file, as CSV."""
    found = await db.read(queries.of_shop, user_id=user.user_id, shop=shop, run_id=run_id)
    if found.state.is_going:
        raise ImportStillRunning
    return _csv(_report(found), name=f"import-report-{found.created_at:%Y-%m-%d}.csv")


@router.get("/export.csv", response_class=StreamingResponse)
async def export(shop: ShopSlug, user: CurrentUser) -> StreamingResponse:
    """All the shop's listings as CSV, which an import reads back as they are."""
    first = await db.read(queries.export_page, user_id=user.user_id, shop=shop, after="", limit=LISTINGS_A_PAGE)
    return _csv(_listings(first, shop=shop, user_id=user.user_id), name=f"{shop}-listings.csv")


async def _listings(
    page: tuple[list[list[str]], str | None], *, shop: str, user_id: UUID
) -> AsyncIterator[Iterable[list[str]]]:
    """All lines of an export, a page of listings at a time; who stops being of the shop meanwhile gets no more."""
    yield [plaza.EXPORTED]
    yield page[0]
    while page[1] is not None:
        page = await db.read(queries.export_page, user_id=user_id, shop=shop, after=page[1], limit=LISTINGS_A_PAGE)
        yield page[0]


async def _report(run: Run) -> AsyncIterator[Iterable[list[str]]]:
    """The rows from the database or, once archived, from the documents."""
    yield [["line", "outcome", "note"]]
    line = 0
    while not run.archived:
        rows = await db.read(queries.report, shop_id=run.shop_id, run_id=run.id, after=line, limit=ROWS_A_PAGE)
        if rows:
            yield map(_line, rows)
            line = rows[-1].line
            continue
        run = await db.read(queries.run, run_id=run.id)  # which may have been archived meanwhile
        if not run.archived:
            return
    kept = await run_in_threadpool(documents.from_settings, settings(), db.engine())
    after = f"{line:09d}" if line else None
    while True:
        page = await run_in_threadpool(kept.page, COLLECTION, str(run.id), after=after, limit=ROWS_A_PAGE)
        yield [_line(ReportRow.model_validate(value)) for _, value in page.items]
        after = page.next
        if after is None:
            return


def _csv(pages: AsyncIterator[Iterable[list[str]]], *, name: str) -> StreamingResponse:
    async def written() -> AsyncIterator[str]:
        yield "\ufeff"  # without which spreadsheets take UTF-8 for something older
        async for page in pages:
            text = io.StringIO()
            csv.writer(text).writerows(page)
            yield text.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(written(), media_type="text/csv; charset=utf-8", headers=headers)


def _line(row: ReportRow) -> list[str]:
    note = "'" + row.note if row.note.startswith(_FORMULA) else row.note
    return [str(row.line), row.outcome.value, note]


def _resource(run: Run) -> ImportResource:
    remaining = run.remaining
    named = {name: getattr(run, name) for name in ImportResource.model_fields if name != "remaining_seconds"}
    return ImportResource(**named, remaining_seconds=remaining.total_seconds() if remaining else None)


def _stored(key: str) -> int | None:
    try:
        return storage.from_settings(settings()).size(key)
    except storage.ObjectMissing:
        return None
