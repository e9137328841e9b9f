"""The demo's made-up visits."""

from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from platform_app.demo import visits
from platform_app.demo.visits import Seen
from platform_app.domain.shared.model_base import new_id
from platform_app.infra.db import WriteSession
from tests.conftest import assert_queries
from tests.factories import NOW, make_shop


def seeded(session: WriteSession, shop_id: UUID, *names: str, age: int = 400) -> dict[UUID, list[tuple[int, int, int]]]:
    """Age in days, views and favourites of each seeded day, by listing."""
    seen = [Seen(shop_id, new_id(), name, timedelta(days=age)) for name in names]
    visits.seed_visits(session, seen=seen, now=NOW)
    rows = session.execute(
        text("SELECT listing_id, CAST(:today AS date) - day, views, favourites FROM listing_day ORDER BY day"),
        {"today": NOW.date()},
    ).all()
    return {each.listing_id: [(*row[1:],) for row in rows if row[0] == each.listing_id] for each in seen}


def test_visits_depend_on_the_listing_only(session: WriteSession) -> None:
    shop = make_shop(session)
    mug, again, bowl = seeded(session, shop.id, "shop/mug", "shop/mug", "shop/bowl").values()
    assert mug == again != bowl
    assert sum(views for _, views, _ in mug) > 100
    assert all(0 <= ago < visits.DAYS and 0 <= liked <= views and views > 0 for ago, views, liked in mug + bowl)


def test_a_listing_has_no_visits_before_it_was_published(session: WriteSession) -> None:
    shop = make_shop(session)
    (days,) = seeded(session, shop.id, "shop/mug", age=9).values()
    assert {ago for ago, _, _ in days} <= set(range(10))
    assert days


def test_visits_of_many_listings_take_a_few_statements(session: WriteSession) -> None:
    shop = make_shop(session)
    seen = [Seen(shop.id, new_id(), f"shop/{number}", timedelta(days=400)) for number in range(100)]
    with assert_queries(session.get_bind().engine, 2):
        visits.seed_visits(session, seen=seen, now=NOW)
