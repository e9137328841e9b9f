"""A pair of Valkeys behind one address: the sentinels make the other one the master, and the first comes back behind it."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis

from platform_app.stack import processes, supervisor, valkey
from platform_app.stack.production import entrances, plan, programs, redises
from platform_app.stack.production.plan import NODES, Plan
from platform_app.stack.supervisor import Child
from tests.deploy.conftest import until

ENV = {"PATH": programs.search_path()}


@pytest.fixture
def made(tmp_path: Path) -> Plan:
    for folder in ("logs", "run"):
        (tmp_path / folder).mkdir()
    return plan.load(tmp_path)


@pytest.fixture
def children(made: Plan) -> Iterator[list[Child]]:
    for number in NODES:
        made.port(f"postgres-{number}"), made.port(f"patroni-{number}")
    started = [*redises.valkeys(made), *redises.sentinels(made, ENV), entrances.haproxy(made, ENV)]
    for child in started:
        supervisor.start(child)
    yield started
    supervisor.stop(started)


def knows_a_replica(made: Plan, number: int) -> bool:
    """Whether this sentinel could make another one the master; they ask the master for its replicas every ten seconds."""
    with suppress(redis.RedisError), redises._asking(made.port(f"sentinel-{number}")) as sentinel:
        return bool(sentinel.execute_command("SENTINEL", "REPLICAS", "work"))
    return False


def test_what_was_written_outlives_the_master_and_its_restart(made: Plan, children: list[Child]) -> None:
    client = redis.Redis.from_url(redises.url(made, "work"), retry=valkey.ONCE, socket_timeout=2)

    def takes(key: str) -> bool:
        with suppress(redis.RedisError):
            return bool(client.set(key, "kept")) and client.wait(1, 500) == 1
        return False

    until(lambda: takes("before"))
    until(lambda: all(knows_a_replica(made, number) for number in plan.SENTINELS))
    first = made.port("valkey-work-1")
    until(lambda: redises.master(made.ports, "work") == first)
    master = next(child for child in children if child.name == "valkey-work-1")
    assert master.process
    processes.stop(master.process, seconds=0)

    def tended() -> bool:
        supervisor.tend(master, log=made.log("supervisor"))
        return takes("after")

    until(tended)
    assert (client.get("before"), client.get("after")) == (b"kept", b"kept")
    assert redises.master(made.ports, "work") == made.port("valkey-work-2")
