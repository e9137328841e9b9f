"""One address for whatever may move: HAProxy before the primary and both Redis, PgBouncer before PostgreSQL."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from platform_app.stack import datadir, postgres, processes
from platform_app.stack.account import account, give
from platform_app.stack.production import programs
from platform_app.stack.production.plan import NODES, PAIR, STORES, Plan, child, server
from platform_app.stack.services import DATABASE
from platform_app.stack.supervisor import Child, Stage

# Long, since whoever listens for pokes or waits for a job says nothing for minutes; a server that is marked as down
# has its connections closed, so that nobody goes on talking to a primary that is none any more.
HAPROXY = """\
global
  maxconn 4000
  log stdout format raw local0 notice

defaults
  mode tcp
  log global
  timeout connect 2s
  timeout check 2s
  timeout client 1h
  timeout server 1h
  option tcpka
  option redispatch
  retries 2
  default-server on-marked-down shutdown-sessions

listen primary
  bind {primary}
  option httpchk OPTIONS /primary
  http-check expect status 200
{nodes}
{stores}"""
NODE = "  server postgres-{number} {at} check port {check} inter 1s fastinter 500ms downinter 500ms fall 3 rise 1\n"
# Asked as a client would; once it has said its part it closes, or HAProxy would wait for the word it wants to hear.
STORE = """
listen {name}
  bind {at}
  option tcp-check
  tcp-check connect
  tcp-check send AUTH\\ {password}\\r\\n
  tcp-check expect string +OK
  tcp-check send INFO\\ replication\\r\\nQUIT\\r\\n
  tcp-check expect string role:master
{servers}"""
VALKEY = "  server {name} {at} check inter 500ms fall 2 rise 1\n"
# Transactions share connections. Plans that were prepared are not kept apart by this version, and no options are passed.
PGBOUNCER = """\
[databases]
{databases}
[pgbouncer]
listen_addr = {host}
listen_port = {port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = {users}
pool_mode = transaction
max_client_conn = 1000
default_pool_size = 40
min_pool_size = 2
reserve_pool_size = 10
server_login_retry = 1
server_connect_timeout = 3
query_wait_timeout = 15
server_idle_timeout = 120
ignore_startup_parameters = extra_float_digits,options
stats_period = 600
log_connections = 0
log_disconnections = 0
"""


def haproxy(plan: Plan, env: Mapping[str, str]) -> Child:
    """Leads to whoever is the primary, and to whoever is the master of a pair of Valkeys."""
    file = plan.folder("haproxy") / "haproxy.cfg"
    datadir.write(file, haproxy_configuration(plan))
    return server(plan, "haproxy", Stage.ENTRANCES, [programs.find("haproxy"), "-db", "-f", file], env=env)


def haproxy_configuration(plan: Plan) -> str:
    """HAProxy's file."""
    nodes = "".join(
        NODE.format(number=number, at=plan.address(f"postgres-{number}"), check=plan.port(f"patroni-{number}"))
        for number in NODES
    )
    return HAPROXY.format(
        primary=plan.address("primary"), nodes=nodes, stores="".join(_store(plan, name) for name in STORES)
    )


def pgbouncer(plan: Plan, env: Mapping[str, str]) -> Child:
    """Lets many processes share few connections."""
    folder = plan.folder("pgbouncer")
    users, file = folder / "users.txt", folder / "pgbouncer.ini"
    datadir.write(users, f'"{postgres.USER}" "{plan.secrets["postgres"]}"\n')
    datadir.write(file, pgbouncer_configuration(plan, users))
    owner = account()
    for path in (folder, users, file):
        give(path, owner)  # it refuses to be root
    command = [programs.find("pgbouncer"), file]
    launch = partial(processes.spawn, command, log=plan.log("pgbouncer"), env=env, cwd=folder, account=owner)
    return child(plan, "pgbouncer", Stage.ENTRANCES, launch)


def pgbouncer_configuration(plan: Plan, users: Path) -> str:
    """PgBouncer's file: the primary by the database's own name, each node by one of its own."""
    places = {DATABASE: "primary", **{replica(number): f"postgres-{number}" for number in NODES}}
    databases = "".join(
        f"{name} = host={processes.HOST} port={plan.port(at)} dbname={DATABASE}\n" for name, at in places.items()
    )
    return PGBOUNCER.format(databases=databases, host=processes.HOST, port=plan.port("pgbouncer"), users=users)


def replica(number: int) -> str:
    """What PgBouncer calls the database of one node."""
    return f"{DATABASE}_{number}"


def _store(plan: Plan, name: str) -> str:
    servers = "".join(
        VALKEY.format(name=f"valkey-{name}-{number}", at=plan.address(f"valkey-{name}-{number}")) for number in PAIR
    )
    return STORE.format(name=name, at=plan.address(name), password=plan.secrets[name], servers=servers)
