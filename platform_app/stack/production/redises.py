"""Both Redis, each a pair of Valkeys; three sentinels make the other one the master when one is gone."""

import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from subprocess import Popen

import redis

from platform_app.stack import datadir, processes, valkey
from platform_app.stack.errors import StackError
from platform_app.stack.production.plan import PAIR, SENTINELS, STORES, Plan, child, server
from platform_app.stack.services import WORK_MEGABYTES
from platform_app.stack.supervisor import Child, Stage

DOWN_MILLISECONDS = 1500
FAILOVER_MILLISECONDS = 6000
PATIENCE_SECONDS = 20.0  # for the sentinels, before one that was the master comes back as it was
ASK_SECONDS = 0.5
# They remember what they decide in this file itself.
SENTINEL = """\
bind {host}
port {port}
dir "{directory}"
protected-mode yes
{stores}"""
WATCHED = """\
sentinel monitor {name} {host} {port} 2
sentinel auth-pass {name} {password}
sentinel down-after-milliseconds {name} {down}
sentinel failover-timeout {name} {failover}
sentinel parallel-syncs {name} 1
"""


@dataclass
class _Valkey:
    """One of a pair; the first of both begins as the master."""

    plan: Plan
    store: str
    number: int
    waits_since: float | None = None
    has_run: bool = False

    @property
    def name(self) -> str:
        return f"valkey-{self.store}-{self.number}"

    @property
    def other(self) -> str:
        return f"valkey-{self.store}-{PAIR[0] + PAIR[1] - self.number}"

    def launch(self) -> Popen[bytes]:
        """Start as the sentinels will have it.

        A master that is started again is empty. If it were a master still, its replica would drop all it has; so it
        waits until the sentinels have made that one the master, and comes back as its replica.
        """
        of = self._master() if self.has_run else (None if self.number == PAIR[0] else self.other)
        follows = f"replicaof {processes.HOST} {self.plan.port(of)}\n" if of else ""
        started = valkey.launch(
            self.plan.data / self.name,
            port=self.plan.port(self.name),
            password=self.plan.secrets[self.store],
            log=self.plan.log(self.name),
            memory_megabytes=WORK_MEGABYTES if self.store == "work" else 0,
            more=f"masterauth {self.plan.secrets[self.store]}\nrepl-diskless-sync-delay 0\n{follows}",
        )
        self.has_run, self.waits_since = True, None
        return started

    def _master(self) -> str | None:
        """Whom to follow, if anybody."""
        known = master(self.plan.ports, self.store)
        if known == self.plan.port(self.other):
            return self.other
        now = time.monotonic()
        self.waits_since = self.waits_since or now
        if known and _role(self.plan, self.store, self.other) == "slave" and now < self.waits_since + PATIENCE_SECONDS:
            raise StackError(f"{self.name} waits until the sentinels have made {self.other} the master")
        return None


def valkeys(plan: Plan) -> list[Child]:
    """Both pairs."""
    pairs = [_Valkey(plan, store, number) for store in STORES for number in PAIR]
    return [child(plan, one.name, Stage.CACHES, one.launch) for one in pairs]


def sentinels(plan: Plan, env: Mapping[str, str]) -> list[Child]:
    """Those who watch both pairs; two of three decide."""
    made = []
    for number in SENTINELS:
        name = _sentinel(number)
        file = plan.folder(name) / "sentinel.conf"
        datadir.write(file, sentinel_configuration(plan, number))
        made.append(server(plan, name, Stage.ENTRANCES, [valkey.binary(), file, "--sentinel"], env=env))
    return made


def sentinel_configuration(plan: Plan, number: int) -> str:
    """A sentinel's file as it is at first: the first of each pair is the master."""
    watched = "".join(
        WATCHED.format(
            name=store,
            host=processes.HOST,
            port=plan.port(f"valkey-{store}-{PAIR[0]}"),
            password=plan.secrets[store],
            down=DOWN_MILLISECONDS,
            failover=FAILOVER_MILLISECONDS,
        )
        for store in STORES
    )
    escaped = str(plan.data / _sentinel(number)).replace("\\", "\\\\").replace('"', '\\"')
    return SENTINEL.format(host=processes.HOST, port=plan.port(_sentinel(number)), directory=escaped, stores=watched)


def master(ports: Mapping[str, int], store: str) -> int | None:
    """The port of the Valkey that the sentinels hold for the master of this store."""
    for port in [ports[name] for name in map(_sentinel, SENTINELS) if name in ports]:
        with suppress(redis.RedisError), _asking(port) as client:
            found = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", store)
            if found:
                return int(found[1])
    return None


def url(plan: Plan, store: str) -> str:
    """Where clients find the master of a store, whoever it is."""
    return valkey.url(plan.port(store), plan.secrets[store])


def _sentinel(number: int) -> str:
    return f"sentinel-{number}"


def _role(plan: Plan, store: str, name: str) -> str:
    with suppress(redis.RedisError), _asking(plan.port(name), plan.secrets[store]) as client:
        return str(client.info("replication")["role"])
    return ""


def _asking(port: int, password: str | None = None) -> redis.Redis:
    return redis.Redis(
        host=processes.HOST,
        port=port,
        password=password,
        socket_timeout=ASK_SECONDS,
        socket_connect_timeout=ASK_SECONDS,
        retry=valkey.ONCE,
        decode_responses=True,
    )
