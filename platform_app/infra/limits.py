"""Rate limits: counted in Redis for all processes, and per process while Redis is away."""

import math
import time
from dataclasses import dataclass
from functools import cache

import structlog
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis import ConnectionPool, RedisError
from redis.backoff import NoBackoff
from redis.retry import Retry

from platform_app.infra.settings import settings

KEY_PREFIX = "plaza:limits"
REDIS_RETRY_SECONDS = 5.0  # after a failure, Redis is skipped for this long

log = structlog.get_logger()


@dataclass(frozen=True)
class Limit:
    """At most `amount` hits per key within any `seconds`."""

    name: str
    amount: int
    seconds: int


WRITES = Limit("writes", amount=120, seconds=60)  # a user's changes through any surface


def hit(*hits: tuple[Limit, str]) -> int:
    """Count one hit against every limit; 0 if all allow it, else the seconds to wait."""
    return max((_hit(limit, key) for limit, key in hits), default=0)


def seconds_until_allowed(limit: Limit, key: str) -> int:
    """The seconds to wait if the limit is reached, without counting a hit; 0 if it is not."""
    return _check(limit, key, counting=False)


def _hit(limit: Limit, key: str) -> int:
    return _check(limit, key, counting=True)


def _check(limit: Limit, key: str, *, counting: bool) -> int:
    if time.monotonic() >= _state["away_until"]:
        try:
            return _check_with(_redis_limiter(), limit, key, counting=counting)
        except (RedisError, OSError) as error:
            _state["away_until"] = time.monotonic() + REDIS_RETRY_SECONDS
            log.warning("limits are counted by each process alone", error=str(error))
    return _check_with(_local_limiter(), limit, key, counting=counting)


def _check_with(limiter: MovingWindowRateLimiter, limit: Limit, key: str, *, counting: bool) -> int:
    item = RateLimitItemPerSecond(limit.amount, limit.seconds, namespace=limit.name)
    allowed = limiter.hit(item, key) if counting else limiter.test(item, key)
    if allowed:
        return 0
    return max(1, math.ceil(limiter.get_window_stats(item, key).reset_time - time.time()))


@cache
def _redis_limiter() -> MovingWindowRateLimiter:
    url = settings().work_redis_url.get_secret_value()
    pool = ConnectionPool.from_url(
        url, socket_timeout=0.5, socket_connect_timeout=0.5, retry=Retry(NoBackoff(), 1), health_check_interval=30
    )
    return MovingWindowRateLimiter(RedisStorage(url, connection_pool=pool, key_prefix=KEY_PREFIX))


@cache
def _local_limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())


_state = {"away_until": 0.0}
