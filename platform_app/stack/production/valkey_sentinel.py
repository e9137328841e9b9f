"""Both Redis, each a pair of Valkeys; three sentinels promote the other one if the master fails."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from subprocess import Popen

import redis

from platform_app.stack import datadir, processes, valkey
from platform_app.stack.errors import StackError
from platform_app.stack.production.topology import (
    REDIS_STORES,
    SENTINELS,
    VALKEY_PAIR,
    TopologyConfig,
    server_child,
    topology_child,
)
from platform_app.stack.supervisor import Child, Stage

DOWN_AFTER_MILLISECONDS = 1500
FAILOVER_TIMEOUT_MILLISECONDS = 6000
FAILOVER_WAIT_SECONDS = 20.0  # to wait for the sentinels before a former master returns as master
CLIENT_TIMEOUT_SECONDS = 0.5
# Sentinels store their decisions in this file.
SENTINEL_TEMPLATE = """\
bind {host}
port {port}
dir "{directory}"
protected-mode yes
{stores}"""
MONITOR_TEMPLATE = """\
sentinel monitor {name} {host} {port} 2
sentinel auth-pass {name} {password}
sentinel down-after-milliseconds {name} {down}
sentinel failover-timeout {name} {failover}
sentinel parallel-syncs {name} 1
"""


@dataclass
class _ValkeyNode:
    """One of a pair; the first starts as the master."""

    config: TopologyConfig
    store: str
    number: int
    waiting_since: float | None = None
    has_run: bool = False

    @property
    def name(self) -> str:
        return f"valkey-{self.store}-{self.number}"

    @property
    def other(self) -> str:
        return f"valkey-{self.store}-{VALKEY_PAIR[0] + VALKEY_PAIR[1] - self.number}"

    def launch(self) -> Popen[bytes]:
        """Start in the role that the sentinels have decided.

        A restarted master is empty. As a master it would make its replica drop all data, so it waits until the
        sentinels have promoted the other one, and returns as its replica.
        """
        master_name = (
            self._master_to_follow() if self.has_run else (None if self.number == VALKEY_PAIR[0] else self.other)
        )
        replication_directive = f"replicaof {processes.HOST} {self.config.port(master_name)}\n" if master_name else ""
        started = valkey.launch(
            self.config.data / self.name,
            port=self.config.port(self.name),
            password=self.config.secrets[self.store],
            log=self.config.log(self.name),
            extra_directives=f"masterauth {self.config.secrets[self.store]}\nrepl-diskless-sync-delay 0\n{replication_directive}",
        )
        self.has_run, self.waiting_since = True, None
        return started

    def _master_to_follow(self) -> str | None:
        """The name of the master to replicate from; None to start as the master."""
        known_port = master_port(self.config.ports, self.store)
        if known_port == self.config.port(self.other):
            return self.other
        now = time.monotonic()
        self.waiting_since = self.waiting_since or now
        if (
            known_port
            and _role(self.config, self.store, self.other) == "slave"
            and now < self.waiting_since + FAILOVER_WAIT_SECONDS
        ):
            raise StackError(f"{self.name} waits until the sentinels have promoted {self.other}")
        return None


def valkey_children(config: TopologyConfig) -> list[Child]:
    """The Valkeys of both pairs."""
    pairs = [_ValkeyNode(config, store, number) for store in REDIS_STORES for number in VALKEY_PAIR]
    return [topology_child(config, one.name, Stage.CACHES, one.launch) for one in pairs]


def sentinel_children(config: TopologyConfig, env: Mapping[str, str]) -> list[Child]:
    """The sentinels that watch both pairs; two of three decide."""
    children = []
    for number in SENTINELS:
        name = _sentinel_name(number)
        file = config.folder(name) / "sentinel.conf"
        datadir.write(file, sentinel_config(config, number))
        children.append(server_child(config, name, Stage.PROXIES, [valkey.binary(), file, "--sentinel"], env=env))
    return children


def sentinel_config(config: TopologyConfig, number: int) -> str:
    """A sentinel's initial configuration: the first of each pair is the master."""
    monitors = "".join(
        MONITOR_TEMPLATE.format(
            name=store,
            host=processes.HOST,
            port=config.port(f"valkey-{store}-{VALKEY_PAIR[0]}"),
            password=config.secrets[store],
            down=DOWN_AFTER_MILLISECONDS,
            failover=FAILOVER_TIMEOUT_MILLISECONDS,
        )
        for store in REDIS_STORES
    )
    escaped = str(config.data / _sentinel_name(number)).replace("\\", "\\\\").replace('"', '\\"')
    return SENTINEL_TEMPLATE.format(
        host=processes.HOST, port=config.port(_sentinel_name(number)), directory=escaped, stores=monitors
    )


def master_port(ports: Mapping[str, int], store: str) -> int | None:
    """The port of the Valkey that the sentinels consider the master of this store."""
    for port in [ports[name] for name in map(_sentinel_name, SENTINELS) if name in ports]:
        with suppress(redis.RedisError), _client(port) as client:
            found = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", store)
            if found:
                return int(found[1])
    return None


def url(config: TopologyConfig, store: str) -> str:
    """The URL of a store's master, whichever it is."""
    return valkey.url(config.port(store), config.secrets[store])


def _sentinel_name(number: int) -> str:
    return f"sentinel-{number}"


def _role(config: TopologyConfig, store: str, name: str) -> str:
    with suppress(redis.RedisError), _client(config.port(name), config.secrets[store]) as client:
        return str(client.info("replication")["role"])
    return ""


def _client(port: int, password: str | None = None) -> redis.Redis:
    return redis.Redis(
        host=processes.HOST,
        port=port,
        password=password,
        socket_timeout=CLIENT_TIMEOUT_SECONDS,
        socket_connect_timeout=CLIENT_TIMEOUT_SECONDS,
        retry=valkey.NO_RETRY,
        decode_responses=True,
    )
