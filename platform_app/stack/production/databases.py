"""PostgreSQL three times, of which Patroni makes one the primary; what they agree on is in etcd."""

import http.client
import json
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from subprocess import Popen

from platform_app.stack import datadir, logs, postgres, processes
from platform_app.stack.account import account, give, share
from platform_app.stack.errors import StackError
from platform_app.stack.production import programs
from platform_app.stack.production.plan import NODES, Plan, child, server
from platform_app.stack.supervisor import Child, Stage

SCOPE = "plaza"
FILE = "patroni.json"
# A primary that is gone is missed after TTL seconds at the latest; Patroni takes no less, and looks every LOOK seconds.
TTL, LOOK, RETRY = 20, 2, 5
READY_SECONDS = 120
OK = http.client.OK
# Set alike on all three for as long as the cluster lives; a standby must not have less than its primary.
SHARED = {"max_connections": 300, "max_wal_senders": 10, "wal_level": "replica", "wal_log_hints": "on"}
INITDB = (
    "data-checksums",
    {"encoding": "UTF8"},
    {"locale": "C"},
    {"locale-provider": "builtin"},
    {"builtin-locale": "C.UTF-8"},
    {"auth": "scram-sha-256"},
)
OWN = {
    "shared_buffers": "256MB",
    "work_mem": "16MB",
    "max_wal_size": "1GB",
    "wal_keep_size": "512MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # A plan made once for any search words would be wrong for most of them; said here, since PgBouncer passes no options.
    "plan_cache_mode": "force_custom_plan",
    "unix_socket_directories": "",
    # One that hears nothing for so long takes the line for broken.
    "wal_sender_timeout": "6s",
    "wal_receiver_timeout": "6s",
    "wal_retrieve_retry_interval": "1s",
    "hot_standby_feedback": "on",
}

MAY_COME = ["host replication replication 127.0.0.1/32 scram-sha-256", "host all all 127.0.0.1/32 scram-sha-256"]


def etcd(plan: Plan, env: Mapping[str, str]) -> Child:
    """Where the databases agree which of them is the primary."""
    clients, peers = (f"http://{plan.address(name)}" for name in ("etcd", "etcd-peers"))
    own = plan.folder("etcd")
    command: list[str | Path] = [
        programs.find("etcd"),
        f"--name={SCOPE}",
        f"--data-dir={own}",
        f"--listen-client-urls={clients}",
        f"--advertise-client-urls={clients}",
        f"--listen-peer-urls={peers}",
        f"--initial-advertise-peer-urls={peers}",
        f"--initial-cluster={SCOPE}={peers}",
    ]
    return server(plan, "etcd", Stage.AGREEMENT, command, env=env)


def node(plan: Plan, number: int, env: Mapping[str, str]) -> Child:
    """A Patroni and its PostgreSQL, which outlives it when it is killed."""
    name = f"postgres-{number}"
    plan.folder(name)
    file = _told(plan.data, number, configuration(plan, number))
    owner = account()
    if owner:
        share(postgres.binary("postgres"), postgres.installed(), owner)
        give(file.parent, owner)
    command = [programs.find("patroni"), file]
    launch = partial(processes.spawn, command, log=plan.log(name), env=env, cwd=file.parent, account=owner)
    return child(plan, name, Stage.DATABASE, launch)


def configuration(plan: Plan, number: int) -> dict[str, object]:
    """What Patroni is told; JSON is YAML too."""
    folder = plan.data / f"postgres-{number}"
    at, rest = plan.address(f"postgres-{number}"), plan.address(f"patroni-{number}")
    return {
        "scope": SCOPE,
        "name": f"postgres-{number}",
        "restapi": {
            "listen": rest,
            "connect_address": rest,
            "authentication": {"username": "plaza", "password": plan.secrets["patroni"]},
        },
        "etcd3": {"hosts": [plan.address("etcd")]},
        "bootstrap": {
            "dcs": {
                "ttl": TTL,
                "loop_wait": LOOK,
                "retry_timeout": RETRY,
                "maximum_lag_on_failover": 1048576,
                "synchronous_mode": True,
                "failsafe_mode": True,
                "postgresql": {"use_pg_rewind": True, "use_slots": True, "parameters": SHARED},
            },
            "pg_hba": MAY_COME,
            "initdb": INITDB,
        },
        "postgresql": {
            "listen": at,
            "connect_address": at,
            "bin_dir": str(postgres.binary("postgres").parent),
            "data_dir": str(data_directory(plan.data, number)),
            "pgpass": str(folder / "pgpass"),
            "authentication": {
                "superuser": {"username": postgres.USER, "password": plan.secrets["postgres"]},
                "replication": {"username": "replication", "password": plan.secrets["replication"]},
                "rewind": {"username": "rewind", "password": plan.secrets["rewind"]},
            },
            "parameters": OWN,
            "basebackup": [{"checkpoint": "fast"}],  # a new standby does not wait for the next one that comes by itself
            "pg_hba": MAY_COME,
            "remove_data_directory_on_rewind_failure": True,
            "remove_data_directory_on_diverged_timelines": True,
        },
    }


def delay(data: Path, number: int, by: str) -> None:
    """Write down that a standby is to replay everything so much later, for its Patroni, which undoes what others say."""
    told = json.loads((data / f"postgres-{number}" / FILE).read_text())
    told["postgresql"]["recovery_conf"] = {"recovery_min_apply_delay": by}
    _told(data, number, told)


def data_directory(data: Path, number: int) -> Path:
    """Where the rows of a node are."""
    return data / f"postgres-{number}" / "data"


def postmaster(data: Path, number: int) -> int | None:
    """The process id of a node's PostgreSQL, as it was written down when it started."""
    try:
        return int((data_directory(data, number) / "postmaster.pid").read_text().split("\n", 1)[0])
    except (FileNotFoundError, ValueError):
        return None


def end_leftovers(data: Path) -> None:
    """End every PostgreSQL of these nodes that has outlived its Patroni."""
    for number in NODES:
        postgres.end_leftovers(data_directory(data, number))


def await_primary(plan: Plan, first: Popen[bytes] | None) -> int:
    """The number of the node that takes writes, once there is one; raises when the first node's process ends."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and first and first.poll() is None:
        found = primary(plan.ports)
        if found:
            return found
        time.sleep(0.2)
    log = plan.log("postgres-1")
    raise StackError(f"No PostgreSQL became the primary:\n{logs.tail(log)}\nThe whole log: {log}")


def await_standbys(plan: Plan) -> None:
    """Return once a commit waits for a second node, and the third follows too."""
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline:
        standing = [number for number in NODES if answers(plan.ports[f"patroni-{number}"], "/replica")]
        if len(standing) == len(NODES) - 1 and any(
            answers(plan.ports[f"patroni-{number}"], "/synchronous") for number in standing
        ):
            return
        time.sleep(0.2)
    log = plan.log("postgres-2")
    raise StackError(f"The standbys did not come:\n{logs.tail(log)}\nThe whole log: {log}")


def primary(ports: Mapping[str, int]) -> int | None:
    """The number of the node that takes writes now."""
    return next((number for number in NODES if answers(ports[f"patroni-{number}"], "/primary")), None)


def answers(port: int, path: str) -> bool:
    """Whether a Patroni says yes to this."""
    connection = http.client.HTTPConnection(processes.HOST, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _told(data: Path, number: int, configuration: Mapping[str, object]) -> Path:
    file = data / f"postgres-{number}" / FILE
    datadir.write(file, json.dumps(configuration, indent=1))
    if owner := account():
        give(file, owner)
    return file
