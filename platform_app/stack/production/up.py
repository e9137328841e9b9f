"""Run the processes of a production cluster on one machine, and supervise them."""

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from platform_app.infra.settings import Environment
from platform_app.stack import embedded_services, frontend, health, logs, postgres, processes, runfile, supervisor
from platform_app.stack.errors import StackError
from platform_app.stack.production import (
    backing_services,
    databases,
    edge,
    programs,
    proxies,
    tiers,
    topology,
    valkey_sentinel,
)
from platform_app.stack.production.topology import COLOURS, NODES, TopologyConfig
from platform_app.stack.progress import StartProgress
from platform_app.stack.run import (
    Run,
    configure,
    log_path,
    reap_commands,
    save,
    start_command,
    store_owner_url,
    wait_for_command,
)
from platform_app.stack.supervisor import Child
from platform_app.stack.up import BUILD, MIGRATE, SEED, SEEDED_MARKER, Options, acquire, start_children
from workers.queues import WORKERS

READY_SECONDS = 180


def up(options: Options, *, on_ready: Callable[[], None]) -> None:
    """Start everything, call `on_ready` once it answers, and supervise until a signal stops it (`Stopped`)."""
    programs.require_all()
    with ExitStack() as cleanup:
        progress = cleanup.enter_context(StartProgress())
        run = acquire(options, progress, cleanup)
        cleanup.callback(_stop_all, run)
        with supervisor.stop_on_signal():
            _start_all(run, options)
            on_ready()
            supervisor.watch(run.children, log=run.log, on_change=partial(save, run))


def _stop_all(run: Run) -> None:
    """Stop everything; a PostgreSQL survives a killed Patroni, so each is stopped by name."""
    supervisor.stop(run.children)
    databases.stop_orphans(run.data)


def _start_all(run: Run, options: Options) -> None:
    for log in (run.data / "logs").glob("*.log"):
        logs.rotate(log)
    databases.stop_orphans(run.data)
    topology.enable_all_restarts(run.data)
    config = topology.load(run.data)
    config.save()  # the secrets, before anything is created with them
    run.url = f"https://{processes.HOST}:{run.port}"
    env = _server_environment(run)
    edge_config = edge.edge_config(config, port=run.port, count=options.workers)
    configure(run, app_settings(config, run.url))
    store_owner_url(run, owner_url(config))
    is_building = not frontend.is_current()
    if is_building:
        start_command(run, *BUILD)  # the slowest step, so it runs beside all others
    _start_data_tier(run, config, env)
    start_command(run, *MIGRATE)
    wait_for_command(run, MIGRATE[0])
    is_seeding = options.demo and not (run.data / SEEDED_MARKER).exists()
    if is_seeding:
        start_command(run, *SEED)
    if is_building:
        wait_for_command(run, BUILD[0])  # the pages' process exits without it
    _start_serving_tiers(run, config, options)
    _start_front_tier(run, config, edge.edge_server(config, edge_config, env), env)
    config.save()
    wait_for_command(run, SEED[0])
    if is_seeding:
        (run.data / SEEDED_MARKER).touch()
    run.ready = True
    save(run)


def _start_data_tier(run: Run, config: TopologyConfig, env: dict[str, str]) -> None:
    """Start everything that stores data, and the proxies in front of it."""
    run.progress.start("Starting the databases")
    is_new = not any((databases.data_directory(run.data, number) / "PG_VERSION").exists() for number in NODES)
    first, *others = (databases.patroni_node(config, number, env) for number in NODES)
    start_children(run, [databases.etcd_server(config, env)])
    _wait_for_port(run, config, "etcd")
    start_children(run, [first] if is_new else [first, *others])
    start_children(
        run,
        [
            *valkey_sentinel.valkey_children(config),
            *backing_services.swift_servers(config, env),
            backing_services.dynoxide_server(config, env),
            backing_services.mail_server(config, env),
        ],
    )
    databases.wait_for_primary(config, first.process)
    if is_new:  # the first node on an empty directory creates the cluster, the others copy it
        start_children(run, others)
    start_children(
        run,
        [
            *valkey_sentinel.sentinel_children(config, env),
            proxies.haproxy_server(config, env),
            proxies.pgbouncer_server(config, env),
        ],
    )
    for name in ("primary", "state", "work", "pgbouncer", "swift-proxy", "dynoxide", "mail"):
        _wait_for_port(run, config, name)
    _ensure_database(config)
    backing_services.create_bucket_and_table(config)
    databases.wait_for_standbys(config)
    run.progress.finish("Starting the databases")


def _start_serving_tiers(run: Run, config: TopologyConfig, options: Options) -> None:
    """Start web and api of both colours, one colour after the other, since they compete for the processors."""
    for colour in COLOURS:
        title = f"Starting {colour}"
        run.progress.start(title)
        start_children(run, tiers.serving_children(run, config, colour, count=options.workers))
        for tier, path in (("api", "/healthz/ready"), ("web", "/ping")):
            for name in tiers.process_names(tier, colour, count=options.workers):
                _wait_until_ready(run, config, name, path=path)
        run.progress.finish(title)


def _start_front_tier(run: Run, config: TopologyConfig, edge_child: Child, env: dict[str, str]) -> None:
    title = "Starting everything else"
    run.progress.start(title)
    start_children(run, [edge_child, *tiers.background_children(run, config, WORKERS)])
    scraped = [
        child.name for child in run.children if child.name.partition("-")[0] in ("web", "api", "worker", "clock")
    ]
    start_children(run, [backing_services.prometheus_server(config, scraped, env)])
    _wait_for(lambda: health.ready(run.port, secure=True), run, "nginx")
    run.progress.finish(title)


def app_settings(config: TopologyConfig, url: str) -> dict[str, str]:
    """The settings of every Plaza process."""
    return {
        "PLAZA_ENV": Environment.PRODUCTION.value,
        "PLAZA_PUBLIC_URL": url,
        "PLAZA_DATA": str(config.data),
        "PLAZA_SECRET_KEY": config.secrets["key"],
        "PLAZA_TRUSTED_PROXY_HOPS": "1",
        "PLAZA_SOCKETS_PER_NETWORK": "1000000",
        "PLAZA_EVENTS_PER_NETWORK": "1000000",  # all visitors of a drill come from this machine's IPs
        "PLAZA_DATABASE_URL": database_url(config, "pgbouncer", embedded_services.DATABASE),
        "PLAZA_DATABASE_POOLER": "true",
        "PLAZA_DATABASE_DIRECT_URL": database_url(config, "primary", embedded_services.DATABASE),
        # Every node, whichever is the primary: the app finds out which ones are replicas.
        "PLAZA_REPLICA_URLS": ",".join(
            database_url(config, "pgbouncer", proxies.replica_database(node)) for node in NODES
        ),
        "PLAZA_STATE_REDIS_URL": valkey_sentinel.url(config, "state"),
        "PLAZA_WORK_REDIS_URL": valkey_sentinel.url(config, "work"),
        **backing_services.settings(config),
    }


def database_url(config: TopologyConfig, port_name: str, name: str) -> str:
    """The URL of a database at the port of this name, for the app's own role."""
    return postgres.url(config.port(port_name), config.secrets["runtime"], name, user=postgres.RUNTIME_USER)


def owner_url(config: TopologyConfig) -> str:
    """The URL for the commands that change the schema: the owner's, and past PgBouncer."""
    return postgres.url(config.port("primary"), config.secrets["postgres"], embedded_services.DATABASE)


def _ensure_database(config: TopologyConfig) -> None:
    """Create the database and the app's role once HAProxy leads to the primary."""
    name, port, password = embedded_services.DATABASE, config.port("primary"), config.secrets["postgres"]
    deadline = time.monotonic() + READY_SECONDS
    while True:
        try:
            postgres.ensure_database(name, port=port, password=password)
            postgres.ensure_runtime_role(name, port=port, password=password, runtime_password=config.secrets["runtime"])
            return
        except postgres.ConnectionFailed as error:
            if time.monotonic() > deadline:
                raise StackError(f"HAProxy leads to no primary: {error}") from error
            time.sleep(0.2)


def _server_environment(run: Run) -> dict[str, str]:
    """The environment of third-party servers: none of our settings, only the marker for finding them."""
    return {"PATH": programs.search_path(), "LC_ALL": "C.UTF-8", runfile.RUN_VARIABLE: run.id}


def _wait_for_port(run: Run, config: TopologyConfig, name: str) -> None:
    port = config.port(name)
    _wait_for(lambda: processes.is_listening(port), run, name)


def _wait_until_ready(run: Run, config: TopologyConfig, name: str, *, path: str) -> None:
    _wait_for(lambda: health.ready(config.port(name), path=path), run, name)


def _wait_for(condition: Callable[[], bool], run: Run, name: str) -> None:
    """Return once the condition holds; meanwhile, restart processes that end."""
    deadline = time.monotonic() + READY_SECONDS
    while not condition():
        reap_commands(run)
        for child in run.children:
            supervisor.restart_if_ended(child, log=run.log)
        if time.monotonic() > deadline:
            raise StackError(_timeout_message(run.data, name, [child.name for child in run.children]))
        time.sleep(0.05)


def _timeout_message(data: Path, name: str, child_names: Sequence[str]) -> str:
    log = log_path(data, name if name in child_names else "supervisor")
    return f"{name} is not ready after {READY_SECONDS} s:\n{logs.tail(log)}\nThe whole log: {log}"
