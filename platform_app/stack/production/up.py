"""Bring up on one machine, as processes, what production is made of in a cluster; and keep it running."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from platform_app.infra.settings import Environment
from platform_app.stack import frontend, health, logs, postgres, processes, record, services, supervisor
from platform_app.stack.errors import StackError
from platform_app.stack.production import beside, databases, edge, entrances, plan, programs, redises, tiers
from platform_app.stack.production.plan import COLOURS, NODES, Plan
from platform_app.stack.run import Run, begin, configure, finish, log_of, save, settle
from platform_app.stack.steps import Steps
from platform_app.stack.supervisor import Child
from platform_app.stack.up import BUILD, MIGRATE, QUEUES, SEED, SEEDED, Options, claim, start

READY_SECONDS = 180


def up(options: Options, *, on_ready: Callable[[], None]) -> None:
    """Start everything, call `on_ready` once it answers, and supervise until someone stops it (`Stopped`)."""
    programs.require()
    with ExitStack() as cleanup:
        steps = cleanup.enter_context(Steps())
        run = claim(options, steps, cleanup)
        cleanup.callback(_stop, run)
        with supervisor.stoppable():
            _boot(run, options)
            on_ready()
            supervisor.watch(run.children, log=run.log, changed=partial(save, run))


def _stop(run: Run) -> None:
    """A PostgreSQL outlives a Patroni that was killed, so each is ended by name."""
    supervisor.stop(run.children)
    databases.end_leftovers(run.data)


def _boot(run: Run, options: Options) -> None:
    for log in (run.data / "logs").glob("*.log"):
        logs.rotate(log)
    databases.end_leftovers(run.data)
    plan.release_all(run.data)
    made = plan.load(run.data)
    made.save()  # the secrets, before anything is made with them
    run.url = f"https://{processes.HOST}:{run.port}"
    env = _environment(run)
    front = edge.configured(made, port=run.port, count=options.workers)
    configure(run, settings(made, run.url))
    building = not frontend.is_current()
    if building:
        begin(run, *BUILD)  # the longest step, so it goes beside all others
    _start_data(run, made, env)
    begin(run, *MIGRATE)
    finish(run, MIGRATE[0])
    seeding = options.demo and not (run.data / SEEDED).exists()
    if seeding:
        begin(run, *SEED)
    if building:
        finish(run, BUILD[0])  # who serves pages ends at once without it
    _start_serving(run, made, options)
    _start_front(run, made, edge.edge(made, front, env), env)
    made.save()
    finish(run, SEED[0])
    if seeding:
        (run.data / SEEDED).touch()
    run.ready = True
    save(run)


def _start_data(run: Run, made: Plan, env: dict[str, str]) -> None:
    """Everything that keeps something, and the ways to it."""
    run.steps.begin("Starting the databases")
    is_new = not any((databases.data_directory(run.data, number) / "PG_VERSION").exists() for number in NODES)
    first, *others = (databases.node(made, number, env) for number in NODES)
    start(run, [databases.etcd(made, env)])
    _await_port(run, made, "etcd")
    start(run, [first] if is_new else [first, *others])
    start(run, [*redises.valkeys(made), *beside.swift(made, env), beside.dynoxide(made, env), beside.mail(made, env)])
    databases.await_primary(made, first.process)
    if is_new:  # whoever comes to an empty place makes a cluster, and the others copy it
        start(run, others)
    start(run, [*redises.sentinels(made, env), entrances.haproxy(made, env), entrances.pgbouncer(made, env)])
    for name in ("primary", "state", "work", "pgbouncer", "swift-proxy", "dynoxide", "mail"):
        _await_port(run, made, name)
    _ensure_database(made)
    beside.furnish(made)
    databases.await_standbys(made)
    run.steps.done("Starting the databases")


def _start_serving(run: Run, made: Plan, options: Options) -> None:
    """Web and api of both colours, one colour after the other: whoever waits for the first waits for the processors too."""
    for colour in COLOURS:
        title = f"Starting {colour}"
        run.steps.begin(title)
        start(run, tiers.serving(run, made, colour, count=options.workers))
        for tier, path in (("api", "/healthz/ready"), ("web", "/ping")):
            for name in tiers.names(tier, colour, count=options.workers):
                _await_answer(run, made, name, path=path)
        run.steps.done(title)


def _start_front(run: Run, made: Plan, front: Child, env: dict[str, str]) -> None:
    title = "Starting everything else"
    run.steps.begin(title)
    start(run, [front, *tiers.background(run, made, QUEUES)])
    told = [child.name for child in run.children if child.name.partition("-")[0] in ("web", "api", "worker", "clock")]
    start(run, [beside.prometheus(made, told, env)])
    _await(lambda: health.ready(run.port, secure=True), run, "nginx")
    run.steps.done(title)


def settings(made: Plan, url: str) -> dict[str, str]:
    """What every process of Plaza is told."""
    return {
        "PLAZA_ENV": Environment.PRODUCTION.value,
        "PLAZA_PUBLIC_URL": url,
        "PLAZA_DATA": str(made.data),
        "PLAZA_SECRET_KEY": made.secrets["key"],
        "PLAZA_TRUSTED_PROXY_HOPS": "1",
        "PLAZA_EVENTS_PER_NETWORK": "1000000",  # all visitors of a rehearsal come from this machine's addresses
        "PLAZA_DATABASE_URL": database_url(made, "pgbouncer", services.DATABASE),
        "PLAZA_DATABASE_POOLER": "true",
        "PLAZA_DATABASE_DIRECT_URL": database_url(made, "primary", services.DATABASE),
        # Each node, whichever is the primary just now: a process finds out whom it may read from.
        "PLAZA_REPLICA_URLS": ",".join(database_url(made, "pgbouncer", entrances.replica(node)) for node in NODES),
        "PLAZA_STATE_REDIS_URL": redises.url(made, "state"),
        "PLAZA_WORK_REDIS_URL": redises.url(made, "work"),
        **beside.settings(made),
    }


def database_url(made: Plan, at: str, name: str) -> str:
    """A database by the port of this name."""
    return postgres.url(made.port(at), made.secrets["postgres"], name)


def _ensure_database(made: Plan) -> None:
    """The database, once the way to the primary is open."""
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            postgres.ensure_database(services.DATABASE, port=made.port("primary"), password=made.secrets["postgres"])
            return
        except postgres.NO_ANSWER as error:
            if time.monotonic() > deadline:
                raise StackError(f"HAProxy leads to no primary: {error}") from error
            time.sleep(0.2)


def _environment(run: Run) -> dict[str, str]:
    """What the servers of others see: nothing of ours but the mark by which they are found."""
    return {"PATH": programs.search_path(), "LC_ALL": "C.UTF-8", record.MARK: run.id}


def _await_port(run: Run, made: Plan, name: str) -> None:
    port = made.port(name)
    _await(lambda: processes.listens(port), run, name)


def _await_answer(run: Run, made: Plan, name: str, *, path: str) -> None:
    _await(lambda: health.ready(made.port(name), path=path), run, name)


def _await(holds: Callable[[], bool], run: Run, name: str) -> None:
    """Return once this holds; meanwhile those that end are started again, as later on."""
    deadline = time.monotonic() + READY_SECONDS
    while not holds():
        settle(run)
        for child in run.children:
            supervisor.tend(child, log=run.log)
        if time.monotonic() > deadline:
            raise StackError(_late(run.data, name, [child.name for child in run.children]))
        time.sleep(0.05)


def _late(data: Path, name: str, known: Sequence[str]) -> str:
    log = log_of(data, name if name in known else "supervisor")
    return f"{name} is not ready after {READY_SECONDS} s:\n{logs.tail(log)}\nThe whole log: {log}"
