"""Three PostgreSQL servers, one of them the primary; Patroni decides which, coordinated by etcd."""

import http.client
import json
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from subprocess import Popen

from platform_app.stack import datadir, logs, postgres, processes
from platform_app.stack.errors import StackError
from platform_app.stack.os_user import allow_execution, chown, postgres_user
from platform_app.stack.production import programs
from platform_app.stack.production.topology import NODES, TopologyConfig, server_child, topology_child
from platform_app.stack.supervisor import Child, Stage

SCOPE = "plaza"
FILE = "patroni.json"
# A lost primary is noticed within TTL seconds, the least that Patroni accepts; Patroni checks every LOOK seconds.
TTL, LOOP_WAIT, RETRY = 20, 2, 5
READY_SECONDS = 120
OK = http.client.OK
# Equal on all three for the lifetime of the cluster; a standby must not have less than its primary.
CLUSTER_PARAMETERS = {"max_connections": 300, "max_wal_senders": 10, "wal_level": "replica", "wal_log_hints": "on"}
INITDB = (
    "data-checksums",
    {"encoding": "UTF8"},
    {"locale": "C"},
    {"locale-provider": "builtin"},
    {"builtin-locale": "C.UTF-8"},
    {"auth": "scram-sha-256"},
)
NODE_PARAMETERS = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "wal_keep_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # One generic plan for all search words would be bad for most of them; set here, since PgBouncer passes no options.
    "plan_cache_mode": "force_custom_plan",
    "unix_socket_directories": "",
    # A standby that receives nothing for this long reconnects.
    "wal_sender_timeout": "6s",
    "wal_receiver_timeout": "6s",
    "wal_retrieve_retry_interval": "1s",
    "hot_standby_feedback": "on",
}

PG_HBA = ["host replication replication 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"]


def etcd_server(config: TopologyConfig, env: Mapping[str, str]) -> Child:
    """The store in which the Patronis agree on the primary."""
    clients, peers = (f"http://{config.address(name)}" for name in ("etcd", "etcd-peers"))
    data_folder = config.folder("etcd")
    command: list[str | Path] = [
        programs.find("etcd"),
        f"--name={SCOPE}",
        f"--data-dir={data_folder}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster={SCOPE}={peers}",
    ]
    return server_child(config, "etcd", Stage.CONSENSUS, command, env=env)


def patroni_node(config: TopologyConfig, number: int, env: Mapping[str, str]) -> Child:
    """A Patroni and its PostgreSQL, which survives if Patroni is killed."""
    name = f"postgres-{number}"
    config.folder(name)
    file = _write_patroni_config(config.data, number, patroni_config(config, number))
    owner = postgres_user()
    if owner:
        allow_execution(postgres.binary("postgres"), postgres.installed_paths(), owner)
        chown(file.parent, owner)
    command = [programs.find("patroni"), file]
    launch = partial(processes.spawn, command, log=config.log(name), env=env, cwd=file.parent, os_user=owner)
    return topology_child(config, name, Stage.DATABASE, launch)


def patroni_config(config: TopologyConfig, number: int) -> dict[str, object]:
    """Patroni's configuration, as JSON, which is valid YAML."""
    folder = config.data / f"postgres-{number}"
    address, rest_address = config.address(f"postgres-{number}"), config.address(f"patroni-{number}")
    return {
        "scope": SCOPE,
        "name": f"postgres-{number}",
        "restapi": {
            "listen": rest_address,
            "connect_address": rest_address,
            "authentication": {"username": "plaza", "password": config.secrets["patroni"]},
        },
        "etcd3": {"hosts": [config.address("etcd")]},
        "bootstrap": {
            "dcs": {
                "ttl": TTL,
                "loop_wait": LOOP_WAIT,
                "retry_timeout": RETRY,
                "maximum_lag_on_failover": 1048576,
                "synchronous_mode": True,
                "failsafe_mode": True,
                "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": CLUSTER_PARAMETERS},
            },
            "pg_hba": PG_HBA,
            "initdb": INITDB,
        },
        "postgresql": {
            "listen": address,
            "connect_address": address,
            "bin_dir": str(postgres.binary("postgres").parent),
            "data_dir": str(data_directory(config.data, number)),
            "pgpass": str(folder / "pgpass"),
            "authentication": {
                "superuser": {"username": postgres.USER, "password": config.secrets["postgres"]},
                "replication": {"username": "replication", "password": config.secrets["replication"]},
                "rewind": {"username": "rewind", "password": config.secrets["rewind"]},
            },
            "parameters": NODE_PARAMETERS,
            "basebackup": [{"checkpoint": "fast"}],  # a new standby does not wait for the next scheduled checkpoint
            "pg_hba": PG_HBA,
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
        },
    }


def set_replay_delay(data: Path, number: int, by: str) -> None:
    """Set a standby's replay delay in its Patroni's configuration, since Patroni reverts changes made elsewhere."""
    saved_config = json.loads((data / f"postgres-{number}" / FILE).read_text())
    saved_config["postgresql"]["recovery_conf"] = {"recovery_min_apply_delay": by}
    _write_patroni_config(data, number, saved_config)


def data_directory(data: Path, number: int) -> Path:
    """The data directory of a node."""
    return data / f"postgres-{number}" / "data"


def postmaster_pid(data: Path, number: int) -> int | None:
    """The process id of a node's PostgreSQL, from its pid file."""
    try:
        return int((data_directory(data, number) / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def stop_orphans(data: Path) -> None:
    """Stop every PostgreSQL of these nodes that has survived its Patroni."""
    for number in NODES:
        postgres.stop_orphans(data_directory(data, number))


def wait_for_primary(config: TopologyConfig, first: Popen[bytes] | None) -> int:
    """The number of the node that accepts writes, once there is one; raises if the first node's process ends."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and first and first.poll() is None:
        number = primary(config.ports)
        if number:
            return number
        time.sleep(0.2)
    log = config.log("postgres-1")
    raise StackError(f"No PostgreSQL became the primary:\n{logs.tail(log)}\nThe whole log: {log}")


def wait_for_standbys(config: TopologyConfig) -> None:
    """Return once commits wait for a second node, and the third replicates too."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        standbys = [number for number in NODES if patroni_says_yes(config.ports[f"patroni-{number}"], "/replica")]
        if len(standbys) == len(NODES) - 1 and any(
            patroni_says_yes(config.ports[f"patroni-{number}"], "/synchronous") for number in standbys
        ):
            return
        time.sleep(0.2)
    log = config.log("postgres-2")
    raise StackError(f"The standbys did not start replicating:\n{logs.tail(log)}\nThe whole log: {log}")


def primary(ports: Mapping[str, int]) -> int | None:
    """The number of the node that accepts writes now."""
    return next((number for number in NODES if patroni_says_yes(ports[f"patroni-{number}"], "/primary")), None)


def patroni_says_yes(port: int, path: str) -> bool:
    """Whether a Patroni answers this path with success."""
    connection = http.client.HTTPConnection(processes.HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _write_patroni_config(data: Path, number: int, configuration: Mapping[str, object]) -> Path:
    file = data / f"postgres-{number}" / FILE
    datadir.write(file, json.dumps(configuration, indent=1))
    if owner := postgres_user():
        chown(file, owner)
    return file
