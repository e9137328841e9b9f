"""`./plaza bench fuzz`: invalid requests, handshakes, frames and uploads, and whether the web processes bear them."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import quantiles
from typing import Annotated, Any
from uuid import uuid4

import httpx
import psutil
import typer
from pydantic import BaseModel, ConfigDict
from rich.console import Console
from rich.table import Table
from websockets.exceptions import WebSocketException

from platform_app.cli.running import DataOption, require_services
from state.core import intake
from tools.bench import dataset, hostile, hostile_market, hostile_requests, report, servers
from tools.bench.hostile_requests import Attacker, Request
from tools.bench.report import Measurement
from tools.bench.socket_client import open_socket

THREADS = 4
FRAMES_PER_SOCKET = 50
LISTINGS = 1000
CHECKS = 200
# Of a hundred messages: requests, handshakes and uploads; the rest are frames.
REQUESTS, HANDSHAKES, UPLOADS = 40, 10, 5
TEXTS = (
    "", " ", "\x00", "\ud800", "ü" * 300, "x" * 5000, "../../etc/passwd", "' OR 1=1 --", "<script>", "%", "%s{}", "\r\nSet-Cookie: a=b",
    "NaN", "-1", "9" * 40, "1e999", "2026-13-45", "00000000-0000-0000-0000-000000000000", "http://[::1", "//evil.example", "null",
)  # fmt: skip
NUMBERS = (0, -1, 2**31, 2**63, -(2**64), 1.5, float(10**300), 10**60)


class FuzzResults(BaseModel):
    """What was sent and answered, and how the web processes are afterwards."""

    model_config = ConfigDict(frozen=True)

    sent: int
    answers: dict[str, int]
    server_errors: list[str]
    processes: int
    alive: int
    lag_ms: float  # 95 of 100 checks of a process's health take at most this
    log_mb: float


class Fuzzer:
    """Sends random messages to a server; the same seed sends the same ones."""

    def __init__(self, url: str, requests: Sequence[Request], *, seed: int) -> None:
        """Open connections when they are needed."""
        self._rng, self._url, self._requests = random.Random(seed), url, requests
        self._client = httpx.Client(base_url=url, timeout=30)
        self._handlers = sorted(intake.open_handlers())
        self.answers, self.server_errors = Counter[str](), list[str]()

    def send(self, count: int) -> None:
        """Send this many messages."""
        while count > 0:
            kind = self._rng.randrange(100)
            if kind < REQUESTS:
                count -= self._request()
            elif kind < REQUESTS + HANDSHAKES:
                count -= self._handshake()
            elif kind < REQUESTS + HANDSHAKES + UPLOADS:
                count -= self._upload()
            elif kind % 10 == 0:  # a socket sends many frames
                count -= self._frames()

    def value(self, depth: int = 0) -> Any:
        """Any JSON value."""
        kind = self._rng.randrange(8 if depth < 3 else 5)
        if kind < 2:
            return self._rng.choice(TEXTS)
        if kind < 5:
            return self._rng.choice((*NUMBERS, None, True, False))
        if kind < 6:
            return [self.value(depth + 1) for _ in range(self._rng.randrange(4))]
        return {self._rng.choice(TEXTS)[:50]: self.value(depth + 1) for _ in range(self._rng.randrange(4))}

    def _request(self) -> int:
        original = self._rng.choice(self._requests)
        path = "/".join(self._text() if self._rng.random() < 0.2 else part for part in original.path.split("/"))
        names = [name for name, _ in original.params] + [self._text()[:60]]
        params = [(self._rng.choice(names), self._text()) for _ in range(self._rng.randrange(6))]
        body = self._damaged(original.body) if self._rng.random() < 0.8 else self.value()
        content = json.dumps(body).encode() if not isinstance(body, bytes) else body[:20_000]
        headers = {"Content-Type": self._rng.choice(("application/json", "text/plain", "multipart/form-data"))}
        method = self._rng.choice((original.method, original.method, "GET", "POST", "DELETE", "PATCH"))
        return self._exchange(method, f"/{path.lstrip('/')}", params=params, content=content, headers=headers)

    def _handshake(self) -> int:
        params = [("token", self._text()), ("EIO", self._rng.choice(("4", "3", self._text())))]
        transport = self._rng.choice(("websocket", "polling", self._text()))
        headers = {
            "Upgrade": self._rng.choice(("websocket", "h2c", "")),
            "Connection": "Upgrade",
            "Sec-WebSocket-Key": self._rng.choice(("dGhlIHNhbXBsZSBub25jZQ==", "x")),
            "Sec-WebSocket-Version": self._rng.choice(("13", "0")),
            "Cookie": f"plaza_session={self._rng.choice(('a', 'b' * 3000, '%00'))}",
        }
        if headers["Upgrade"] == "websocket":
            del headers["Connection"]  # an accepted socket would never answer
        return self._exchange("GET", "/_event/", params=[*params, ("transport", transport)], headers=headers)

    def _upload(self) -> int:
        boundary = self._rng.choice(("x", "y" * 200))
        part = f'--{boundary}\r\nContent-Disposition: form-data; name="{self._rng.choice(("key", "file", "policy"))}"\r\n\r\n'
        content = part.encode() * self._rng.randrange(1, 30) + self._rng.randbytes(self._rng.randrange(5000))
        headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self._exchange("POST", "/media/uploads", content=content, headers=headers)

    def _frames(self) -> int:
        with suppress(WebSocketException, OSError, TimeoutError), open_socket(self._url, str(uuid4())) as socket:
            for _ in range(FRAMES_PER_SOCKET):
                socket.socket.send(self._frame())
        self.answers["frames"] += FRAMES_PER_SOCKET
        return FRAMES_PER_SOCKET

    def _frame(self) -> str:
        name = self._rng.choice(self._handlers) if self._rng.random() < 0.8 else self.value()
        router = {"pathname": self._text(), "asPath": self._text(), "query": self.value()}
        event = {
            "name": name,
            "payload": self.value(),
            "router_data": router if self._rng.random() < 0.8 else self.value(),
        }
        frames = (
            '42/_event,["event",' + json.dumps(event) + "]",
            '42/_event,["event",' + json.dumps(self.value()) + "]",
            '42/_event,["ping"]',
            "42/_event," + json.dumps(self.value()),
            f"4{self._rng.randrange(9)}" + self._rng.choice(("", "/_event,", "[", "{}")),
        )
        return frames[0] if self._rng.random() < 0.6 else self._rng.choice(frames)

    def _damaged(self, body: Any) -> Any:
        """The body with one of its values replaced."""
        if not isinstance(body, Mapping) or not body:
            return body if isinstance(body, bytes) else self.value()
        name = self._rng.choice(list(body))
        return {**{key: str(value)[:300] for key, value in body.items()}, name: self.value()}

    def _text(self) -> str:
        return self._rng.choice(TEXTS).encode("utf-8", "replace").decode()

    def _exchange(self, method: str, path: str, **options: Any) -> int:
        headers = {"Origin": self._url, "X-Forwarded-For": hostile_requests.some_ip(), **options.pop("headers", {})}
        try:
            answer = self._client.request(method, path, headers=headers, **options)
        except (httpx.HTTPError, httpx.InvalidURL):
            self.answers["refused"] += 1
            return 1
        self.answers[str(answer.status_code)] += 1
        # An answer that asks to come back is a limit at work, not an error.
        if answer.status_code >= 500 and "retry-after" not in answer.headers:
            self.server_errors.append(f"{answer.status_code} {method} {path[:80]}")
        return 1


def fuzz(
    count: Annotated[int, typer.Option(min=100, help="Messages of all kinds together.")] = 100_000,
    seed: Annotated[int, typer.Option(help="The same seed sends the same messages.")] = 1,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Send invalid requests, handshakes, frames and uploads, then look at the processes, their logs and their answers."""
    require_services(data)
    start = report.begin(record=record)
    with dataset.copy_of_size(LISTINGS), hostile.own_redis():
        requests = list(Attacker(hostile_market.observe()).requests(seed=seed))
        environment = {**servers.CROWD, "PLAZA_TRUSTED_PROXY_HOPS": "1"}
        with servers.run_servers(hostile.FACTORY, count=2, environment=environment) as (urls, processes):
            fuzzers = [Fuzzer(urls[each % 2], requests, seed=seed + each) for each in range(THREADS)]
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(lambda each: each.send(count // THREADS), fuzzers))
            results = _inspect(fuzzers, urls, processes)
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def _inspect(fuzzers: Sequence[Fuzzer], urls: Sequence[str], processes: Sequence[psutil.Process]) -> FuzzResults:
    answers = sum((each.answers for each in fuzzers), Counter[str]())
    alive = [each for each in processes if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    return FuzzResults(
        sent=sum(answers.values()),
        answers=dict(sorted(answers.items())),
        server_errors=[error for each in fuzzers for error in each.server_errors],
        processes=len(processes),
        alive=len(alive),
        lag_ms=round(max(map(_lag, urls)), 1),
        log_mb=round(sum(Path(f"/proc/{each.pid}/fd/1").stat().st_size for each in alive) / 1e6, 2),
    )


def _lag(url: str) -> float:
    """Milliseconds in which 95 of 100 checks that need no database are answered."""
    with httpx.Client(base_url=url, timeout=30) as client:
        seconds = [_seconds(lambda: client.get("/healthz/live").raise_for_status()) for _ in range(CHECKS)]
    return 1000 * quantiles(seconds, n=20, method="inclusive")[-1]


def _seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _measurements(results: FuzzResults) -> list[Measurement]:
    dead, errors = results.processes - results.alive, len(results.server_errors)
    return [
        Measurement(key="fuzz.dead", text=str(dead), value=dead),
        Measurement(key="fuzz.errors", text=str(errors), value=errors),
        Measurement(key="fuzz.lag", text=f"{results.lag_ms:.1f} ms", value=results.lag_ms),
        Measurement(key="fuzz.log", text=f"{results.log_mb:.1f} MB", value=results.log_mb),
    ]


def _print_table(results: FuzzResults) -> None:
    table = Table("answer", "messages", title=f"{results.sent:,} invalid messages")
    for answer, count in results.answers.items():
        table.add_row(answer, f"{count:,}")
    errors = "; ".join(dict.fromkeys(results.server_errors)) or "none"
    table.caption = f"{results.alive} of {results.processes} processes are alive. Server errors: {errors}."
    Console(highlight=False, width=report.WIDTH).print(table)
