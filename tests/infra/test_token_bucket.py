"""Token buckets: a burst at once, then a steady rate, separately for each key."""

from platform_app.infra import token_bucket
from platform_app.infra.token_bucket import Rate, TokenBuckets


def test_a_burst_passes_and_then_the_rate() -> None:
    now = [0.0]
    buckets = TokenBuckets(Rate(burst=3, per_second=2), clock=lambda: now[0])
    assert [buckets.take("a") for _ in range(5)] == [True, True, True, False, False]
    now[0] = 1.0
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]


def test_keys_have_separate_tokens() -> None:
    buckets = TokenBuckets(Rate(burst=1, per_second=0.001))
    assert [buckets.take(key) for key in "aab"] == [True, False, True]


def test_a_bucket_never_holds_more_than_a_burst() -> None:
    now = [0.0]
    buckets = TokenBuckets(Rate(burst=2, per_second=5), clock=lambda: now[0])
    buckets.take("a")
    now[0] = 1000.0
    assert [buckets.take("a") for _ in range(3)] == [True, True, False]


def test_the_number_of_remembered_keys_is_bounded() -> None:
    buckets = TokenBuckets(Rate(burst=1, per_second=0.001))
    for number in range(token_bucket.MAX_KEYS + 10):
        buckets.take(str(number))
    assert len(buckets._buckets) == token_bucket.MAX_KEYS
    assert buckets.take("0"), "the one unused for longest is forgotten"
