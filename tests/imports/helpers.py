"""Imports by their real jobs: in this process, or in a Plaza of real processes that a test may kill."""

import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.imports import queries
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.rules.states import Outcome
from platform_app.domain.imports.schemas import Run as ImportRun
from platform_app.domain.imports.service import operator
from platform_app.domain.shops import service as shops
from platform_app.infra import db, invalidation, outbox, relay, storage
from platform_app.infra.settings import settings
from platform_app.stack import datadir, embedded_services, processes, runfile, supervisor
from platform_app.stack.progress import StartProgress
from platform_app.stack.run import Run, configure, log_path, spawn_python, store_owner_url
from platform_app.stack.runfile import RunRecord
from platform_app.stack.supervisor import Child, Stage
from tests.factories import NOW
from workers.subscriptions import SUBSCRIPTIONS

# The clock queues the count of views too, so a worker must take those jobs.
TIERS = {name: ["worker", name] for name in ("imports", "search", "activity")} | {"clock": ["clock"]}
TIMEOUT_SECONDS = 600  # seconds; nothing that a test waits for takes longer


@contextmanager
def plaza(data: Path, *, tiers: Mapping[str, list[str]] = TIERS) -> Iterator[Run]:
    """Run PostgreSQL, both Valkeys, workers and the clock on free ports; ends all of them afterwards."""
    datadir.prepare(data)
    run = Run(id=secrets.token_hex(8), data=data, port=0, url="", progress=StartProgress())
    embedded = embedded_services.embedded(data, {})
    configure(run, {"PLAZA_DATA": str(data), **{service.setting: service.url for service in embedded}})
    store_owner_url(run, next(service.owner_url for service in embedded if service.owner_url))
    try:
        for service in embedded:
            run.children.append(service.child)
            supervisor.start(service.child)
            assert service.child.process is not None
            service.wait(service.child.process)
            if service.owner_url:
                store_owner_url(run, service.owner_url)
        assert spawn_python(run, ["platform_app", "db", "migrate"], log=log_path(data, "migrate")).wait() == 0
        for name, command in tiers.items():
            launch = partial(spawn_python, run, ["platform_app", *command], log=log_path(data, name))
            run.children.append(Child(name=name, stage=Stage.WORKERS, launch=launch))
            supervisor.start(run.children[-1])
        yield run
    finally:
        supervisor.stop(run.children)
        # The fork of a killed worker is in another process group; its environment still names this run.
        processes.kill(runfile.running_processes(RunRecord(run=run.id, url="", port=0, ready=False, entries=[])))


@contextmanager
def settings_of(run: Run) -> Iterator[None]:
    """This process uses that Plaza's settings."""
    before = {name: os.environ.get(name) for name in run.settings}
    for pool in (db.engine, db.public_engine):
        pool().dispose()
    _point_at(run.settings)
    try:
        yield
    finally:
        _point_at(before)


def start(body: bytes, *, slug: str = "clay-and-co", now: datetime = NOW, **options: Any) -> ImportRun:
    """Queue the import of a file, as the command line does."""
    key = f"imports/{secrets.token_hex(8)}.csv"
    storage.from_settings(settings()).put(key, body, content_type="text/csv")
    plain = {"file_name": "listings.csv", "asked_format": Format.AUTO, "mapping": {}, "dry_run": False}
    with db.writing() as session:
        shop = shops.get_or_create(session, slug=slug, now=now)
        return operator.start(session, shop=shop, file_key=key, now=now, **{**plain, **options})


def take_jobs(queue: str) -> list[Job]:
    """The jobs that the relay sends to this queue now, taken off it."""
    redis = invalidation.work_redis()
    relay.send_due(redis, subscriptions=SUBSCRIPTIONS)
    waiting = Queue(queue, connection=redis, serializer=JSONSerializer)
    found = waiting.get_jobs()
    waiting.empty()
    return found


def import_file(body: bytes, **options: Any) -> ImportRun:
    """Import a file by its real jobs, run in this process; the report is not archived yet."""
    run = start(body, **options)
    while state(run).state.is_active and (jobs := take_jobs("imports")):
        for job in jobs:
            job.perform()
    return state(run)


def state(run: ImportRun) -> ImportRun:
    """The import as stored now."""
    with db.reading() as session:
        return queries.run(session, run_id=run.id)


def notes(run: ImportRun, outcome: Outcome | None = Outcome.REFUSED) -> dict[int, str]:
    """The notes of the report, by line."""
    with db.reading() as session:
        rows = queries.report_rows(session, shop_id=run.shop_id, run_id=run.id, limit=1_000_000, outcome=outcome)
    return {row.line: row.note for row in rows}


def listings(run: ImportRun) -> list[Listing]:
    """All listings of the import's shop, by key."""
    with db.reading() as session:
        ids = session.execute(text("SELECT id FROM listing WHERE shop_id = :shop"), {"shop": run.shop_id}).scalars()
        return sorted(
            catalog.shop_listings(session, shop_id=run.shop_id, ids=list(ids)), key=lambda listing: listing.key
        )


def count_rows(run: ImportRun, *tables: str) -> tuple[int, ...]:
    """The number of the shop's rows in each table."""
    with db.reading() as session:
        found = [
            session.execute(text(f"SELECT count(*) FROM {table} WHERE shop_id = :shop"), {"shop": run.shop_id})
            for table in tables
        ]
        return tuple(rows.scalar_one() for rows in found)


def child(run: Run, name: str) -> Child:
    """The process of this name."""
    return next(child for child in run.children if child.name == name)


def kill(victim: Child) -> None:
    """Kill a process with SIGKILL; a worker's forks are killed too."""
    assert victim.process is not None
    forks = processes.descendants(victim.process.pid) if victim.stage is Stage.WORKERS else []
    processes.kill([psutil.Process(victim.process.pid), *forks])


def is_idle(run: Run) -> bool:
    """Whether no job has failed, and none waits that a worker of this Plaza does; other queues have no worker here."""
    done_here = {outbox.EVENT_QUEUE, *(child.name for child in run.children)}
    with db.reading() as session:
        return outbox.backlog(session).failed == 0 and done_here.isdisjoint(outbox.oldest_by_queue(session))


def supervise_until(run: Run, condition: Callable[[], bool]) -> None:
    """Restart processes that end, as the supervisor does, until the condition holds; ignores database outages."""
    deadline = time.monotonic() + TIMEOUT_SECONDS
    while not _holds(condition):
        assert time.monotonic() < deadline, _last_log_lines(run)
        for one in run.children:
            supervisor.restart_if_ended(one, log=run.log)
        time.sleep(0.05)


def _holds(condition: Callable[[], bool]) -> bool:
    try:
        return condition()
    except db.DatabaseUnavailable:
        return False


def _last_log_lines(run: Run) -> str:
    """The last log lines of every process."""
    logs = sorted((run.data / "logs").glob("*.log"))
    return "\n".join(f"{log.name}: {log.read_text(errors='replace')[-1500:]}" for log in logs)


def _point_at(values: dict[str, str] | dict[str, str | None]) -> None:
    for pool in (db.engine, db.public_engine):
        pool().dispose()
    invalidation.work_redis().close()
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    settings.cache_clear()
    for pool in (db.engine, db.public_engine):
        pool.cache_clear()
    invalidation.work_redis.cache_clear()
