"""Pokes: small messages that say what has changed. A lost one costs freshness, never data."""

import json
from collections.abc import AsyncIterator, Iterable
from functools import cache

import structlog
from redis import Redis, RedisError
from redis.asyncio import Redis as AsyncRedis
from redis.backoff import NoBackoff
from redis.retry import Retry

from platform_app.infra.settings import settings

CHANNEL = "plaza:pokes"
GENERATION = "plaza:generation:"

log = structlog.get_logger()


def publish(tags: Iterable[str]) -> None:
    """Raise the generation of every tag and tell all processes; an outage is logged, not raised."""
    named = sorted(tags)
    if not named:
        return
    try:
        with work_redis().pipeline(transaction=True) as pipe:
            for tag in named:
                pipe.incr(GENERATION + tag)
                pipe.expire(GENERATION + tag, 86_400)
            pipe.publish(CHANNEL, json.dumps(named))
            pipe.execute()
    except RedisError as error:
        log.warning("poke lost", tags=named, error=str(error))


async def listen() -> AsyncIterator[list[str] | None]:
    """Yield the tags of each poke; None right after each (re)connect, when pokes may have been missed."""
    async with (
        AsyncRedis.from_url(_url(), socket_connect_timeout=2, health_check_interval=10) as redis,
        redis.pubsub() as channel,
    ):
        await channel.subscribe(CHANNEL)
        yield None
        while True:
            message = await channel.get_message(ignore_subscribe_messages=True, timeout=5.0)
            if message:
                yield json.loads(message["data"])


@cache
def work_redis() -> Redis:
    """The process's connection to the Redis of jobs, cache and pokes."""
    return Redis.from_url(_url(), socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 1))


def _url() -> str:
    return settings().work_redis_url.get_secret_value()
