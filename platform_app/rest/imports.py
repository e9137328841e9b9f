"""A shop's imports: upload a file, map its columns, check it, run it, undo it; and the export."""

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
from platform_app.domain.imports.rules.cells import escape_formula
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.imports.schemas import FileColumn, Preview, ReportRow, Run
from platform_app.domain.imports.service import browser_flow
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shared.paging import MAX_LIMIT, Page
from platform_app.infra import db, storage
from platform_app.infra.settings import settings
from platform_app.rest.dependencies import CurrentUser, GuardedRoute, ShopSlug, WritingUser
from platform_app.rest.imports_report import archived_rows

LISTINGS_PER_PAGE = 200
ROWS_PER_PAGE = 1000

router = APIRouter(prefix="/api/v1/shops/{shop}", tags=["imports"], route_class=GuardedRoute)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class ImportResource(_Frozen):
    """An import. `state` is uploading, looking, mapping, queued, running and then finished.

    An import is checked before it runs: while `is_checked` is true, nothing has changed, and the counts say what would
    change. `ignored_columns` have content that Plaza has no field for; `remark` says so in words. `share` is the progress of the current step, from 0 to 1. At its end, created + updated + unchanged +
    refused = rows.
    """

    id: UUID
    file_name: str
    state: RunState
    is_checked: bool
    dry_run: bool
    as_drafts: bool
    format: str
    encoding: str
    message: str
    remark: str
    ignored_columns: tuple[str, ...]
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
    """The file to upload; `size` in bytes."""

    name: str = Field(default="", max_length=1000)
    size: int = 0


class MappingBody(_Frozen):
    """How to read the file: a known format, or a mapping from column names to fields.

    With `as_drafts`, new listings become drafts whatever the file says, and existing ones keep their status.
    """

    format: Format = Format.AUTO
    columns: dict[str, str] = Field(default={}, max_length=500)
    as_drafts: bool = False


class UploadForm(_Frozen):
    """Post a form to `url` with these fields, followed by the file as `file`."""

    url: str
    fields: dict[str, str]


class CreatedImport(ImportResource):
    """An import that waits for its file."""

    upload: UploadForm


@router.get("/imports")
async def list_imports(
    shop: ShopSlug,
    user: CurrentUser,
    cursor: Annotated[str | None, Query(max_length=500, description="`next_cursor` of the previous page.")] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_LIMIT)] = 20,
) -> Page[ImportResource]:
    """The shop's imports, the latest first."""
    page = await db.read(queries.shop_runs, user_id=user.user_id, shop=shop, limit=limit, cursor=cursor)
    return Page[ImportResource](items=tuple(map(_to_resource, page.items)), next_cursor=page.next_cursor)


@router.post("/imports", status_code=201)
async def create_import(shop: ShopSlug, body: FileBody, user: WritingUser) -> CreatedImport:
    """Create an import. Post its file with the form in `upload`, then call `mark_received`."""
    now = utc_now()
    name = body.name.replace("\x00", "")
    created = await db.write(
        browser_flow.start, user_id=user.user_id, shop=shop, file_name=name, size=body.size, now=now
    )
    signed_form = await run_in_threadpool(
        storage.from_settings(settings()).presign_post,
        created.upload.key,
        content_type=created.upload.content_type,
        max_bytes=created.upload.size,
        expires=created.upload.expires_at - now,
    )
    form = UploadForm(url=signed_form.url, fields=signed_form.fields)
    return CreatedImport(**_to_resource(created.run).model_dump(), upload=form)


@router.get("/imports/{run_id}")
async def get_import(shop: ShopSlug, run_id: UUID, user: CurrentUser) -> ImportResource:
    """One import with its current progress."""
    return _to_resource(await db.read(queries.shop_run, user_id=user.user_id, shop=shop, run_id=run_id))


@router.post("/imports/{run_id}/received", status_code=202)
async def mark_received(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Report that the file was posted. A job then inspects it."""
    run = await db.read(queries.shop_run, user_id=user.user_id, shop=shop, run_id=run_id)
    stored_size = await run_in_threadpool(_stored_size, run.file_key) if run.state is RunState.UPLOADING else None
    return _to_resource(
        await db.write(
            browser_flow.complete_upload,
            user_id=user.user_id,
            shop=shop,
            run_id=run_id,
            stored_bytes=stored_size,
            now=utc_now(),
        )
    )


@router.put("/imports/{run_id}/mapping", status_code=202)
async def set_mapping(shop: ShopSlug, run_id: UUID, body: MappingBody, user: WritingUser) -> ImportResource:
    """Set the meaning of the columns. A job then checks what the import would change, without changing anything."""
    mapping = {column: field for column, field in body.columns.items() if field}
    return _to_resource(
        await db.write(
            browser_flow.choose_columns,
            user_id=user.user_id,
            shop=shop,
            run_id=run_id,
            requested_format=body.format,
            fields_by_column=mapping,
            as_drafts=body.as_drafts,
            now=utc_now(),
        )
    )


@router.post("/imports/{run_id}/run", status_code=202)
async def run_import(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Run an import that was checked. Repeating the request runs it once."""
    return _to_resource(
        await db.write(browser_flow.confirm, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now())
    )


@router.post("/imports/{run_id}/undo", status_code=202)
async def undo_import(shop: ShopSlug, run_id: UUID, user: WritingUser) -> ImportResource:
    """Undo an import: created listings are deleted, changed ones get back their former content."""
    return _to_resource(
        await db.write(browser_flow.undo, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now())
    )


@router.delete("/imports/{run_id}", status_code=204)
async def discard_import(shop: ShopSlug, run_id: UUID, user: WritingUser) -> None:
    """Discard an import that was not run."""
    await db.write(browser_flow.discard, user_id=user.user_id, shop=shop, run_id=run_id, now=utc_now())


@router.get("/imports/{run_id}/report.csv", response_class=StreamingResponse)
async def download_report(shop: ShopSlug, run_id: UUID, user: CurrentUser) -> StreamingResponse:
    """The outcome of each row of the file, as CSV."""
    run = await db.read(queries.shop_run, user_id=user.user_id, shop=shop, run_id=run_id)
    if run.state.is_active:
        raise ImportStillRunning
    return _csv_response(_report_rows(run), name=f"import-report-{run.created_at:%Y-%m-%d}.csv")


@router.get("/export.csv", response_class=StreamingResponse)
async def export_listings(shop: ShopSlug, user: CurrentUser) -> StreamingResponse:
    """All listings of the shop as CSV, which can be imported again.

    Text that a spreadsheet would run as a formula begins with an apostrophe, which an import takes off.
    """
    first = await db.read(queries.export_page, user_id=user.user_id, shop=shop, after="", limit=LISTINGS_PER_PAGE)
    return _csv_response(_export_rows(first, shop=shop, user_id=user.user_id), name=f"{shop}-listings.csv")


async def _export_rows(
    page: tuple[list[list[str]], str | None], *, shop: str, user_id: UUID
) -> AsyncIterator[Iterable[list[str]]]:
    """The lines of an export, a page of listings at a time; it stops if the user leaves the shop meanwhile."""
    yield [plaza.EXPORT_FIELDS]
    yield page[0]
    while page[1] is not None:
        page = await db.read(queries.export_page, user_id=user_id, shop=shop, after=page[1], limit=LISTINGS_PER_PAGE)
        yield page[0]


async def _report_rows(run: Run) -> AsyncIterator[Iterable[list[str]]]:
    """The rows of the report, a page at a time; it may be archived between two pages."""
    yield [["line", "outcome", "note"]]
    line = 0
    while True:
        rows = await db.read(queries.report_page, shop_id=run.shop_id, run_id=run.id, after=line, limit=ROWS_PER_PAGE)
        if rows is None:
            rows = await run_in_threadpool(archived_rows, run_id=run.id, after=line, limit=ROWS_PER_PAGE)
        if not rows:
            return
        yield map(_csv_row, rows)
        line = rows[-1].line


def _csv_response(pages: AsyncIterator[Iterable[list[str]]], *, name: str) -> StreamingResponse:
    async def generate() -> AsyncIterator[str]:
        yield "\ufeff"  # the byte order mark, which spreadsheets need to recognise UTF-8
        async for page in pages:
            text = io.StringIO()
            csv.writer(text).writerows([escape_formula(cell) for cell in row] for row in page)
            yield text.getvalue()

    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return StreamingResponse(generate(), media_type="text/csv; charset=utf-8", headers=headers)


def _csv_row(row: ReportRow) -> list[str]:
    return [str(row.line), row.outcome.value, row.note]


def _to_resource(run: Run) -> ImportResource:
    remaining = run.remaining
    values = {name: getattr(run, name) for name in ImportResource.model_fields if hasattr(run, name)}
    values["share"] = run.progress
    return ImportResource(**values, remaining_seconds=remaining.total_seconds() if remaining else None)


def _stored_size(key: str) -> int | None:
    try:
        return storage.from_settings(settings()).size(key)
    except storage.ObjectMissing:
        return None
