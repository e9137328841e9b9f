"""Import jobs: read the file once, then process one batch per transaction, so that a killed job can continue."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from functools import partial
from uuid import UUID

from platform_app.domain.imports import queries, service
from platform_app.domain.imports.errors import FileRefused
from platform_app.domain.imports.rules import formats, mapping_suggestions, plaza
from platform_app.domain.imports.rules.cells import unescape_formula
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.profiler import Profiler
from platform_app.domain.imports.rules.states import REPORT_COLLECTION, RunState, report_key
from platform_app.domain.imports.schemas import Run, StagedRow
from platform_app.domain.imports.service import browser_flow, staging
from platform_app.domain.shared.model_base import utc_now
from platform_app.infra import db, document_store, jobs, statistics, storage
from platform_app.infra.settings import settings
from workers import imports_files
from workers.imports_files import Table

PAGE_SIZE = 1000


def inspect(*, run_id: str) -> None:
    """Analyse an uploaded file, so that the seller can map its columns; an unreadable file ends the run."""
    with db.reading() as session:
        import_run = queries.run(session, run_id=UUID(run_id))
    if import_run.state is RunState.INSPECTING:
        _inspect(import_run)
    with db.writing() as session:
        jobs.complete(session)


def delete_discarded(*, run_id: str) -> None:
    """Delete a discarded import."""
    with db.writing() as session:
        if jobs.complete(session):
            browser_flow.delete_discarded(session, run_id=UUID(run_id))


def run(*, run_id: str) -> None:
    """Import a file, continuing where an earlier turn or attempt stopped."""
    with db.reading() as session:
        import_run = queries.run(session, run_id=UUID(run_id))
    if import_run.state is RunState.QUEUED:
        import_run = _stage_file(import_run)
    turn = jobs.Turn()
    while import_run.state is RunState.RUNNING:
        with db.writing() as session:
            statistics.analyze_grown_tables(session)
        with db.writing() as session:
            import_run = service.process_batch(session, run_id=import_run.id, now=utc_now())
        if turn.is_over:
            break
    with db.writing() as session:  # for the report, and for the jobs that follow
        statistics.analyze_grown_tables(session)
    with db.writing() as session:
        if jobs.complete(session) and import_run.state is RunState.RUNNING:
            service.enqueue_rest(session, import_run)


def undo(*, run_id: str) -> None:
    """Undo an import, continuing where an earlier turn or attempt stopped."""
    turn = jobs.Turn()
    while True:
        with db.writing() as session:
            import_run = service.process_undo_batch(session, run_id=UUID(run_id), now=utc_now())
            is_last = import_run.state.is_terminal or turn.is_over
            if is_last and jobs.complete(session) and not import_run.state.is_terminal:
                service.enqueue_rest(session, import_run)
        if is_last:
            return


def archive(*, run_id: str) -> None:
    """Move an import's report to the document store and delete its rows."""
    after = 0
    with db.reading() as session:
        import_run = queries.run(session, run_id=UUID(run_id))
    store = document_store.from_settings(settings(), db.engine())
    while True:
        with db.reading() as session:
            page = queries.report_rows(
                session, shop_id=import_run.shop_id, run_id=import_run.id, after=after, limit=PAGE_SIZE
            )
        if not page:
            break
        store.put_many(REPORT_COLLECTION, run_id, [(report_key(row.line), row.model_dump(mode="json")) for row in page])
        after = page[-1].line
    with db.writing() as session:
        if jobs.complete(session):
            service.finish_archive(session, run_id=import_run.id)
    storage.from_settings(settings()).delete(import_run.file_key)


def _stage_file(import_run: Run) -> Run:
    """Stage the stored file's rows; an unreadable file ends the run with the reason."""
    try:
        with imports_files.open_stored(import_run.file_key, encoding=import_run.encoding) as table:
            return _stage_table(import_run, table)
    except FileRefused as refusal:
        with db.writing() as session:
            refused = service.reject(session, run_id=import_run.id, reason=str(refusal), now=utc_now())
        storage.from_settings(settings()).delete(import_run.file_key)
        return refused


def _inspect(import_run: Run) -> None:
    try:
        with imports_files.open_stored(import_run.file_key, encoding=import_run.encoding) as table:
            inspection = imports_files.inspect(table)
    except FileRefused as refusal:
        with db.writing() as session:
            service.reject(session, run_id=import_run.id, reason=str(refusal), now=utc_now())
        return
    with db.writing() as session:
        saved_mapping = queries.saved_mapping(session, shop_id=import_run.shop_id, header=inspection.fingerprint)
        inspection = inspection.model_copy(update={"suggested": saved_mapping or inspection.suggested})
        browser_flow.record_inspection(session, run_id=import_run.id, inspection=inspection, now=utc_now())


def _stage_table(import_run: Run, table: Table) -> Run:
    fingerprint = formats.fingerprint(table.header)
    with db.reading() as session:
        saved_mapping = queries.saved_mapping(session, shop_id=import_run.shop_id, header=fingerprint)
    mapping = import_run.mapping or (saved_mapping if import_run.asked_format is Format.AUTO else {})
    mapping = mapping_suggestions.with_currency(mapping, table.header)
    kind = formats.detect_format(table.header, requested=import_run.asked_format, mapping=mapping)
    again = partial(imports_files.open_stored, import_run.file_key, encoding=table.encoding)
    staged, profiler = staged_rows(table, kind=kind, mapping=mapping, again=again)
    with db.writing() as session:
        return service.stage(
            session,
            run_id=import_run.id,
            kind=kind,
            encoding=table.encoding,
            mapping=mapping,
            header=fingerprint,
            rows=staged,
            profile=profiler.profile,
            now=utc_now(),
        )


def staged_rows(
    table: Table, *, kind: Format, mapping: Mapping[str, str], again: Callable[[], AbstractContextManager[Table]]
) -> tuple[Iterator[StagedRow], Profiler]:
    """The rows to stage and what they will have shown; `again` opens the file a second time if its format needs it."""
    columns = plaza.mapped_columns(mapping) if mapping else formats.used(table.header, kind)
    profiler = Profiler(
        columns=sorted(columns.values()),
        price_columns=formats.price_columns(kind),
        remark=formats.remark(kind, columns.values()),
    )
    parents: dict[str, str] = {}
    if formats.looks_ahead(kind):
        with again() as first:
            parents = formats.parents(_used_rows(first, columns, mapping=mapping, profiler=profiler), kind)
    rows = formats.link(_used_rows(table, columns, mapping=mapping, profiler=profiler), kind, parents=parents)
    return staging.numbered(profiler.watch(rows), kind=kind), profiler


def _used_rows(
    table: Table, used: Mapping[str, str], *, mapping: Mapping[str, str], profiler: Profiler
) -> Iterator[Row]:
    """The rows with only the columns that are imported, by their names in the format, and without an export's escapes."""
    known = frozenset(mapping.values() if mapping else used)
    for row in table.rows:
        if not row.cells.keys() <= known:
            profiler.ignore(name for name in row.cells if name not in known)
        if mapping:
            cells = {name: unescape_formula(cell) for name, cell in row.cells.items()}
            yield plaza.apply_mapping(Row(row.line, cells, row.problem), mapping)
        else:
            cells = {used[name]: unescape_formula(cell) for name, cell in row.cells.items() if name in used}
            yield Row(row.line, cells, row.problem)
