"""The steps of a browser import: upload, inspect, map, check, run, undo. Users' commands check their membership."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col, or_, select

from platform_app.domain.catalog.rules import MAX_LABEL
from platform_app.domain.imports import service
from platform_app.domain.imports.errors import (
    FileRefused,
    ImportNotFound,
    NotToBeMapped,
    NotToBeRun,
    TooManyImports,
    UnusableFile,
    UnusableMapping,
)
from platform_app.domain.imports.models import ImportRow, ImportRun
from platform_app.domain.imports.rules import formats, plaza
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import MAX_UNFINISHED, UNFINISHED_RETENTION, UPLOAD_TIMEOUT, RunState
from platform_app.domain.imports.schemas import FileInspection, Run, StartedImport
from platform_app.domain.imports.service import previews
from platform_app.domain.media import rules as media_rules
from platform_app.domain.media import service as media
from platform_app.domain.media.rules import UploadPurpose
from platform_app.domain.shared.locking import lock_of_all_shops
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops import service as shop_service
from platform_app.domain.shops.rules import Permission
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession

_CONTENT_TYPES = {
    ".csv": media_rules.CSV,
    ".tsv": media_rules.CSV,
    ".txt": media_rules.CSV,
    ".xml": media_rules.CSV,
    ".xlsx": media_rules.XLSX,
}
_COUNTS = ("created", "updated", "unchanged", "refused", "next_product", "restored", "kept", "changes")


def start(
    session: WriteSession, *, user_id: UUID, shop: str, file_name: str, size: int, now: datetime
) -> StartedImport:
    """Start an import and register the upload of its file; both have the same id."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.IMPORTS)
    content_type = next((kind for suffix, kind in _CONTENT_TYPES.items() if file_name.lower().endswith(suffix)), None)
    if content_type is None:
        raise UnusableFile(fields={"name": "Choose a CSV file or an Excel workbook (XLSX)."})
    shop_service.lock(session, shop_id=membership.shop_id)  # so that concurrent starts cannot exceed the limit
    unfinished = select(func.count()).where(ImportRun.shop_id == membership.shop_id, _is_unfinished())
    if session.exec(unfinished).one() >= MAX_UNFINISHED:
        raise TooManyImports
    upload = media.create_upload(
        session,
        shop_id=membership.shop_id,
        user_id=user_id,
        content_type=content_type,
        size=size,
        now=now,
        purpose=UploadPurpose.IMPORT,
    )
    run = ImportRun(
        shop_id=membership.shop_id,
        id=upload.id,
        user_id=user_id,
        file_key=upload.key,
        file_name=file_name[-200:],
        asked_format=Format.AUTO,
        mapping={},
        dry_run=True,
        state=RunState.UPLOADING,
        created_at=now,
    )
    return StartedImport(run=service.publish_progress(session, run), upload=upload)


def complete_upload(
    session: WriteSession, *, user_id: UUID, shop: str, run_id: UUID, stored_bytes: int | None, now: datetime
) -> Run:
    """Queue the inspection of the uploaded file, stored with `stored_bytes` bytes; repeating it changes nothing."""
    run = _lock_run(session, user_id=user_id, shop=shop, run_id=run_id)
    if run.state is RunState.UPLOADING:
        media.complete_upload(
            session, shop_id=run.shop_id, upload_id=run.id, stored_bytes=stored_bytes, purpose=UploadPurpose.IMPORT
        )
        run.state = RunState.INSPECTING
        outbox.add(session, "workers.imports.inspect", owner=run.shop_id, run_id=str(run.id))
        return service.mark_started(session, run, now=now)
    return Run.model_validate(run)


def record_inspection(session: WriteSession, *, run_id: UUID, inspection: FileInspection, now: datetime) -> Run:
    """Store the result of the inspection; next, the seller maps the columns."""
    run = service.lock_run(session, run_id)
    if run.state is RunState.INSPECTING:
        run.state, run.moved_at = RunState.MAPPING, now
        run.encoding, run.format, run.fingerprint = inspection.encoding, inspection.format, inspection.fingerprint
        run.columns = [column.model_dump(mode="json") for column in inspection.columns]
        run.suggested = inspection.suggested
    return service.publish_progress(session, run)


def choose_columns(
    session: WriteSession,
    *,
    user_id: UUID,
    shop: str,
    run_id: UUID,
    requested_format: Format,
    fields_by_column: Mapping[str, str],
    now: datetime,
    as_drafts: bool = False,
) -> Run:
    """Set the format or the column mapping (field by column), and queue a check of what would change.

    With `as_drafts`, new listings become drafts.
    """
    run = _lock_run(session, user_id=user_id, shop=shop, run_id=run_id)
    if run.state is not RunState.MAPPING and not Run.model_validate(run).is_checked:
        raise NotToBeMapped
    mapping = _columns_by_field(fields_by_column)
    header = [column["name"] for column in run.columns]
    try:
        formats.detect_format(header, requested=requested_format, mapping=mapping)
    except FileRefused as refusal:
        raise UnusableMapping(str(refusal)) from refusal
    if mapping:
        service.save_mapping(session, shop_id=run.shop_id, header=run.fingerprint, mapping=mapping)
    run.asked_format, run.mapping, run.state = requested_format, mapping, RunState.QUEUED
    run.as_drafts = as_drafts
    _reset_progress(run)
    outbox.add(session, "workers.imports.run", owner=run.shop_id, run_id=str(run.id))
    return service.mark_started(session, run, now=now)


def confirm(session: WriteSession, *, user_id: UUID, shop: str, run_id: UUID, now: datetime) -> Run:
    """Run a checked import; confirming it twice runs it once."""
    run = _lock_run(session, user_id=user_id, shop=shop, run_id=run_id)
    if not run.dry_run and run.state in (RunState.RUNNING, RunState.FINISHED):
        return Run.model_validate(run)
    if not Run.model_validate(run).is_checked:
        raise NotToBeRun
    run.dry_run, run.state = False, RunState.RUNNING
    _reset_progress(run)
    run.refused = session.exec(
        select(func.count()).where(
            ImportRow.shop_id == run.shop_id, ImportRow.run_id == run.id, col(ImportRow.product).is_(None)
        )
    ).one()
    run.preview = previews.unreadable_rows(session, run)
    service.release_file(session, run, now=now)
    outbox.add(session, "workers.imports.run", owner=run.shop_id, run_id=str(run.id))
    return service.mark_started(session, run, now=now)


def undo(session: WriteSession, *, user_id: UUID, shop: str, run_id: UUID, now: datetime) -> Run:
    """Queue the undo of the shop's import."""
    run = _lock_run(session, user_id=user_id, shop=shop, run_id=run_id)
    return service.begin_undo(session, run, now=now)


def discard(session: WriteSession, *, user_id: UUID, shop: str, run_id: UUID, now: datetime) -> None:
    """Discard an import that has not run; NotToBeRun for any other, since its rows are history."""
    run = _lock_run(session, user_id=user_id, shop=shop, run_id=run_id)
    if run.state is RunState.DISCARDED:
        return
    if run.state not in (RunState.UPLOADING, RunState.MAPPING) and not Run.model_validate(run).is_checked:
        raise NotToBeRun("This import can't be discarded: it is running or has finished.")
    _discard(session, run, now=now)


def discard_overdue(session: WriteSession, *, now: datetime) -> int:
    """Discard abandoned imports: uploads that never arrived and imports that were not continued."""
    late = (col(ImportRun.state) == RunState.UPLOADING) & (col(ImportRun.created_at) < now - UPLOAD_TIMEOUT)
    is_overdue = or_(late, col(ImportRun.created_at) < now - UNFINISHED_RETENTION)
    runs = lock_of_all_shops(session, ImportRun, _is_unfinished(), is_overdue, limit=100)
    for run in runs:
        _discard(session, run, now=now)
    return len(runs)


def delete_discarded(session: WriteSession, *, run_id: UUID) -> None:
    """Delete a discarded import and its rows."""
    run = service.lock_run(session, run_id)
    if run.state is RunState.DISCARDED:
        session.delete(run)


def _lock_run(session: WriteSession, *, user_id: UUID, shop: str, run_id: UUID) -> ImportRun:
    """The shop's import, locked, for members who manage imports; ImportNotFound."""
    membership = shops.require_membership(session, user_id=user_id, shop=shop, permission=Permission.IMPORTS)
    run = session.exec(
        select(ImportRun).where(ImportRun.shop_id == membership.shop_id, ImportRun.id == run_id).with_for_update()
    ).first()
    if run is None:
        raise ImportNotFound
    return run


def _columns_by_field(fields_by_column: Mapping[str, str]) -> dict[str, str]:
    """The mapping inverted to column by field; UnusableMapping if two columns have the same field."""
    for field in fields_by_column.values():
        if field not in (*plaza.FIELDS, plaza.OPTION):
            raise UnusableMapping(f'Plaza has no field named "{field[:60]}". It has: {", ".join(plaza.FIELDS)}.')
    pairs = (
        (f"{plaza.OPTION}.{column[:MAX_LABEL]}" if field == plaza.OPTION else field, column)
        for column, field in fields_by_column.items()
    )
    try:
        return plaza.number_fields(pairs)
    except FileRefused as refusal:
        raise UnusableMapping(str(refusal)) from refusal


def _reset_progress(run: ImportRun) -> None:
    for name in _COUNTS:
        setattr(run, name, 0)
    run.preview, run.message = [], ""


def _discard(session: WriteSession, run: ImportRun, *, now: datetime) -> None:
    """Mark a run as discarded; jobs delete the file and the rows, of which there may be millions."""
    service.release_file(session, run, now=now)
    run.state, run.finished_at = RunState.DISCARDED, now
    outbox.add(session, "workers.imports.delete_discarded", run_id=str(run.id))
    service.publish_progress(session, run)


def _is_unfinished() -> ColumnElement[bool]:
    """A condition for browser imports that wait for the seller."""
    waits = col(ImportRun.state).in_((RunState.UPLOADING, RunState.MAPPING))
    is_checked = (col(ImportRun.state) == RunState.FINISHED) & col(ImportRun.dry_run)
    return col(ImportRun.user_id).is_not(None) & col(ImportRun.archived).is_(False) & or_(waits, is_checked)
