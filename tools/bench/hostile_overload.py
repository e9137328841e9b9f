"""Health and sign-in while five times more searches arrive than the server can answer."""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from statistics import quantiles

import httpx
from pydantic import BaseModel, ConfigDict

from tools.bench import hostile_requests
from tools.bench.hostile_market import EMAIL, PASSWORD, Market
from tools.bench.report import Measurement

OVERLOAD = 5
CAPACITY_SECONDS, OVERLOAD_SECONDS = 6.0, 12.0
CAPACITY_CLIENTS = 8
PROBE_EVERY_SECONDS = 0.5
VISITOR_TIMEOUT_SECONDS = 20.0
Probe = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


class Overload(BaseModel):
    """Searches a second that the server can answer and that were sent, and the seconds until other answers.

    `answers` counts the searches' answers by status; 0 is one without an answer.
    """

    model_config = ConfigDict(frozen=True)

    capacity: float
    sent: float
    answers: dict[int, int]
    health_seconds: float
    sign_in_seconds: float
    failed_probes: int


def measure(url: str, market: Market) -> Overload:
    """Measure the capacity with few visitors, then send five times as much."""
    return asyncio.run(_measure(url, market))


def measurements(overload: Overload) -> list[Measurement]:
    """The figures: the slowest answers."""
    return [
        Measurement(
            key="hostile.health", text=f"{overload.health_seconds:.2f} s", value=round(overload.health_seconds, 2)
        ),
        Measurement(
            key="hostile.sign_in", text=f"{overload.sign_in_seconds:.2f} s", value=round(overload.sign_in_seconds, 2)
        ),
    ]


def describe(overload: Overload) -> str:
    """The overload in a sentence."""
    answers = ", ".join(f"{count} of {status or 'none'}" for status, count in sorted(overload.answers.items()))
    return (
        f"At {overload.sent:.0f} searches a second, where {overload.capacity:.0f} can be answered, 95 of 100 checks of "
        f"health took at most {overload.health_seconds:.2f} s and sign-ins {overload.sign_in_seconds:.2f} s; "
        f"{overload.failed_probes} failed. Answers by status: {answers}."
    )


async def _measure(url: str, market: Market) -> Overload:
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
    async with httpx.AsyncClient(base_url=url, timeout=VISITOR_TIMEOUT_SECONDS, limits=limits) as client:
        capacity = await _capacity(client, market)
        answers: dict[int, int] = {}
        health: list[float] = []
        sign_in: list[float] = []
        async with asyncio.TaskGroup() as group:
            group.create_task(_flood(client, market, answers, per_second=OVERLOAD * capacity))
            group.create_task(_probe(client, _ask_health, health))
            group.create_task(_probe(client, _sign_in, sign_in))
    slowest = [
        quantiles([each for each in found if each >= 0] or [0.0], n=20, method="inclusive")[-1]
        if len(found) > 1
        else 0.0
        for found in (health, sign_in)
    ]
    return Overload(
        capacity=round(capacity, 1),
        sent=round(sum(answers.values()) / OVERLOAD_SECONDS, 1),
        answers=answers,
        health_seconds=slowest[0],
        sign_in_seconds=slowest[1],
        failed_probes=sum(each < 0 for each in (*health, *sign_in)),
    )


async def _capacity(client: httpx.AsyncClient, market: Market) -> float:
    """Searches a second with a few visitors, each of whom waits for an answer."""
    answered, finish = 0, time.perf_counter() + CAPACITY_SECONDS

    async def visit(number: int) -> None:
        nonlocal answered
        rng = random.Random(number)
        while time.perf_counter() < finish:
            answered += await _search(client, market, rng) == 200

    await asyncio.gather(*map(visit, range(CAPACITY_CLIENTS)))
    return answered / CAPACITY_SECONDS


async def _flood(client: httpx.AsyncClient, market: Market, answers: dict[int, int], *, per_second: float) -> None:
    rng, started = random.Random(99), time.perf_counter()

    async def visit() -> None:
        status = await _search(client, market, rng)
        answers[status] = answers.get(status, 0) + 1

    async with asyncio.TaskGroup() as group:
        for number in range(round(per_second * OVERLOAD_SECONDS)):
            await asyncio.sleep(max(0.0, started + number / per_second - time.perf_counter()))
            group.create_task(visit())


async def _search(client: httpx.AsyncClient, market: Market, rng: random.Random) -> int:
    """One search that no cache answers; its status, 0 without an answer."""
    words = " ".join(rng.sample(market.words[:200], 2))
    try:
        answer = await client.get(
            "/api/v1/listings",
            params={"q": words, "price_max": str(rng.randrange(10**8, 10**9))},
            headers={"X-Forwarded-For": hostile_requests.some_ip()},
        )
    except httpx.HTTPError:
        return 0
    return answer.status_code


async def _probe(client: httpx.AsyncClient, probe: Probe, seconds: list[float]) -> None:
    """The seconds of each probe during the flood; -1 for a failed one."""
    finish = time.perf_counter() + OVERLOAD_SECONDS
    while time.perf_counter() < finish:
        started = time.perf_counter()
        try:
            answer = await probe(client)
            seconds.append(time.perf_counter() - started if answer.status_code == 200 else -1.0)
        except httpx.HTTPError:
            seconds.append(-1.0)
        await asyncio.sleep(PROBE_EVERY_SECONDS)


async def _ask_health(client: httpx.AsyncClient) -> httpx.Response:
    return await client.get("/healthz/ready")


async def _sign_in(client: httpx.AsyncClient) -> httpx.Response:
    headers = {"X-Forwarded-For": hostile_requests.some_ip(), "Origin": str(client.base_url).rstrip("/")}
    return await client.post("/auth/sign-in", json={"email": EMAIL, "password": PASSWORD}, headers=headers)
