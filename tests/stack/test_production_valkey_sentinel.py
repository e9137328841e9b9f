"""Two Valkeys behind one address: the sentinels promote the replica, and the old master returns as a replica."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from platform_app.stack import processes, supervisor, valkey
from platform_app.stack.production import programs, proxies, topology, valkey_sentinel
from platform_app.stack.production.topology import NODES, TopologyConfig
from platform_app.stack.supervisor import Child
from tests.deploy.conftest import wait_until

ENV = {"PATH": programs.search_path()}


@pytest.fixture
def config(tmp_path: Path) -> TopologyConfig:
    for folder in ("logs", "run"):
        (tmp_path / folder).mkdir()
    return topology.load(tmp_path)


@pytest.fixture
def children(config: TopologyConfig) -> Iterator[list[Child]]:
    for number in NODES:
        config.port(f"postgres-{number}"), config.port(f"patroni-{number}")
    started = [
        *valkey_sentinel.valkey_children(config),
        *valkey_sentinel.sentinel_children(config, ENV),
        proxies.haproxy_server(config, ENV),
    ]
    for child in started:
        supervisor.start(child)
    yield started
    supervisor.stop(started)


def has_replica(config: TopologyConfig, number: int) -> bool:
    """Whether this sentinel knows a replica to promote; it asks the master every ten seconds."""
    with suppress(redis.RedisError), valkey_sentinel._client(config.port(f"sentinel-{number}")) as sentinel:
        return bool(sentinel.execute_command("SENTINEL", "REPLICAS", "work"))
    return False


def test_a_write_survives_the_loss_of_the_master_and_its_restart(config: TopologyConfig, children: list[Child]) -> None:
    client = redis.Redis.from_url(valkey_sentinel.url(config, "work"), retry=valkey.NO_RETRY, socket_timeout=2)

    def can_write(key: str) -> bool:
        with suppress(redis.RedisError):
            return bool(client.set(key, "kept")) and client.wait(1, 500) == 1
        return False

    wait_until(lambda: can_write("before"))
    wait_until(lambda: all(has_replica(config, number) for number in topology.SENTINELS))
    first = config.port("valkey-work-1")
    wait_until(lambda: valkey_sentinel.master_port(config.ports, "work") == first)
    master = next(child for child in children if child.name == "valkey-work-1")
    assert master.process
    processes.stop(master.process, seconds=0)

    def restarted() -> bool:
        supervisor.restart_if_ended(master, log=config.log("supervisor"))
        return can_write("after")

    wait_until(restarted)
    assert (client.get("before"), client.get("after")) == (b"kept", b"kept")
    assert valkey_sentinel.master_port(config.ports, "work") == config.port("valkey-work-2")
