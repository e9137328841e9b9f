"""Stable addresses for servers that change: HAProxy for the primary and both Redis, PgBouncer for PostgreSQL."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path

from platform_app.stack import datadir, postgres, processes
from platform_app.stack.embedded_services import DATABASE
from platform_app.stack.os_user import chown, postgres_user
from platform_app.stack.production import programs
from platform_app.stack.production.topology import (
    NODES,
    REDIS_STORES,
    VALKEY_PAIR,
    TopologyConfig,
    server_child,
    topology_child,
)
from platform_app.stack.supervisor import Child, Stage

# Long timeouts, since clients that listen for invalidations or wait for a job are silent for minutes. Connections of a
# server that is marked as down are closed, so that no client keeps using a former primary.
HAPROXY_TEMPLATE = """\
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
NODE_TEMPLATE = (
    "  server postgres-{number} {at} check port {check} inter 1s fastinter 500ms downinter 500ms fall 3 rise 1\n"
)
# The check logs in like a client. QUIT closes the connection; otherwise HAProxy would wait for the expected string.
STORE_TEMPLATE = """
listen {name}
  bind {at}
  option tcp-check
  tcp-check connect
  tcp-check send AUTH\\ {password}\\r\\n
  tcp-check expect string +OK
  tcp-check send INFO\\ replication\\r\\nQUIT\\r\\n
  tcp-check expect string role:master
{servers}"""
VALKEY_TEMPLATE = "  server {name} {at} check inter 500ms fall 2 rise 1\n"
# Transactions share connections. This version does not separate prepared plans, and no options are passed.
PGBOUNCER_TEMPLATE = """\
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


def haproxy_server(config: TopologyConfig, env: Mapping[str, str]) -> Child:
    """HAProxy, which leads to the current primary and to the master of each pair of Valkeys."""
    file = config.folder("haproxy") / "haproxy.cfg"
    datadir.write(file, haproxy_config(config))
    return server_child(config, "haproxy", Stage.PROXIES, [programs.find("haproxy"), "-db", "-f", file], env=env)


def haproxy_config(config: TopologyConfig) -> str:
    """HAProxy's configuration."""
    nodes = "".join(
        NODE_TEMPLATE.format(
            number=number, at=config.address(f"postgres-{number}"), check=config.port(f"patroni-{number}")
        )
        for number in NODES
    )
    return HAPROXY_TEMPLATE.format(
        primary=config.address("primary"),
        nodes=nodes,
        stores="".join(_store_section(config, name) for name in REDIS_STORES),
    )


def pgbouncer_server(config: TopologyConfig, env: Mapping[str, str]) -> Child:
    """PgBouncer, which lets many processes share few connections."""
    folder = config.folder("pgbouncer")
    users, file = folder / "users.txt", folder / "pgbouncer.ini"
    datadir.write(users, f'"{postgres.RUNTIME_USER}" "{config.secrets["runtime"]}"\n')  # the owner does not come here
    datadir.write(file, pgbouncer_config(config, users))
    owner = postgres_user()
    for path in (folder, users, file):
        chown(path, owner)  # it refuses to run as root
    command = [programs.find("pgbouncer"), file]
    launch = partial(processes.spawn, command, log=config.log("pgbouncer"), env=env, cwd=folder, os_user=owner)
    return topology_child(config, "pgbouncer", Stage.PROXIES, launch)


def pgbouncer_config(config: TopologyConfig, users: Path) -> str:
    """PgBouncer's configuration: the primary under the database's own name, each node under its own."""
    ports_by_database = {DATABASE: "primary", **{replica_database(number): f"postgres-{number}" for number in NODES}}
    databases = "".join(
        f"{name} = host={processes.HOST} port={config.port(at)} dbname={DATABASE}\n"
        for name, at in ports_by_database.items()
    )
    return PGBOUNCER_TEMPLATE.format(
        databases=databases, host=processes.HOST, port=config.port("pgbouncer"), users=users
    )


def replica_database(number: int) -> str:
    """PgBouncer's name for the database of one node."""
    return f"{DATABASE}_{number}"


def _store_section(config: TopologyConfig, name: str) -> str:
    servers = "".join(
        VALKEY_TEMPLATE.format(name=f"valkey-{name}-{number}", at=config.address(f"valkey-{name}-{number}"))
        for number in VALKEY_PAIR
    )
    return STORE_TEMPLATE.format(name=name, at=config.address(name), password=config.secrets[name], servers=servers)
