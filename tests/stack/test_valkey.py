"""The embedded Valkey, started for real."""

from pathlib import Path

import pytest
import redis

from platform_app.stack import processes, valkey
from platform_app.stack.errors import StackError

PASSWORD = "correct-horse"


def test_a_server_requires_its_password_which_its_owner_only_can_read(tmp_path: Path) -> None:
    directory, port = tmp_path / 'a "quoted" place', processes.free_port()
    server = valkey.start(directory, port=port, password=PASSWORD, log=tmp_path / "log")
    try:
        with redis.Redis.from_url(valkey.url(port, PASSWORD)) as client:
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
            assert client.config_get("save") == {"save": ""}
        with redis.Redis(port=port, retry=valkey.NO_RETRY) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        assert PASSWORD.encode() not in Path(f"/proc/{server.pid}/cmdline").read_bytes()
        assert (directory / "valkey.conf").stat().st_mode & 0o077 == 0
    finally:
        processes.stop(server)
    assert server.returncode == 0


def test_a_start_on_a_taken_port_fails_with_the_reason(tmp_path: Path) -> None:
    port = processes.free_port()
    holder = valkey.start(tmp_path / "one", port=port, password=PASSWORD, log=tmp_path / "log")
    try:
        with pytest.raises(StackError, match="Address already in use"):
            valkey.start(tmp_path / "two", port=port, password="another", log=tmp_path / "second log")
    finally:
        processes.stop(holder)
