"""A shop's settings and its holidays."""

from datetime import date, timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.search import queries as search
from platform_app.domain.search import rules
from platform_app.domain.search import service as index
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries, service
from platform_app.domain.shops.errors import InvalidShop
from platform_app.domain.shops.service import members, settings
from platform_app.infra import db, invalidation, relay
from platform_app.infra import jobs as queue
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import signed_in
from tests.factories import NOW, make_listing, make_owner, make_shop
from workers.subscriptions import SUBSCRIPTIONS

TODAY = NOW.date()


def jobs(session: WriteSession) -> list[str]:
    """The batches of a reindexing after the first one."""
    return list(session.execute(text("SELECT job FROM outbox WHERE job = 'workers.search.reindex_shop'")).scalars())


def changed_fields(session: WriteSession) -> list[list[str]]:
    """The changed fields of each published event, oldest first."""
    published = "SELECT arguments -> 'fields' FROM outbox WHERE job = 'shops.ShopSettingsChanged' ORDER BY id"
    return list(session.execute(text(published)).scalars())


def test_given_settings_are_stored_and_others_stay(session: WriteSession) -> None:
    shop = make_shop(session, tagline="Made by hand", about="Old")
    ada = make_owner(session, shop=shop).user
    values = {"about": "  Two wheels.\r\n\r\nOne kiln. \n", "returns_policy": "Thirty days."}
    changed = settings.change(session, user_id=ada.id, shop=shop.slug, values=values)
    assert (changed.about, changed.returns_policy) == ("Two wheels.\n\nOne kiln.", "Thirty days.")
    assert (changed.tagline, changed.name) == ("Made by hand", "Clay & Co")
    assert queries.by_slug(session, slug=shop.slug) == changed
    assert changed_fields(session) == [["about", "returns_policy"]]
    make_listing(session, shop=shop)
    session.execute(text("DELETE FROM listing_search"))
    index.reindex_changed_shop(session, shop_id=shop.id, fields=["about", "returns_policy"], now=NOW)
    assert session.execute(text("SELECT count(*) FROM listing_search")).scalar() == 0


def test_all_invalid_settings_are_reported_at_once_and_nothing_changes(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    values = {"name": "", "about": "x" * 5001, "country": "XX", "tagline": "a\u202eb", "shipping_policy": "a\x00b"}
    with pytest.raises(InvalidShop) as refused:
        settings.change(session, user_id=ada.id, shop=shop.slug, values={**values, "language": "klingon"})
    assert set(refused.value.fields) == {*values, "language"}
    assert refused.value.fields["about"] == "Use at most 5000 characters; this has 5001."
    assert queries.by_slug(session, slug=shop.slug) == shop


def test_a_new_name_is_indexed_for_every_listing_in_batches(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rules, "REINDEX_BATCH_SIZE", 2)
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    for number in range(5):
        make_listing(session, shop=shop, key=f"m{number}")
    settings.change(session, user_id=ada.id, shop=shop.slug, values={"name": "Clay and Sons"})
    assert changed_fields(session) == [["name"]]
    index.reindex_changed_shop(session, shop_id=shop.id, fields=["name"], now=NOW)
    after = catalog.listing_ids_after(session, shop_id=shop.id, after=None, limit=2)[-1]
    for _ in range(2):
        index.reindex_shop(session, shop_id=shop.id, after_id=after, now=NOW)
        ids = catalog.listing_ids_after(session, shop_id=shop.id, after=after, limit=2)
        after = ids[-1]
    found = search.results(session, search_query=SearchQuery(shop=shop.slug))
    assert {card.shop_name for card in found.items} == {"Clay and Sons"}
    assert len(jobs(session)) == 2


def test_on_holiday_listings_stay_visible_and_cannot_be_bought(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    listing = make_listing(session, shop=shop)
    until = TODAY + timedelta(days=10)
    closed = settings.start_holiday(
        session, user_id=ada.id, shop=shop.slug, until=until.isoformat(), note=" Gone fishing. ", today=TODAY
    )
    assert (closed.holiday_until, closed.holiday_note) == (until, "Gone fishing.")
    index.reindex_shop(session, shop_id=shop.id, after_id=None, now=NOW)
    (card,) = search.results(session, search_query=SearchQuery(shop=shop.slug)).items
    assert (card.in_stock, card.holiday_until) == (False, until)
    assert search.results(session, search_query=SearchQuery(shop=shop.slug, in_stock=True)).items == ()
    shown = catalog.listing_by_slug(session, shop=shop.slug, listing=listing.slug)
    assert [shown.can_be_bought(variant) for variant in shown.variants] == [False]
    assert settings.end_holidays(session, today=until - timedelta(days=1)) == 0
    assert settings.end_holidays(session, today=until) == 1
    assert settings.end_holidays(session, today=until) == 0
    index.reindex_shop(session, shop_id=shop.id, after_id=None, now=NOW)
    (back,) = search.results(session, search_query=SearchQuery(shop=shop.slug)).items
    assert (back.in_stock, back.holiday_until) == (True, None)
    assert queries.by_slug(session, slug=shop.slug).holiday_note == ""


def test_a_busy_shop_is_reopened_by_the_next_run(clean: None) -> None:
    with db.writing() as session:
        shop = make_shop(session)
        ada = make_owner(session, shop=shop).user
        settings.start_holiday(
            session, user_id=ada.id, shop=shop.slug, until=(TODAY + timedelta(days=1)).isoformat(), note="", today=TODAY
        )
    due = TODAY + timedelta(days=1)
    with db.writing() as busy:
        service.lock(busy, shop_id=shop.id)
        with db.writing() as session:
            assert settings.end_holidays(session, today=due) == 0
    with db.writing() as session:
        assert settings.end_holidays(session, today=due) == 1


@pytest.mark.parametrize("until", ["", "tomorrow", "2026-11-23", "2026-11-22", "2028-01-01", "2026-13-40"])
def test_an_invalid_or_past_date_is_refused(session: WriteSession, until: str) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    with pytest.raises(InvalidShop) as refused:
        settings.start_holiday(session, user_id=ada.id, shop=shop.slug, until=until, note="", today=date(2026, 11, 23))
    assert set(refused.value.fields) == {"until"}
    assert queries.by_slug(session, slug=shop.slug).holiday_until is None


def test_a_shop_is_opened_set_up_and_put_on_holiday_over_rest(browser: TestClient) -> None:
    signed_in(browser)
    opening = {"name": "Clay & Co", "slug": "clay-and-co", "country": "gb", "currency": "gbp", "language": "english"}
    assert browser.get("/api/v1/shop-address?wanted=Clay+%26+Co").json()["slug"] == "clay-co"
    opened = browser.post("/api/v1/shops", json=opening)
    assert (opened.status_code, opened.json()["next"]) == (201, "/sell/clay-and-co?opened=1")
    taken = browser.post("/api/v1/shops", json=opening)
    assert (taken.status_code, set(taken.json()["fields"])) == (422, {"slug"})
    changed = browser.patch(
        "/api/v1/shops/clay-and-co", json={"tagline": "By hand", "slug": "other", "currency": "USD"}
    )
    assert (changed.json()["tagline"], changed.json()["slug"], changed.json()["currency"]) == (
        "By hand",
        "clay-and-co",
        "GBP",
    )
    until = (utc_now().date() + timedelta(days=30)).isoformat()
    away = browser.put("/api/v1/shops/clay-and-co/holiday", json={"until": until, "note": "At the sea."})
    assert (away.json()["holiday_until"], away.json()["holiday_note"]) == (until, "At the sea.")
    assert browser.get("/api/v1/shops/clay-and-co").json()["holiday_until"] == until
    assert browser.delete("/api/v1/shops/clay-and-co/holiday").json()["holiday_until"] is None


def test_a_listing_of_a_shop_on_holiday_says_so_over_rest(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
        listing = make_listing(session, shop=shop)
    assert browser.get(f"/api/v1/listings/{listing.id}").json()["variants"][0]["in_stock"] is True
    until = (utc_now().date() + timedelta(days=30)).isoformat()
    browser.put(f"/api/v1/shops/{shop.slug}/holiday", json={"until": until})
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        queue.worker("search").work(burst=True)
    shown = browser.get(f"/api/v1/listings/{listing.id}").json()
    assert shown["variants"][0]["in_stock"] is False
