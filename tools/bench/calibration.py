"""The machine factor: how fast this machine is now, compared with the reference. Every benchmark prints it."""

import gc
import json
import math
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, quantiles

from pydantic import BaseModel, ConfigDict
from sqlalchemy.engine import URL, make_url

from platform_app.infra.settings import settings
from platform_app.stack import postgres

SECONDS_PER_PART = 0.8
POSTGRES_SECONDS = 1  # pgbench only accepts whole seconds
PGBENCH_TIMEOUT_SECONDS = 10
ROUND_TRIPS = 200
# A separate process, like a server and its client; within one process both would wait for the same lock.
ECHO_SERVER = """
import socket
with socket.create_server(("127.0.0.1", 0)) as server:
    print(server.getsockname()[1], flush=True)
    connection, _ = server.accept()
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    while message := connection.recv(4096):
        connection.sendall(message)
"""
# Reads without tables, so that any database can run them and nothing is left behind.
QUERIES = """
SELECT count(*), sum(x % 7) FROM generate_series(1, 2000) AS x;
SELECT md5(string_agg(x::text, ',' ORDER BY x DESC)) FROM generate_series(1, 300) AS x;
"""
DOCUMENT = {
    "items": [
        {"id": f"{index:032x}", "title": f"Stoneware mug {index}", "price": {"amount": 100 * index, "currency": "USD"}}
        for index in range(300)
    ]
}


Statistic = Callable[[Sequence[float]], float]


class Machine(BaseModel):
    """Milliseconds of each part of the calibration; `postgresql_ms` is None if no PostgreSQL answers."""

    model_config = ConfigDict(frozen=True)

    python_ms: float
    json_ms: float
    sockets_ms: float
    postgresql_ms: float | None = None


class Factor(BaseModel):
    """The time of this machine as a multiple of the reference: in all (the geometric mean), and by part."""

    model_config = ConfigDict(frozen=True)

    value: float
    parts: dict[str, float]


def measure(statistic: Statistic = fmean) -> Machine:
    """Measure this machine as it is now, including other work, in about four seconds."""
    gc.collect()
    gc.freeze()  # modules imported by this process must not slow down garbage collections during the measurement
    try:
        postgresql = _time_postgresql()
        return Machine(
            python_ms=round(statistic(_time_pieces(_run_python)), 4),
            json_ms=round(statistic(_time_pieces(lambda: json.loads(json.dumps(DOCUMENT)))), 4),
            sockets_ms=round(statistic(_time_sockets()), 4),
            postgresql_ms=round(statistic(postgresql), 4) if postgresql else None,
        )
    finally:
        gc.unfreeze()


def measure_undisturbed() -> Machine:
    """Measure this machine without other work: it slows down most samples, but not the fastest ones."""
    return measure(lambda timings: quantiles(timings, n=20, method="inclusive")[0])


def factor(machine: Machine, reference: Machine) -> Factor:
    """The factor of a machine, from the parts that both machines have."""
    measured, expected = machine.model_dump(exclude_none=True), reference.model_dump(exclude_none=True)
    ratios = {name: measured[name] / expected[name] for name in measured if name in expected}
    value = math.exp(sum(map(math.log, ratios.values())) / len(ratios))
    return Factor(
        value=round(value, 2), parts={name.removesuffix("_ms"): round(each, 2) for name, each in ratios.items()}
    )


def describe(measured: Factor) -> str:
    """The factor in one line."""
    parts = ", ".join(f"{name} {value:.2f}" for name, value in measured.parts.items())
    if measured.value >= 1:
        meaning = f"this machine takes {measured.value:.2f} times as long as the reference"
    else:
        meaning = f"this machine is {1 / measured.value:.2f} times as fast as the reference"
    return f"Machine factor {measured.value:.2f}: {meaning} ({parts})."


def _time_pieces(work: Callable[[], object]) -> list[float]:
    """Milliseconds of each sample, as many as fit in the time; at least two."""
    timings: list[float] = []
    finish = time.perf_counter() + SECONDS_PER_PART
    while len(timings) < 2 or time.perf_counter() < finish:
        started = time.perf_counter()
        work()
        timings.append(1000 * (time.perf_counter() - started))
    return timings


def _run_python() -> int:
    """Typical Python work: dictionaries, strings, attributes and calls."""
    counts: dict[str, int] = {}
    for number in range(20_000):
        word = f"word-{number * 7919 % 1009}"
        counts[word] = counts.get(word, 0) + len(word)
    return sum(sorted(counts.values())[::3])


def _time_sockets() -> list[float]:
    command = [sys.executable, "-I", "-S", "-c", ECHO_SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        port = int(server.stdout.readline())
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return _time_pieces(lambda: _exchange(client))


def _exchange(client: socket.socket) -> None:
    message = b"x" * 512
    for _ in range(ROUND_TRIPS):
        client.sendall(message)
        received = 0
        while received < len(message):
            received += len(client.recv(4096))


def _time_postgresql() -> list[float]:
    """Milliseconds of each transaction of pgbench; empty if no PostgreSQL answers."""
    address = settings().direct_url
    if not address:
        return []
    url = make_url(address)
    with tempfile.TemporaryDirectory() as folder:
        script, log = Path(folder) / "queries.sql", Path(folder) / "log"
        script.write_text(QUERIES)
        options = ["--no-vacuum", f"--file={script}", f"--time={POSTGRES_SECONDS}", "--log", f"--log-prefix={log}"]
        completed = subprocess.run(
            [str(postgres.binary("pgbench")), *options, _without_password(url)],
            env=_environment(url, os.environ),
            capture_output=True,
            text=True,
            timeout=PGBENCH_TIMEOUT_SECONDS,
            check=False,
        )
        if completed.returncode:
            print(f"PostgreSQL is left out of the machine factor: {completed.stderr.strip()}", file=sys.stderr)
            return []
        lines = [line for file in Path(folder).glob("log.*") for line in file.read_text().splitlines()]
    # The third column is the duration of the transaction in microseconds.
    return [int(line.split()[2]) / 1000 for line in lines]


def _without_password(url: URL) -> str:
    """The URL without its password, which goes by the environment: other users can see a process's arguments."""
    return URL.create(
        "postgresql", username=url.username, host=url.host, port=url.port, database=url.database, query=url.query
    ).render_as_string(hide_password=False)


def _environment(url: URL, inherited: Mapping[str, str]) -> dict[str, str]:
    return {**inherited, **({"PGPASSWORD": str(url.password)} if url.password else {})}
