"""A shop's quotas of pixels and imported rows: counted before the work, refused with the numbers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from typer.testing import CliRunner

from platform_app.cli import shops as commands
from platform_app.domain.shops.errors import QuotaUsed, ShopNotFound
from platform_app.domain.shops.rules.quotas import Resource
from platform_app.domain.shops.schemas import Allowance, Shop
from platform_app.domain.shops.service import quotas
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from platform_app.infra.settings import settings
from tests.factories import make_shop

NOON = datetime(2026, 5, 3, 12, 30, tzinfo=UTC)
ROWS, PIXELS = Resource.IMPORT_ROWS, Resource.PIXELS


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten rows a day, and ten million pixels an hour."""
    monkeypatch.setenv("PLAZA_SHOP_IMPORT_ROWS_PER_DAY", "10")
    monkeypatch.setenv("PLAZA_SHOP_PIXELS_PER_HOUR", "10000000")
    settings.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()


def spend(session: WriteSession, shop: Shop, amount: int, *, resource: Resource = ROWS, now: datetime = NOON) -> None:
    quotas.spend(session, shop_id=shop.id, resource=resource, amount=amount, now=now)


def left(session: WriteSession, shop: Shop, *, resource: Resource = ROWS, now: datetime = NOON) -> int:
    return quotas.allowance(session, shop_id=shop.id, resource=resource, now=now).left


def test_an_amount_beyond_the_quota_is_refused_with_the_numbers_and_not_counted(session: WriteSession) -> None:
    shop, other = make_shop(session), make_shop(session, slug="other")
    spend(session, shop, 7)
    with pytest.raises(QuotaUsed) as refused:
        spend(session, shop, 4)
    assert str(refused.value) == (
        "This takes 4 imported rows. The shop has 3 imported rows left of 10 a day; "
        "the count starts again at 00:00 UTC on 4 May."
    )
    assert refused.value.retry_after == 11.5 * 3600 + 1
    spend(session, shop, 3)
    assert (left(session, shop), left(session, other), left(session, shop, resource=PIXELS)) == (0, 10, 10_000_000)


def test_an_amount_that_no_period_has_room_for_is_refused_at_once(session: WriteSession) -> None:
    shop = make_shop(session)
    with pytest.raises(QuotaUsed):
        spend(session, shop, 11)
    assert left(session, shop) == 10


@pytest.mark.parametrize(("resource", "period"), [(ROWS, timedelta(days=1)), (PIXELS, timedelta(hours=1))])
def test_the_next_period_begins_with_nothing_used(session: WriteSession, resource: Resource, period: timedelta) -> None:
    shop = make_shop(session)
    spend(session, shop, 10, resource=resource)
    allowed = quotas.allowance(session, shop_id=shop.id, resource=resource, now=NOON).allowed
    spend(session, shop, allowed, resource=resource, now=NOON + period)
    assert left(session, shop, resource=resource, now=NOON + period) == 0
    # A process whose clock is behind does not bring the former period back.
    with pytest.raises(QuotaUsed):
        spend(session, shop, 1, resource=resource)


def test_work_is_refused_before_it_begins_once_nothing_is_left(session: WriteSession) -> None:
    shop = make_shop(session)
    quotas.require_some_left(session, shop_id=shop.id, resource=PIXELS, now=NOON)
    spend(session, shop, 10_000_000, resource=PIXELS)
    with pytest.raises(QuotaUsed) as refused:
        quotas.require_some_left(session, shop_id=shop.id, resource=PIXELS, now=NOON)
    assert str(refused.value) == (
        "The shop has 0 megapixels of pictures left of 10 an hour; the count starts again at 13:00 UTC on 3 May."
    )


def test_concurrent_work_never_exceeds_the_quota(clean: None) -> None:
    with db.writing() as session:
        shop = make_shop(session)

    def spend_three(_: int) -> bool:
        try:
            with db.writing() as session:
                spend(session, shop, 3)
        except QuotaUsed:
            return False
        return True

    with ThreadPoolExecutor(6) as threads:
        counted = list(threads.map(spend_three, range(12)))
    with db.reading() as session:
        used = quotas.allowance(session, shop_id=shop.id, resource=ROWS, now=NOON).used
    assert (counted.count(True), used) == (3, 9)


def test_the_operator_gives_one_shop_a_larger_quota_and_takes_it_back(session: WriteSession) -> None:
    shop = make_shop(session)
    quotas.set_allowed(session, slug=shop.slug, resource=ROWS, allowed=100, now=NOON)
    spend(session, shop, 90)
    assert quotas.allowance(session, shop_id=shop.id, resource=ROWS, now=NOON) == Allowance(
        resource=ROWS, used=90, allowed=100, ends_at=datetime(2026, 5, 4, tzinfo=UTC)
    )
    quotas.set_allowed(session, slug=shop.slug, resource=ROWS, allowed=None, now=NOON)
    assert left(session, shop) == 0
    with pytest.raises(ShopNotFound):
        quotas.set_allowed(session, slug=f"no-{uuid4()}", resource=ROWS, allowed=1, now=NOON)


def test_the_command_sets_and_shows_the_quotas_of_a_shop(clean: None) -> None:
    with db.writing() as session:
        shop = make_shop(session)
    shown = CliRunner().invoke(commands.app, ["shop", "quota", shop.slug, "--rows-per-day", "5000"])
    assert shown.exit_code == 0
    pixels, rows = shown.output.splitlines()
    assert pixels.startswith("The shop has 10 megapixels of pictures left of 10 an hour; the count starts again at ")
    assert rows.startswith("The shop has 5,000 imported rows left of 5,000 a day; the count starts again at ")
    default = CliRunner().invoke(commands.app, ["shop", "quota", shop.slug, "--rows-per-day", "0"])
    assert default.output.splitlines()[1].startswith("The shop has 10 imported rows left of 10 a day; ")
