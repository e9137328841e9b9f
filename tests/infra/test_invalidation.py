"""Frequent tags are published at once and then throttled."""

from platform_app.infra.invalidation import TagCoalescer


def test_a_tag_of_a_listing_is_published_at_once_every_time() -> None:
    coalescer = TagCoalescer({"catalog": 2.0})
    assert [coalescer.release(["listing:a/b"], now=now) for now in (1.0, 1.1, 1.2)] == [["listing:a/b"]] * 3


def test_the_catalog_tag_is_published_at_once_then_throttled_without_losing_the_last() -> None:
    coalescer = TagCoalescer({"catalog": 2.0})
    assert coalescer.release(["catalog"], now=1.0) == ["catalog"]
    assert coalescer.release(["catalog", "listing:a/b"], now=1.5) == ["listing:a/b"]
    assert coalescer.release(["catalog"], now=2.9) == []
    assert coalescer.timeout(now=2.5) == 0.5
    assert coalescer.release([], now=3.0) == ["catalog"]
    assert coalescer.release([], now=9.0) == []
    assert coalescer.timeout(now=9.0) == 5.0
