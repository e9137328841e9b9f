"""Stats over REST."""

from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sqlalchemy import text

from platform_app.domain.activity import queries, service
from platform_app.domain.activity.rules import ListingSort, Period
from platform_app.domain.activity.schemas import DailyCounts
from platform_app.domain.shared.model_base import new_id, utc_now
from platform_app.domain.shops.service import members
from platform_app.infra import db
from tests.accounts.helpers import signed_in
from tests.conftest import assert_queries
from tests.factories import make_owner, make_shop
from tests.favourites.helpers import create_mug

ALL = "/api/v1/shops/clay-and-co/figures"


def own(browser: TestClient) -> None:
    user = signed_in(browser)
    with db.writing() as session:
        members.make_owner(session, slug="clay-and-co", email=user.email, now=utc_now())


def test_a_seller_reads_days_totals_and_listings(browser: TestClient) -> None:
    mug, bowl = create_mug(), create_mug(key="bowl", title="Bowl")
    own(browser)
    today = utc_now().date()
    days = {today: (40, 2), today - timedelta(days=6): (10, 0), today - timedelta(days=7): (25, 1)}
    with db.writing() as session:
        counted = [
            DailyCounts(shop_id=mug.shop_id, listing_id=mug.id, day=day, views=views, favourites=liked)
            for day, (views, liked) in days.items()
        ]
        gone = DailyCounts(shop_id=mug.shop_id, listing_id=new_id(), day=today, views=1)
        liked = DailyCounts(shop_id=mug.shop_id, listing_id=bowl.id, day=today, favourites=3)
        service.record(session, counts=[*counted, gone, liked])
    answer = browser.get(f"{ALL}?days=7")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    body = answer.json()
    assert (body["first"], body["last"]) == (str(today - timedelta(days=6)), str(today))
    assert body["total"] == {"views": 51, "favourites": 5, "saved_percent": "9.8"}
    assert body["before"] == {"views": 25, "favourites": 1, "saved_percent": "4.0"}
    assert [(day["day"], day["views"]) for day in body["by_day"] if day["views"]] == [
        (str(today - timedelta(days=6)), 10),
        (str(today), 41),
    ]
    assert len(body["by_day"]) == 7
    by_views = browser.get(f"{ALL}/listings?days=7").json()
    assert [
        (each["title"], each["views"], each["favourites"], each["saved_percent"]) for each in by_views["items"]
    ] == [
        ("Stoneware mug", 50, 2, "4.0"),
        (None, 1, 0, "0.0"),
        ("Bowl", 0, 3, None),
    ]
    assert [each["slug"] for each in by_views["items"]] == [mug.slug, None, bowl.slug]
    by_saved = browser.get(f"{ALL}/listings?days=7&order=saved").json()["items"]
    assert [each["title"] for each in by_saved] == ["Stoneware mug", None, "Bowl"]
    by_favourites = browser.get(f"{ALL}/listings?order=favourites").json()["items"]
    assert [(each["title"], each["favourites"]) for each in by_favourites] == [
        ("Bowl", 3),
        ("Stoneware mug", 3),
        (None, 0),
    ]


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("?days=8", "invalid"),
        ("?days=all", "invalid"),
        ("/listings?order=price", "invalid"),
        ("/listings?limit=101", "invalid"),
        ("/listings?cursor=made-up", "invalid_cursor"),
    ],
)
def test_an_invalid_parameter_is_refused_by_name(browser: TestClient, path: str, code: str) -> None:
    create_mug()
    own(browser)
    answer = browser.get(ALL + path)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_a_cursor_of_another_range_or_order_is_refused(browser: TestClient) -> None:
    mug = create_mug()
    own(browser)
    today = utc_now().date()
    with db.writing() as session:
        counted = [DailyCounts(shop_id=mug.shop_id, listing_id=new_id(), day=today, views=n) for n in range(1, 4)]
        service.record(session, counts=counted)
    cursor = browser.get(f"{ALL}/listings?limit=2").json()["next_cursor"]
    assert [each["views"] for each in browser.get(f"{ALL}/listings?cursor={cursor}").json()["items"]] == [1]
    for other in ("days=7", "order=saved"):
        answer = browser.get(f"{ALL}/listings?cursor={cursor}&{other}")
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_cursor")


def test_users_without_the_permission_read_no_stats(pair: tuple[TestClient, TestClient]) -> None:
    seller, stranger = pair
    create_mug()
    own(seller)
    assert stranger.get(ALL).status_code == 401
    signed_in(stranger, email="mallory@example.com")
    for path in ("", "/listings"):
        answer = stranger.get(ALL + path)
        assert (answer.status_code, answer.json()["code"]) == (404, "shop_not_found")


@hypothesis_settings(
    max_examples=25, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    counted=st.lists(
        st.tuples(st.integers(0, 40), st.integers(0, 4), st.integers(0, 9), st.integers(0, 9)),
        max_size=40,
        unique_by=lambda row: row[:2],
    ),
    order=st.sampled_from(ListingSort),
)
def test_pages_list_every_listing_once_in_order_with_its_totals(
    session: db.WriteSession, counted: list[tuple[int, int, int, int]], order: ListingSort
) -> None:
    today, slug = date(2026, 11, 23), f"shop-{new_id()}"
    shop = make_shop(session, slug=slug)
    owner = make_owner(session, shop=shop, email=f"{slug}@example.com").user
    ids = [new_id() for _ in range(5)]
    service.record(
        session,
        counts=[
            DailyCounts(
                shop_id=shop.id, listing_id=ids[which], day=today - timedelta(days=ago), views=views, favourites=liked
            )
            for ago, which, views, liked in counted
        ],
    )
    arguments = {"user_id": owner.id, "shop": slug, "days": Period.MONTH, "today": today}
    found, cursor = [], None
    while True:
        page = queries.listing_stats(session, **arguments, order=order, limit=2, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
    expected = {
        listing_id: (
            sum(row[2] for row in counted if row[1] == which and row[0] < 30),
            sum(row[3] for row in counted if row[1] == which and row[0] < 30),
        )
        for which, listing_id in enumerate(ids)
        if any(row[1] == which and row[0] < 30 for row in counted)
    }
    assert {each.listing_id: (each.views, each.favourites) for each in found} == expected
    assert len(found) == len(expected)
    sort_values = [
        {ListingSort.VIEWS: each.views, ListingSort.FAVOURITES: each.favourites}.get(
            order, -1 if each.saved_percent is None else each.saved_percent
        )
        for each in found
    ]
    assert sort_values == sorted(sort_values, reverse=True)
    total = queries.stats(session, **arguments).total
    assert (total.views, total.favourites) == tuple(map(sum, zip(*expected.values(), strict=True))) or not expected


def test_stats_and_a_page_of_listings_take_two_statements_each(session: db.WriteSession) -> None:
    shop = make_shop(session)
    owner = make_owner(session, shop=shop).user
    session.execute(text("SELECT 1"))
    arguments = {"user_id": owner.id, "shop": shop.slug, "days": Period.QUARTER, "today": date(2026, 11, 23)}
    with assert_queries(db.engine(), 4):
        queries.stats(session, **arguments)
        queries.listing_stats(session, **arguments, order=ListingSort.SAVED, limit=20)
