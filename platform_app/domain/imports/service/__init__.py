"""Run and undo imports in batches; each batch is one transaction that advances the run."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import func, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlmodel import col, delete, select

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog import service as listings
from platform_app.domain.catalog.schemas import ListingInput, SaveResult
from platform_app.domain.imports.errors import ImportNotFound, ImportStillRunning, NothingToUndo
from platform_app.domain.imports.models import ImportChange, ImportMapping, ImportRow, ImportRun
from platform_app.domain.imports.rules import formats, products
from platform_app.domain.imports.rules.files import Row
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.products import Product
from platform_app.domain.imports.rules.readings import FileProfile, Reading
from platform_app.domain.imports.rules.states import BATCH_SIZE, Outcome, RunState
from platform_app.domain.imports.schemas import Run, StagedRow
from platform_app.domain.imports.service import batches, notifications, previews, staging
from platform_app.domain.imports.service.batches import Batch
from platform_app.domain.imports.tags import import_tag, shop_imports_tag
from platform_app.domain.media import service as media
from platform_app.domain.shared.locking import lock_of_all_shops
from platform_app.domain.shared.model_base import in_array
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.stock.rules import Reason
from platform_app.infra import outbox
from platform_app.infra.db import WriteSession, invalidate

# The range of products keeps PostgreSQL from scanning all rows when it has no statistics for a new run.
_UPDATE_OUTCOMES = text("""
UPDATE import_row SET outcome = found.outcome, note = found.note
FROM jsonb_to_recordset(CAST(:outcomes AS jsonb)) AS found(line integer, outcome text, note text)
WHERE import_row.shop_id = :shop_id AND import_row.run_id = :run_id AND import_row.line = found.line
  AND import_row.product BETWEEN :first AND :last""")

# A restored listing has the content of an earlier import. Its new version is recorded so that import can be undone too.
_UPDATE_RESTORED_VERSIONS = text("""
UPDATE import_change SET version = found.now
FROM jsonb_to_recordset(CAST(:versions AS jsonb)) AS found(key text, was integer, now integer)
WHERE import_change.shop_id = :shop_id AND import_change.key = found.key AND import_change.version = found.was
  AND NOT import_change.undone""")


def stage(
    session: WriteSession,
    *,
    run_id: UUID,
    kind: Format,
    encoding: str,
    mapping: Mapping[str, str],
    header: str,
    rows: Iterable[StagedRow],
    profile: Callable[[], FileProfile],
    now: datetime,
) -> Run:
    """Copy the file's rows into the database, all or none; does nothing unless the run is queued.

    `profile` is called once all rows are read.
    """
    run = lock_run(session, run_id)
    if run.state is not RunState.QUEUED:
        return Run.model_validate(run)
    delete_rows(session, run)  # from an earlier check with another mapping
    copied = staging.copy(session, run, rows, now=now)
    run.format, run.encoding, run.mapping, run.state = kind, encoding, dict(mapping), RunState.RUNNING
    run.rows, run.refused, run.products, run.staged_bytes = copied
    run.profile = profile().model_dump(mode="json")
    run.preview = previews.unreadable_rows(session, run)
    if mapping and not run.dry_run:
        save_mapping(session, shop_id=run.shop_id, header=header, mapping=mapping)
    return mark_started(session, run, now=now)


def reject(session: WriteSession, *, run_id: UUID, reason: str, now: datetime) -> Run:
    """End a run whose file cannot be read; nothing was imported."""
    run = lock_run(session, run_id)
    if run.state in (RunState.INSPECTING, RunState.QUEUED):
        run.state, run.message, run.finished_at = RunState.REFUSED, reason[:2000], now
        release_file(session, run, now=now)
        notifications.notify_ended(session, run, now=now)
    return publish_progress(session, run)


def process_batch(session: WriteSession, *, run_id: UUID, now: datetime) -> Run:
    """Import the next products of a run; a duplicate job waits for the lock and continues after this batch."""
    run = lock_run(session, run_id)
    if run.state is not RunState.RUNNING:
        return Run.model_validate(run)
    shop = shops.by_id(session, shop_id=run.shop_id)
    end = staging.batch_end(session, run)
    rows = _next_rows(session, run, end=end)
    profile = FileProfile.model_validate(run.profile)
    built = _build_products(rows, Format(run.format), Reading(shop.currency, now.date(), profile))
    batch = batches.merge_with_stored(session, built, shop=shop, lock=not run.dry_run, as_drafts=run.as_drafts)
    built = batch.built
    saved = _save(session, run, batch, shop=shop, now=now)
    _record_outcomes(session, run, built, saved, end=end, currency=shop.currency)
    run.next_product = end
    run.moved_at = now
    if run.next_product >= run.products:
        run.state, run.finished_at = RunState.FINISHED, now
        if not (run.dry_run and run.user_id):  # the real run is still to come
            outbox.add(session, "workers.imports.archive", run_id=str(run.id))
        notifications.notify_ended(session, run, now=now)
    return publish_progress(session, run)


def begin_undo(session: WriteSession, run: ImportRun, *, now: datetime) -> Run:
    """Queue the undo of a locked import; the caller has checked the permission.

    Created listings are deleted, changed ones restored.
    """
    if run.state in (RunState.QUEUED, RunState.RUNNING, RunState.UNDOING):
        raise ImportStillRunning
    change_count = select(func.count()).where(ImportChange.shop_id == run.shop_id, ImportChange.run_id == run.id)
    changes = session.exec(change_count).one()
    if run.state not in (RunState.FINISHED, RunState.FAILED) or not changes:
        raise NothingToUndo
    run.state, run.changes = RunState.UNDOING, changes
    outbox.add(session, "workers.imports.undo", owner=run.shop_id, run_id=str(run.id))
    return mark_started(session, run, now=now)


def process_undo_batch(session: WriteSession, *, run_id: UUID, now: datetime) -> Run:
    """Undo the next listings; those changed since the import are left alone and counted as kept."""
    run = lock_run(session, run_id)
    if run.state is not RunState.UNDOING:
        return Run.model_validate(run)
    changes = session.exec(
        select(ImportChange)
        .where(ImportChange.shop_id == run.shop_id, ImportChange.run_id == run.id, col(ImportChange.undone).is_(False))
        .order_by(col(ImportChange.key))
        .limit(BATCH_SIZE)
    ).all()
    if not changes:
        listings.delete_orphan_pictures(session, shop=shops.by_id(session, shop_id=run.shop_id))
        run.state, run.finished_at, run.moved_at = RunState.UNDONE, now, now
        notifications.notify_ended(session, run, now=now)
        return publish_progress(session, run)
    shop = shops.by_id(session, shop_id=run.shop_id)
    stored = catalog.listings_by_key(session, shop_id=shop.id, keys=[change.key for change in changes])
    restorable = [change for change in changes if change.key in stored and stored[change.key].version == change.version]
    listings.remove_many(session, shop=shop, keys=[change.key for change in restorable if change.before is None])
    inputs = [ListingInput.model_validate(change.before) for change in restorable if change.before is not None]
    restored = listings.save_many(
        session,
        shop=shop,
        inputs=inputs,
        reason=Reason.UNDO,
        now=now,
        new_choices=batches.restored_choices(stored, inputs),
    )
    versions = [
        {"key": result.key, "was": result.version - 2, "now": result.version} for result in restored if result.changed
    ]
    session.execute(_UPDATE_RESTORED_VERSIONS, {"shop_id": shop.id, "versions": json.dumps(versions)})
    for change in changes:
        change.undone = True
        session.add(change)
    run.restored += len(restorable)
    run.kept += len(changes) - len(restorable)
    run.moved_at = now
    return publish_progress(session, run)


def enqueue_rest(session: WriteSession, run: Run) -> None:
    """Queue the job that continues a run or its undo in the shop's next turn."""
    if run.state is RunState.UNDOING:
        outbox.add(session, "workers.imports.undo", owner=run.shop_id, run_id=str(run.id))
    else:
        outbox.add(session, "workers.imports.run", owner=run.shop_id, run_id=str(run.id))


def fail_abandoned(session: WriteSession, *, now: datetime) -> int:
    """End the runs whose job has failed for good, with its error, so that they can be undone; return how many."""
    active_states = [state for state in RunState if state.is_active]
    errors = outbox.errors_of_failed_jobs(session, job_prefix="workers.imports.", argument="run_id")
    is_abandoned = (
        col(ImportRun.state).in_(active_states),
        in_array(ImportRun.id, [UUID(run_id) for run_id in errors]),
    )
    ended = lock_of_all_shops(session, ImportRun, *is_abandoned, limit=500) if errors else []
    for run in ended:
        run.state, run.finished_at = RunState.FAILED, now
        run.message = errors[str(run.id)].strip().splitlines()[-1][:2000]
        release_file(session, run, now=now)
        if not run.archived:  # otherwise its rows stay and count against the budget
            outbox.add(session, "workers.imports.archive", run_id=str(run.id))
        notifications.notify_ended(session, run, now=now)
        publish_progress(session, run)
    return len(ended)


def finish_archive(session: WriteSession, *, run_id: UUID) -> None:
    """Mark the report as archived and delete the rows it came from."""
    run = lock_run(session, run_id)
    delete_rows(session, run)
    run.archived = True
    publish_progress(session, run)


def lock_run(session: WriteSession, run_id: UUID) -> ImportRun:
    """The import's row, locked until the transaction ends; ImportNotFound."""
    # Look up the shop first: Citus can only lock rows of a single shop.
    shop_id = session.exec(select(ImportRun.shop_id).where(ImportRun.id == run_id)).first()
    statement = select(ImportRun).where(ImportRun.shop_id == shop_id, ImportRun.id == run_id)
    run = session.exec(statement.with_for_update()).first()
    if run is None:
        raise ImportNotFound
    return run


def publish_progress(session: WriteSession, run: ImportRun) -> Run:
    """Save the run and update everyone who watches it or the shop's imports."""
    session.add(run)
    session.flush()
    invalidate(session, import_tag(run.id), shop_imports_tag(run.shop_id))
    return Run.model_validate(run)


def mark_started(session: WriteSession, run: ImportRun, *, now: datetime) -> Run:
    """Mark the start of the import's current step."""
    run.began_at, run.moved_at, run.finished_at = now, now, None
    return publish_progress(session, run)


def save_mapping(session: WriteSession, *, shop_id: UUID, header: str, mapping: Mapping[str, str]) -> None:
    """Save the mapping for the shop's next files with this header."""
    statement = upsert(ImportMapping).values(shop_id=shop_id, header=header, mapping=dict(mapping))
    session.execute(
        statement.on_conflict_do_update(index_elements=["shop_id", "header"], set_={"mapping": dict(mapping)})
    )


def release_file(session: WriteSession, run: ImportRun, *, now: datetime) -> None:
    """Release the uploaded file; a file from the command line is deleted by its job."""
    if run.user_id:
        media.finish_upload(session, shop_id=run.shop_id, upload_id=run.id, now=now)


def delete_rows(session: WriteSession, run: ImportRun) -> None:
    """Delete the staged rows, which then no longer count against the budget."""
    run.staged_bytes = 0
    session.execute(delete(ImportRow).where(col(ImportRow.shop_id) == run.shop_id, col(ImportRow.run_id) == run.id))


def _next_rows(session: WriteSession, run: ImportRun, *, end: int) -> list[ImportRow]:
    return list(
        session.exec(
            select(ImportRow)
            .where(ImportRow.shop_id == run.shop_id, ImportRow.run_id == run.id)
            .where(col(ImportRow.product) >= run.next_product, col(ImportRow.product) < end)
            .order_by(col(ImportRow.product), col(ImportRow.line))
        )
    )


def _build_products(rows: Sequence[ImportRow], kind: Format, reading: Reading) -> list[tuple[list[Row], Product]]:
    """The products of a batch with their rows; a second product with the same key is refused."""
    built: list[tuple[list[Row], Product]] = []
    keys: set[str] = set()
    for group in _group_by_product(rows):
        product = formats.parse_product(group, kind, reading)
        if product.listing_input and product.listing_input.key in keys:
            product = products.refuse_all(
                group, f'another product in the file also has the key "{product.listing_input.key[:60]}"'
            )
        keys |= {product.listing_input.key} if product.listing_input else set()
        built.append((group, product))
    return built


def _group_by_product(rows: Sequence[ImportRow]) -> list[list[Row]]:
    return [[Row(row.line, row.cells) for row in group] for _, group in groupby(rows, key=lambda row: row.product)]


def _save(session: WriteSession, run: ImportRun, batch: Batch, *, shop: Shop, now: datetime) -> dict[str, SaveResult]:
    if run.dry_run:
        return {result.key: result for result in listings.plan(batch.stored, batch.inputs)}
    saved = listings.save_many(
        session,
        shop=shop,
        inputs=batch.inputs,
        reason=Reason.IMPORT,
        now=now,
        stored=batch.stored,
        new_choices=batch.new_choices,
        slugs=batch.slugs,
    )
    rows = [
        {
            "shop_id": run.shop_id,
            "run_id": run.id,
            "key": result.key,
            "before": result.before.model_dump(mode="json") if result.before else None,
            "version": result.version,
            "undone": False,
        }
        for result in saved
        if result.changed
    ]
    if rows:
        session.execute(upsert(ImportChange), rows)
    return {result.key: result for result in saved}


def _record_outcomes(
    session: WriteSession,
    run: ImportRun,
    built: Sequence[tuple[list[Row], Product]],
    saved: Mapping[str, SaveResult],
    *,
    end: int,
    currency: str,
) -> None:
    """Store the outcome of every row in the batch and update the counts."""
    outcomes: list[dict[str, object]] = []
    preview = previews.PreviewBuilder(run.preview)
    for group, product in built:
        result = saved.get(product.listing_input.key) if product.listing_input else None
        for row in group:
            reason = product.refused.get(row.line)
            outcome = Outcome.REFUSED if reason or result is None else _outcome(result)
            note = reason or _note(product, result)
            outcomes.append({"line": row.line, "outcome": outcome, "note": note[:500]})
            preview.add(row.line, outcome, note, result=result, listing_input=product.listing_input, currency=currency)
            setattr(run, outcome, getattr(run, outcome) + 1)
    run.preview = preview.rows
    if outcomes:
        span = {"first": run.next_product, "last": end - 1}
        values = {"shop_id": run.shop_id, "run_id": run.id, "outcomes": json.dumps(outcomes), **span}
        session.execute(_UPDATE_OUTCOMES, values)


def _outcome(result: SaveResult) -> Outcome:
    if not result.changed:
        return Outcome.UNCHANGED
    return Outcome.CREATED if result.before is None else Outcome.UPDATED


def _note(product: Product, result: SaveResult | None) -> str:
    """The remarks on a product, and the fields that the import changes."""
    changed = _changed_fields(result.before, product.listing_input) if result and product.listing_input else ""
    return "; ".join(part for part in (*product.notes, changed) if part)


def _changed_fields(before: ListingInput | None, listing_input: ListingInput) -> str:
    """The names of the fields that an update changes."""
    if before is None:
        return ""
    return ", ".join(
        name for name in type(listing_input).model_fields if getattr(before, name) != getattr(listing_input, name)
    )
