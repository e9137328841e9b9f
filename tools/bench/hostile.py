"""`./plaza bench hostile`: what the costliest public requests and events cost, and who is served in an overload."""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Annotated
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import httpx
import psutil
import typer
from pydantic import BaseModel, ConfigDict
from redis import Redis
from rich.console import Console
from rich.table import Table
from websockets.exceptions import ConnectionClosed

from platform_app.cli.errors import CommandError
from platform_app.cli.running import DataOption, require_services
from platform_app.infra.settings import settings
from tools.bench import dataset, hostile_events, hostile_market, hostile_overload, hostile_requests, report, servers
from tools.bench.events import cpu_seconds, data_processes
from tools.bench.hostile_events import Event
from tools.bench.hostile_market import Market
from tools.bench.hostile_overload import Overload
from tools.bench.hostile_requests import Attacker, Request
from tools.bench.report import Measurement
from tools.bench.socket_client import Silent, SocketClient, open_socket

FACTORY = "platform_app.main:everything"
REDIS_DATABASE = 7  # of both Valkeys, so that the benchmark shares no cache and no limit with the running Plaza
IDLE_SECONDS = 5.0
PAUSE_SECONDS = 0.02  # after each request, for work that goes on after the answer
EVENT_PAUSE_SECONDS = 0.5  # after each of many events, as an attack sends three and a socket may send eight a second
MAX_PINGS = 2  # about a minute: an attack that nothing answers for so long is shown as silent
SCREENINGS, REPEATS = 1, 20
FINALISTS, SHOWN = 12, 16  # of each kind; of all
KINDS = ("request", "event")
VISITOR, MEMBER = "visitor", "member"


class Cost(BaseModel):
    """Milliseconds of a core that one attack took: the web process, PostgreSQL and both Valkeys."""

    model_config = ConfigDict(frozen=True)

    attacker: str
    kind: str
    name: str
    answer: str
    web_ms: float
    data_ms: float

    @property
    def total_ms(self) -> float:
        """Both together."""
        return self.web_ms + self.data_ms


Measure = partial[Cost]  # called with how many times


class HostileResults(BaseModel):
    """The costliest attacks, the costliest first, and the overload."""

    model_config = ConfigDict(frozen=True)

    listings: int
    attacks: int
    costs: list[Cost]
    overload: Overload


class Meter:
    """Counts the processor time of a web process and of the data services, without what they use at rest."""

    def __init__(self, web: psutil.Process) -> None:
        """Measure what both use at rest."""
        self._web = web
        before, started = self._read(), time.perf_counter()
        time.sleep(IDLE_SECONDS)
        self._idle = [
            (now - then) / (time.perf_counter() - started) for then, now in zip(before, self._read(), strict=True)
        ]

    def measure(self, attack: Callable[[], object], *, times: int, pause: float) -> tuple[float, float]:
        """Milliseconds per attack of the web process, and of the data services."""
        before, started = self._read(), time.perf_counter()
        for _ in range(times):
            attack()
            time.sleep(pause)
        elapsed = time.perf_counter() - started
        used = [now - then - idle * elapsed for then, now, idle in zip(before, self._read(), self._idle, strict=True)]
        return max(0.0, 1000 * used[0] / times), max(0.0, 1000 * used[1] / times)

    def _read(self) -> tuple[float, float]:
        return cpu_seconds([self._web]), cpu_seconds(data_processes())


class Target:
    """The server under attack."""

    def __init__(self, url: str, process: psutil.Process) -> None:
        """Measure the server at rest."""
        self.url = url
        self.meter = Meter(process)
        self._seed = 0
        self._redis = [Redis.from_url(each) for each in _redis_urls().values()]

    def cost_of_request(self, attacker: str, market: Market, request: Request, *, times: int) -> Cost:
        """What a request costs; each repetition differs a little, so that no cache answers it."""
        self._forget()
        cookies = {settings().session_cookie: hostile_market.session_token(market)}
        with httpx.Client(base_url=self.url, cookies=cookies, timeout=60) as client:
            client.headers["Origin"] = self.url
            first = hostile_requests.accepted(client, request) if request.method == "GET" else request
            statuses = set[int]()
            variants = iter([*self._variants(client, market, first, times=times)])
            web_ms, data_ms = self.meter.measure(
                lambda: statuses.add(_send(client, next(variants))), times=times, pause=PAUSE_SECONDS
            )
        answer = " ".join(map(str, sorted(statuses)))
        return Cost(attacker=attacker, kind="request", name=request.name, answer=answer, web_ms=web_ms, data_ms=data_ms)

    def cost_of_event(self, attacker: str, market: Market, event: Event, *, times: int) -> Cost:
        """What an event costs, once its page is open; for a page load, what opening it costs."""
        self._forget()
        cookie = f"{settings().session_cookie}={hostile_market.session_token(market)}"
        pause = EVENT_PAUSE_SECONDS if times > 1 else PAUSE_SECONDS
        with open_socket(self.url, str(uuid4()), cookie=cookie, max_pings=MAX_PINGS) as socket:
            try:
                if event.handler != hostile_events.LOADS:
                    socket.hydrate(event.path)
                if "editor_state" in event.handler:
                    socket.send("state___editing____editor_state.discard", {}, path=event.path)
                    socket.settle()
                web_ms, data_ms = self.meter.measure(lambda: _send_event(socket, event), times=times, pause=pause)
                answer = "served"
            except ConnectionClosed:
                web_ms, data_ms, answer = 0.0, 0.0, "closed"
            except (Silent, TimeoutError):
                web_ms, data_ms, answer = 0.0, 0.0, "silent"
        return Cost(attacker=attacker, kind="event", name=event.name, answer=answer, web_ms=web_ms, data_ms=data_ms)

    def next_seed(self) -> int:
        """A number that no attack has used."""
        self._seed += 1
        return self._seed

    def _variants(self, client: httpx.Client, market: Market, request: Request, *, times: int) -> Iterator[Request]:
        """The same request with other words and prices, each at the page that is asked for."""
        for _ in range(times):
            variant = hostile_requests.vary(request, market, seed=self.next_seed())
            yield hostile_requests.deepen(client, variant) if request.is_deep else variant

    def _forget(self) -> None:
        """Empty the caches that processes share, and reset the limits."""
        for redis in self._redis:
            redis.flushdb()


def hostile(
    listings: Annotated[int, typer.Option(min=1, help="Attack a copy of this Plaza with this many listings.")] = 20_000,
    as_json: report.AsJson = False,
    record: report.Record = False,
    data: DataOption = None,
) -> None:
    """Send every route and every handler its largest arguments, and print what the costliest take of a core."""
    require_services(data)
    if not data_processes():
        raise CommandError("The cost includes PostgreSQL: run this beside ./plaza up, with its own database.")
    start = report.begin(record=record)
    with dataset.copy_of_size(listings), own_redis():
        market = hostile_market.observe()
        member = hostile_market.with_member(market)
        environment = {**servers.CROWD, "PLAZA_TRUSTED_PROXY_HOPS": "1"}
        with servers.run_servers(FACTORY, count=1, environment=environment) as (urls, processes):
            target = Target(urls[0], processes[0])
            count, costs = _find_costliest(target, {VISITOR: market, MEMBER: member})
            overload = hostile_overload.measure(urls[0], market)
    results = HostileResults(listings=listings, attacks=count, costs=costs, overload=overload)
    report.finish(start, results, _measurements(results), print_table=lambda: _print_table(results), as_json=as_json)


def _find_costliest(target: Target, markets: dict[str, Market]) -> tuple[int, list[Cost]]:
    """The number of attacks, and the costs of the costliest: all are screened, the finalists of each kind measured again.

    A screening includes what a cache saves later, which is most of a request and little of an event.
    """
    screened: list[tuple[Cost, Measure]] = []
    for attacker, market in markets.items():
        attacks = list(_attacks(target, attacker, market))
        for number, measure in enumerate(attacks, 1):
            screened.append((measure(times=SCREENINGS), measure))
            if number % 100 == 0:
                print(f"{number} of {len(attacks)} attacks of a {attacker} are screened", file=sys.stderr, flush=True)
    screened.sort(key=lambda each: -each[0].total_ms)
    finalists = [
        measure for kind in KINDS for measure in [each for cost, each in screened if cost.kind == kind][:FINALISTS]
    ]
    costs = [measure(times=REPEATS) for measure in finalists]
    return len(screened), sorted(costs, key=lambda each: -each.total_ms)


def _attacks(target: Target, attacker: str, market: Market) -> Iterator[Measure]:
    """Every attack as a function that measures it this many times."""
    requests = Attacker(market)
    for request in requests.requests(seed=target.next_seed()):
        yield partial(target.cost_of_request, attacker, market, request)
    for event in hostile_events.events(market, seed=target.next_seed()):
        yield partial(target.cost_of_event, attacker, market, event)


def _send(client: httpx.Client, request: Request) -> int:
    """Send a request from an IP of its own; the answer's status."""
    headers = {"X-Forwarded-For": hostile_requests.some_ip()}
    if isinstance(request.body, bytes):
        headers["Content-Type"] = "multipart/form-data; boundary=x"
        answer = client.request(request.method, request.path, content=request.body, headers=headers)
    else:
        answer = client.request(
            request.method, request.path, params=list(request.params), json=request.body, headers=headers
        )
    return answer.status_code


def _send_event(socket: SocketClient, event: Event) -> None:
    socket.received = ""
    socket.send(event.handler, event.payload, path=event.path)
    socket.settle()


def _redis_urls() -> dict[str, str]:
    """Both Valkeys by setting, each with the benchmark's own database."""
    current = {
        "PLAZA_STATE_REDIS_URL": settings().state_redis_url.get_secret_value(),
        "PLAZA_WORK_REDIS_URL": settings().work_redis_url.get_secret_value(),
    }
    return {name: urlunsplit(urlsplit(url)._replace(path=f"/{REDIS_DATABASE}")) for name, url in current.items()}


@contextmanager
def own_redis() -> Iterator[None]:
    """Make this process and its children use a Redis database of their own, and empty it afterwards."""
    urls, saved = _redis_urls(), {name: os.environ.get(name) for name in _redis_urls()}
    os.environ.update(urls)
    settings.cache_clear()
    try:
        yield
    finally:
        for url in urls.values():
            Redis.from_url(url).flushdb()
        for name, value in saved.items():
            os.environ.pop(name) if value is None else os.environ.__setitem__(name, value)
        settings.cache_clear()


def _measurements(results: HostileResults) -> list[Measurement]:
    found = []
    for kind in KINDS:
        costliest = next((each for each in results.costs if each.kind == kind), None)
        if costliest:
            text = f"{costliest.total_ms:.0f} ms: {costliest.name}"
            found.append(Measurement(key=f"hostile.{kind}", text=text, value=round(costliest.total_ms, 1)))
    return [*found, *hostile_overload.measurements(results.overload)]


def _print_table(results: HostileResults) -> None:
    title = (
        f"The costliest of {results.attacks:,} attacks over {results.listings:,} listings, in milliseconds of a core"
    )
    table = Table("", "", "answer", "web", "data", "together", title=title)
    for column in table.columns[2:]:
        column.justify = "right"
    for each in results.costs[:SHOWN]:
        table.add_row(
            each.attacker,
            f"{each.kind} {each.name}",
            each.answer,
            f"{each.web_ms:.1f}",
            f"{each.data_ms:.1f}",
            f"{each.total_ms:.1f}",
        )
    table.caption = "data: PostgreSQL and both Valkeys. " + hostile_overload.describe(results.overload)
    Console(highlight=False, width=report.WIDTH).print(table)
