"""Notify the user who started an import of its end."""

from datetime import datetime

from platform_app.domain.imports.models import ImportRun
from platform_app.domain.imports.rules.notifications import IMPORT_FAILED, IMPORT_FINISHED, IMPORT_UNDONE
from platform_app.domain.imports.rules.states import RunState
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shops import queries as shops
from platform_app.infra.db import WriteSession

_KINDS = {
    RunState.FINISHED: IMPORT_FINISHED,
    RunState.REFUSED: IMPORT_FAILED,
    RunState.FAILED: IMPORT_FAILED,
    RunState.UNDONE: IMPORT_UNDONE,
}


def notify_ended(session: WriteSession, run: ImportRun, *, now: datetime) -> None:
    """Notify the user that an import has ended. Checks and imports from the command line notify nobody."""
    kind = _KINDS.get(run.state)
    is_checked = run.state is RunState.FINISHED and run.dry_run
    if run.user_id is None or kind is None or is_checked:
        return
    shop = shops.by_id(session, shop_id=run.shop_id)
    content = NotificationContent(
        kind=kind,
        about=f"{run.id} {run.began_at or run.created_at}",
        text=f"{run.file_name}: {_outcome(run)}",
        href=f"/sell/{shop.slug}/imports/{run.id}",
    )
    notifications.notify(session, user_id=run.user_id, content=content, now=now)


def _outcome(run: ImportRun) -> str:
    if run.state is RunState.UNDONE:
        return f"{_count_text(run.restored, 'restored')}{_optional_count_text(run.kept, 'changed since and kept')}."
    if run.state is RunState.FINISHED:
        return f"{run.created:,} new, {run.updated:,} changed{_optional_count_text(run.refused, 'refused')}."
    return run.message or "the import was stopped."


def _count_text(count: int, word: str) -> str:
    return f"{count:,} {'listing' if count == 1 else 'listings'} {word}"


def _optional_count_text(count: int, word: str) -> str:
    return f", {count:,} {word}" if count else ""
