"""Closing a shop: what everyone sees then, reopening it, and its deletion after thirty days."""

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text
from structlog.testing import capture_logs

from platform_app.domain.accounts.errors import MissingCode, WrongPassword
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.schemas import Listing
from platform_app.domain.catalog.service import removal
from platform_app.domain.favourites import queries as favourites
from platform_app.domain.favourites import service as favourite_service
from platform_app.domain.following import queries as following
from platform_app.domain.following import service as follow_service
from platform_app.domain.search import queries as search
from platform_app.domain.search.schemas import SearchQuery
from platform_app.domain.search.service import reindex_changed_shop
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries, rules
from platform_app.domain.shops.errors import InvalidShop, OwnersOnly, OwnsShop, ShopGone, ShopNotFound
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.schemas import Shop, ShopInput
from platform_app.domain.shops.service import closing, invitations, members, opening
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import signed_in
from tests.accounts.test_two_factor import turn_on
from tests.factories import NOW, PASSWORD, make_listing, make_owner, make_shop, make_user
from tests.shops.test_members import make_staff
from workers import schedule
from workers.subscriptions import SUBSCRIPTIONS

OVER = NOW + rules.REOPENING_PERIOD
CLAY = ShopInput(name="Clay again", slug="clay-and-co", country="GB", currency="GBP")


def close(session: WriteSession, shop: Shop, owner_id: object, **overrides: object) -> object:
    values = {"name": shop.name, "password": PASSWORD, "code": "", "now": NOW, **overrides}
    return closing.close(session, user_id=owner_id, shop=shop.slug, **values)


def visible(session: WriteSession, shop: Shop, listing: Listing) -> set[str]:
    """Where visitors find the shop and its listing, once the search index has followed."""
    reindex_changed_shop(session, shop_id=shop.id, fields=["closed_at"], now=NOW)
    found = set()
    for name, read in {
        "shop": lambda: queries.by_slug(session, slug=shop.slug),
        "listing": lambda: catalog.listing_by_slug(session, shop=shop.slug, listing=listing.slug),
        "listing by id": lambda: catalog.published_listing(session, listing_id=listing.id),
    }.items():
        try:
            read()
        except (ShopNotFound, ListingNotFound):
            continue
        found.add(name)
    found |= {"search"} if search.results(session, search_query=SearchQuery(q="stoneware")).total else set()
    found |= {"newest"} if queries.newest_shops(session) else set()
    found |= {"sitemap"} if queries.shop_slugs(session) else set()
    found |= {"price"} if catalog.lowest_prices(session, ids=[(listing.shop_id, listing.id)]) else set()
    return found


EVERYWHERE = {"shop", "listing", "listing by id", "search", "newest", "sitemap", "price"}


def test_a_closed_shop_is_nowhere_and_comes_back_as_it_was(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    listing = make_listing(session, shop=shop)
    assert visible(session, shop, listing) == EVERYWHERE
    before = queries.by_slug(session, slug=shop.slug)
    closed = close(session, shop, ada.id, name="  clay  & co ")
    assert closed == queries.closed_shops(session, user_id=ada.id)[0]
    assert (closed.slug, closed.name, closed.reopen_until) == ("clay-and-co", "Clay & Co", OVER)
    assert visible(session, shop, listing) == set()
    assert closing.reopen(session, user_id=ada.id, shop=shop.slug, now=OVER - timedelta(seconds=1)) == before
    assert visible(session, shop, listing) == EVERYWHERE
    assert queries.closed_shops(session, user_id=ada.id) == ()
    assert closing.reopen(session, user_id=ada.id, shop=shop.slug, now=NOW) == before


def test_nobody_works_in_a_closed_shop_or_joins_it_and_all_can_when_it_is_reopened(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, Permission.LISTINGS, by=ada, email="bea@example.com")
    cem = make_user(session, email="cem@example.com").user
    offer = invitations.invite(
        session, user_id=ada.id, shop=shop.slug, email=cem.email, permissions=(Permission.STOCK,), now=NOW
    )
    close(session, shop, ada.id)
    for user in (ada, bea):
        assert queries.memberships(session, user_id=user.id) == ()
        with pytest.raises(ShopNotFound):
            queries.require_membership(session, user_id=user.id, shop=shop.slug)
    assert queries.received_invitations(session, user_id=cem.id, now=NOW) == ()
    with session.begin_nested() as step:
        with pytest.raises(ShopNotFound):
            invitations.accept(session, user_id=cem.id, invitation_id=offer.id, now=NOW)
        step.rollback()
    assert queries.closed_shops(session, user_id=bea.id) == ()
    with pytest.raises(OwnersOnly):
        closing.reopen(session, user_id=bea.id, shop=shop.slug, now=NOW)
    with pytest.raises(ShopNotFound):
        closing.reopen(session, user_id=cem.id, shop=shop.slug, now=NOW)
    closing.reopen(session, user_id=ada.id, shop=shop.slug, now=NOW)
    assert queries.require_membership(session, user_id=bea.id, shop=shop.slug).permissions == (Permission.LISTINGS,)
    assert [each.shop_slug for each in queries.received_invitations(session, user_id=cem.id, now=NOW)] == [shop.slug]


def test_followers_and_favourites_wait_for_the_shop(session: WriteSession) -> None:
    shop = make_shop(session)
    ada, fan = make_owner(session, shop=shop).user, make_user(session, email="fan@example.com").user
    listing = make_listing(session, shop=shop)
    follow_service.follow(session, user_id=fan.id, shop=shop.slug, now=NOW)
    favourite_service.add(session, user_id=fan.id, listing_id=listing.id, now=NOW)

    def seen() -> tuple[list[str], list[tuple[str, bool]]]:
        reindex_changed_shop(session, shop_id=shop.id, fields=["closed_at"], now=NOW)
        followed = [each.slug for each in following.of_user(session, user_id=fan.id)]
        liked = favourites.of_user(session, user_id=fan.id, limit=10).items
        return followed, [(each.title, each.card is not None) for each in liked]

    assert seen() == (["clay-and-co"], [("Stoneware mug", True)])
    close(session, shop, ada.id)
    assert seen() == ([], [("Stoneware mug", False)])
    with pytest.raises(ShopNotFound):
        follow_service.follow(session, user_id=ada.id, shop=shop.slug, now=NOW)
    closing.reopen(session, user_id=ada.id, shop=shop.slug, now=NOW)
    assert seen() == (["clay-and-co"], [("Stoneware mug", True)])


def test_only_an_owner_who_types_its_name_and_password_closes_a_shop(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_staff(session, shop, *Permission, by=ada, email="bea@example.com")
    eve = make_user(session, email="eve@example.com").user
    for user, changes, error in (
        (bea, {}, OwnersOnly),
        (eve, {}, ShopNotFound),
        (ada, {"password": "not it"}, WrongPassword),
        (ada, {"name": "Clay"}, InvalidShop),
        (ada, {"name": ""}, InvalidShop),
    ):
        with pytest.raises(error):
            close(session, shop, user.id, **changes)
    assert queries.is_open(session, shop_id=shop.id)
    _, codes = turn_on(session, ada, now=NOW)
    with pytest.raises(MissingCode):
        close(session, shop, ada.id)
    assert queries.is_open(session, shop_id=shop.id)
    close(session, shop, ada.id, code=codes[0])
    assert not queries.is_open(session, shop_id=shop.id)


def test_after_thirty_days_it_is_deleted_in_steps_and_its_address_stays_gone(
    session: WriteSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(removal, "LISTINGS_PER_STEP", 2)
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    listings = [make_listing(session, shop=shop, key=f"m{number}") for number in range(3)]
    close(session, shop, ada.id)
    early = OVER - timedelta(seconds=1)
    assert closing.overdue(session, now=early) == ()
    assert removal.delete_overdue_shop(session, shop_id=shop.id, now=early) is False
    assert session.execute(text("SELECT count(*) FROM listing")).scalar() == 3
    assert closing.overdue(session, now=OVER) == (shop.id,)
    with pytest.raises(ShopNotFound):
        closing.reopen(session, user_id=ada.id, shop=shop.slug, now=OVER)
    steps = [removal.delete_overdue_shop(session, shop_id=shop.id, now=OVER) for _ in range(4)]
    assert steps == [False, False, True, False]
    for table in ("shop", "listing", "variant", "listing_search", "shop_member"):
        assert session.execute(text(f"SELECT count(*) FROM {table}")).scalar() == 0
    with pytest.raises(ShopGone):
        queries.by_slug(session, slug=shop.slug)
    with pytest.raises(ShopGone):
        catalog.listing_by_slug(session, shop=shop.slug, listing=listings[0].slug)
    with pytest.raises(ShopNotFound):
        queries.by_slug(session, slug="never-was")
    with pytest.raises(InvalidShop) as taken:
        opening.open_shop(session, user_id=ada.id, shop_input=CLAY, now=OVER)
    assert taken.value.fields == {"slug": 'This web address is taken. Try "clay-and-co-2".'}
    assert queries.slug_availability(session, requested="clay-and-co").is_free is False


def test_the_only_owner_of_a_closed_shop_may_delete_their_account(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    with pytest.raises(OwnsShop, match="or close it"):
        members.delete_account(session, user_id=ada.id, password=PASSWORD)
    close(session, shop, ada.id)
    members.delete_account(session, user_id=ada.id, password=PASSWORD)
    assert closing.overdue(session, now=OVER) == (shop.id,)


def test_over_rest_a_shop_is_closed_mailed_about_reopened_and_at_last_deleted(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
    url = f"/api/v1/shops/{shop.slug}/closing"
    wrong = browser.post(url, json={"name": "Clay", "password": PASSWORD})
    assert (wrong.status_code, wrong.json()["fields"]) == (
        422, {"name": "Type the shop's name as it is written here: Clay & Co"},
    )  # fmt: skip
    assert browser.get(f"/api/v1/shops/{shop.slug}").status_code == 200
    with capture_logs() as lines:
        done = browser.post(url, json={"name": "Clay & Co", "password": PASSWORD})
        assert (done.status_code, done.json()) == (200, {"next": "/sell?closed=1"})
        assert browser.get(f"/api/v1/shops/{shop.slug}").status_code == 404
        assert browser.post(url, json={"name": "Clay & Co", "password": PASSWORD}).status_code == 404
        assert browser.delete(url).json() == {"next": f"/sell/{shop.slug}?reopened=1"}
    logged = [(each["event.action"], each["event.outcome"]) for each in lines if each["event"] == "security event"]
    assert logged == [("shop-closing", "success"), ("shop-closing", "failure"), ("shop-reopening", "success")]
    assert browser.get(f"/api/v1/shops/{shop.slug}").status_code == 200
    run_jobs()
    with db.reading() as session:
        (letter,) = mail.stored_mails(session)
    assert (letter.to, letter.subject) == ("ada@example.com", "Your shop is closed")
    assert "The shop Clay & Co that you own was just closed" in letter.text
    browser.post(url, json={"name": "Clay & Co", "password": PASSWORD})
    with db.writing() as session:
        session.execute(text("UPDATE shop SET closed_at = :at"), {"at": utc_now() - rules.REOPENING_PERIOD})
    schedule.delete_overdue_shops()
    run_jobs()
    gone = browser.get(f"/api/v1/shops/{shop.slug}")
    assert (gone.status_code, gone.json()["code"]) == (410, "shop_gone")


def run_jobs() -> None:
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("shops", "search", "catalog", "mail"):
            jobs.worker(queue).work(burst=True)
