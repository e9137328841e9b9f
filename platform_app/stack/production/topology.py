"""The configuration of a data directory's production topology: ports, secrets, and processes kept from restarting."""

import json
import os
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from subprocess import Popen

from platform_app.stack import datadir, processes
from platform_app.stack.errors import StackError
from platform_app.stack.run import log_path
from platform_app.stack.supervisor import Child, Stage

FILE = "production.json"
DISABLED = Path("run") / "disabled"
COLOURS = ("blue", "green")
NODES = (1, 2, 3)  # of PostgreSQL
VALKEY_PAIR = (1, 2)  # the Valkeys of one store
REDIS_STORES = ("state", "work")  # both Redis
SENTINELS = (1, 2, 3)
_SECRETS = ("postgres", "runtime", "replication", "rewind", "patroni", "state", "work", "objects", "key", "edge")


@dataclass
class TopologyConfig:
    """Ports and secrets by name; a port is chosen on first use and stored."""

    data: Path
    ports: dict[str, int] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    _checked: set[str] = field(default_factory=set)

    def port(self, name: str) -> int:
        """The loopback port of this name; a new one if another program has taken the old one."""
        if name in self._checked:
            return self.ports[name]
        candidate = self.ports.get(name)
        while candidate is None or not processes.is_free(candidate) or candidate in self._assigned_ports():
            candidate = processes.free_port()
        self.ports[name] = candidate
        self._checked.add(name)
        return candidate

    def address(self, name: str) -> str:
        """Host and port of this name."""
        return f"{processes.HOST}:{self.port(name)}"

    def log(self, name: str) -> Path:
        """The log file of this process."""
        return log_path(self.data, name)

    def folder(self, name: str) -> Path:
        """The folder of this name, created if missing."""
        path = self.data / name
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        return path

    def save(self) -> None:
        """Store the configuration."""
        datadir.write(self.data / FILE, json.dumps({"ports": self.ports, "secrets": self.secrets}))

    def _assigned_ports(self) -> set[int]:
        return {self.ports[name] for name in self._checked}


def load(data: Path) -> TopologyConfig:
    """The configuration of this directory, or a new one."""
    try:
        saved = json.loads((data / FILE).read_text())
    except FileNotFoundError:
        saved = {"ports": {}, "secrets": {}}
    saved_secrets = saved["secrets"]
    all_secrets = {name: saved_secrets.get(name) or secrets.token_urlsafe(32) for name in _SECRETS}
    return TopologyConfig(data=data, ports=saved["ports"], secrets=all_secrets)


def topology_child(
    config: TopologyConfig,
    name: str,
    stage: Stage,
    launch: Callable[[], Popen[bytes]],
) -> Child:
    """A process of the topology; it is not restarted while `disable_restart` holds it back."""

    def unless_disabled() -> Popen[bytes]:
        if (config.data / DISABLED / name).exists():
            raise StackError(f"{name} is held back")
        return launch()

    return Child(name=name, stage=stage, launch=unless_disabled)


def server_child(
    config: TopologyConfig,
    name: str,
    stage: Stage,
    command: list[str | Path],
    *,
    env: Mapping[str, str],
) -> Child:
    """A server in the foreground that writes to a log of its name."""
    launch = partial(processes.spawn, command, log=config.log(name), env=env, cwd=config.data)
    return topology_child(config, name, stage, launch)


def disable_restart(data: Path, name: str) -> None:
    """Keep a process from being restarted, until `enable_restart`."""
    (data / DISABLED).mkdir(mode=0o700, exist_ok=True)
    (data / DISABLED / name).touch(mode=0o600)


def enable_restart(data: Path, name: str) -> None:
    """Allow a process to be restarted."""
    (data / DISABLED / name).unlink(missing_ok=True)


def enable_all_restarts(data: Path) -> None:
    """Allow every process to be restarted, since a killed drill may have left some disabled."""
    if (data / DISABLED).exists():
        for name in os.listdir(data / DISABLED):
            enable_restart(data, name)
