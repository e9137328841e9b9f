"""Imports from the operator's command line. No permission is checked here: only `platform_app.cli` imports this module."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from platform_app.domain.imports import service
from platform_app.domain.imports.models import ImportRun
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.schemas import Run
from platform_app.domain.shops.schemas import Shop
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession


def start(
    session: WriteSession,
    *,
    shop: Shop,
    file_key: str,
    file_name: str,
    asked_format: Format,
    mapping: Mapping[str, str],
    dry_run: bool,
    now: datetime,
    encoding: str = "",
    as_drafts: bool = False,
) -> Run:
    """Queue the import of a stored file; its encoding is detected unless it is named."""
    run = ImportRun(
        shop_id=shop.id,
        file_key=file_key,
        file_name=file_name[:200],
        asked_format=asked_format,
        mapping=dict(mapping),
        dry_run=dry_run,
        as_drafts=as_drafts,
        encoding=encoding,
        created_at=now,
    )
    session.add(run)
    session.flush()
    outbox.add(session, "workers.imports.run", owner=run.shop_id, run_id=str(run.id))
    return Run.model_validate(run)


def undo(session: WriteSession, *, run_id: UUID, now: datetime) -> Run:
    """Queue the undo of an import of any shop."""
    return service.begin_undo(session, service.lock_run(session, run_id), now=now)
