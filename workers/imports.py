"""Import jobs: the file is read once, then a batch a transaction, so that a kill in between costs nothing."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from platform_app.domain.imports import queries, service
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import formats, plaza
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.runs import COLLECTION, RunState
from platform_app.domain.imports.schemas import Run
from platform_app.domain.imports.service import staging, steps
from platform_app.domain.shared.tables import utc_now
from platform_app.infra import db, documents, jobs, storage
from platform_app.infra.settings import settings
from workers import import_files
from workers.import_files import Table

PAGE = 1000


def look(*, run_id: str) -> None:
    """Look at what was uploaded, so that its seller can say what the columns mean; or say why it is no table."""
    with db.reading() as session:
        state = queries.run(session, run_id=UUID(run_id))
    if state.state is RunState.LOOKING:
        _look(state)
    with db.writing() as session:
        jobs.complete(session)


def forget(*, run_id: str) -> None:
    """Delete an import that was discarded."""
    with db.writing() as session:
        if jobs.complete(session):
            steps.forget(session, run_id=UUID(run_id))


def run(*, run_id: str) -> None:
    """Import a file, from wherever an earlier copy of this job was stopped."""
    with db.reading() as session:
        state = queries.run(session, run_id=UUID(run_id))
    if state.state is RunState.QUEUED:
        state = _read(state)
    while state.state is RunState.RUNNING:
        with db.writing() as session:
            state = service.advance(session, run_id=state.id, now=utc_now())
    with db.writing() as session:
        jobs.complete(session)


def undo(*, run_id: str) -> None:
    """Take an import back, from wherever an earlier copy of this job was stopped."""
    is_over = False
    while not is_over:
        with db.writing() as session:
            state = service.advance_undo(session, run_id=UUID(run_id), now=utc_now())
            is_over = state.state.is_over
            if is_over:
                jobs.complete(session)


def archive(*, run_id: str) -> None:
    """Move an import's report to the documents, and drop the rows it was made of."""
    after = 0
    with db.reading() as session:
        state = queries.run(session, run_id=UUID(run_id))
    kept = documents.from_settings(settings(), db.engine())
    while True:
        with db.reading() as session:
            page = queries.report(session, shop_id=state.shop_id, run_id=state.id, after=after, limit=PAGE)
        if not page:
            break
        kept.put_many(COLLECTION, run_id, [(f"{row.line:09d}", row.model_dump(mode="json")) for row in page])
        after = page[-1].line
    with db.writing() as session:
        if jobs.complete(session):
            service.forget_rows(session, run_id=state.id)
    storage.from_settings(settings()).delete(state.file_key)


def _read(state: Run) -> Run:
    """Stage the stored file's rows; a file that cannot be read ends the run with the reason."""
    try:
        with import_files.opened(state.file_key) as table:
            return _stage(state, table)
    except FileRefused as refusal:
        with db.writing() as session:
            refused = service.refuse(session, run_id=state.id, reason=str(refusal), now=utc_now())
        storage.from_settings(settings()).delete(state.file_key)
        return refused


def _look(state: Run) -> None:
    try:
        with import_files.opened(state.file_key) as table:
            found = import_files.look(table)
    except FileRefused as refusal:
        with db.writing() as session:
            service.refuse(session, run_id=state.id, reason=str(refusal), now=utc_now())
        return
    with db.writing() as session:
        kept = queries.kept_mapping(session, shop_id=state.shop_id, header=found.fingerprint)
        found = found.model_copy(update={"suggested": kept or found.suggested})
        steps.looked(session, run_id=state.id, found=found, now=utc_now())


def _stage(state: Run, table: Table) -> Run:
    fingerprint = formats.fingerprint(table.header)
    with db.reading() as session:
        kept = queries.kept_mapping(session, shop_id=state.shop_id, header=fingerprint)
    mapping = state.mapping or (kept if state.asked_format is Format.AUTO else {})
    kind = formats.recognise(table.header, asked=state.asked_format, mapping=mapping)
    staged = staging.numbered(_used(table, kind=kind, mapping=mapping), kind=kind)
    with db.writing() as session:
        return service.stage(
            session,
            run_id=state.id,
            kind=kind,
            encoding=table.encoding,
            mapping=mapping,
            header=fingerprint,
            rows=staged,
            now=utc_now(),
        )


def _used(table: Table, *, kind: Format, mapping: Mapping[str, str]) -> Iterator[Row]:
    """The rows with the columns that are read, and no other."""
    used = formats.used(table.header, kind)
    for row in table.rows:
        if mapping:
            yield plaza.mapped(row, mapping)
        else:
            yield Row(row.line, {name: cell for name, cell in row.cells.items() if name in used}, row.problem)
