"""The embedded Valkey, started for real."""

from pathlib import Path

import pytest
import redis
import yaml
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from platform_app.infra.settings import ROOT
from platform_app.stack import processes, valkey
from platform_app.stack.errors import StackError

PASSWORD = "correct-horse"


def test_a_server_requires_its_password_which_its_owner_only_can_read(tmp_path: Path) -> None:
    directory, port = tmp_path / 'a "quoted" place', processes.free_port()
    server = valkey.start(directory, port=port, password=PASSWORD, log=tmp_path / "log")
    try:
        with redis.Redis.from_url(valkey.url(port, PASSWORD)) as client:
            assert client.config_get("save") == {"save": ""}
        with redis.Redis(port=port, retry=valkey.NO_RETRY) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert PASSWORD.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
        assert (directory / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        processes.stop(server)
    assert server.returncode == 0


def test_a_full_server_evicts_states_and_answers_but_no_jobs(tmp_path: Path) -> None:
    port = processes.free_port()
    server = valkey.start(tmp_path / "data", port=port, password=PASSWORD, log=tmp_path / "log")
    try:
        with redis.Redis.from_url(valkey.url(port, PASSWORD)) as client:
            assert client.config_get("maxmemory") == {"maxmemory": str(valkey.MEMORY_MEGABYTES * 2**20)}
            client.set("job", "kept")
            client.config_set("maxmemory", int(client.info("memory")["used_memory"]) + 4 * 2**20)
            for number in range(100):
                client.set(f"state-{number}", b"x" * 2**17, ex=3600)
            assert client.get("job") == b"kept"
            assert 1 < client.dbsize() < 100
    finally:
        processes.stop(server)


@pytest.mark.parametrize("name", ["valkey-state", "valkey-work"])
def test_the_containers_have_the_same_limit_and_a_password(name: str, tmp_path: Path) -> None:
    compose = yaml.safe_load((ROOT / "deploy" / "docker" / "compose.yaml").read_text())
    service, port = compose["services"][name], processes.free_port()
    (tmp_path / "password").write_text(PASSWORD)
    shell, flag, script = service["command"]
    for there, here in (
        ("$$", "$"),
        ("/run/secrets/valkey", str(tmp_path / "password")),
        ("valkey-server -", f"{valkey.binary()} - --port {port} --bind 127.0.0.1"),
    ):
        assert there in script
        script = script.replace(there, here)
    server = processes.spawn([shell, flag, script], log=tmp_path / "log", cwd=tmp_path)
    try:
        client = redis.Redis.from_url(valkey.url(port, PASSWORD), retry=Retry(ConstantBackoff(0.1), 100))
        with client:
            assert client.config_get("maxmemory") == {"maxmemory": str(valkey.MEMORY_MEGABYTES * 2**20)}
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "volatile-lru"}
        with redis.Redis(port=port, retry=valkey.NO_RETRY) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    finally:
        processes.stop(server)
    assert service["secrets"] == ["valkey"]


def test_a_start_on_a_taken_port_fails_with_the_reason(tmp_path: Path) -> None:
    port = processes.free_port()
    holder = valkey.start(tmp_path / "one", port=port, password=PASSWORD, log=tmp_path / "log")
    try:
        with pytest.raises(StackError, match="Address already in use"):
            valkey.start(tmp_path / "two", port=port, password="another", log=tmp_path / "second log")
    finally:
        processes.stop(holder)
