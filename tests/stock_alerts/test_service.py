"""Waiting for sold-out variants, and what a change of stock publishes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from platform_app.domain.accounts.service import profile
from platform_app.domain.catalog import service as catalog
from platform_app.domain.catalog.errors import ListingNotFound
from platform_app.domain.catalog.rules import Status
from platform_app.domain.catalog.schemas import Listing, VariantInput
from platform_app.domain.shared.errors import Unauthenticated
from platform_app.domain.shared.model_base import new_id
from platform_app.domain.stock.rules import Reason
from platform_app.domain.stock_alerts import queries, rules, service
from platform_app.domain.stock_alerts.errors import TooManyStockAlerts, VariantInStock, VariantNotFound
from platform_app.infra import db
from platform_app.infra.db import WriteSession
from tests.factories import NOW, PASSWORD, UNKNOWN_ID, make_draft, make_listing, make_shop, make_user

LATER = NOW + timedelta(minutes=1)
SIZES = (("S", 0), ("M", 3), ("L", 0), ("XL", None))


def variants(**quantities: int | None) -> tuple[VariantInput, ...]:
    """The sizes of a shirt with these quantities; the others as in `SIZES`."""
    return tuple(
        VariantInput(choice=(size,), price=2000, quantity=quantities.get(size, quantity)) for size, quantity in SIZES
    )


def make_shirt(session: WriteSession) -> Listing:
    return make_listing(session, key="shirt", title="Shirt", options=("Size",), variants=variants())


def save(session: WriteSession, status: Status = Status.PUBLISHED, **quantities: int | None) -> None:
    """Save the shirt with these quantities."""
    draft = make_draft(key="shirt", title="Shirt", status=status, options=("Size",), variants=variants(**quantities))
    catalog.save_many(session, shop=make_shop(session), inputs=[draft], reason=Reason.EDIT, now=NOW)


def size(shirt: Listing, name: str) -> UUID:
    return next(variant.id for variant in shirt.variants if variant.choice == (name,))


def restocked(session: WriteSession) -> list[list[str]]:
    """The variants of each event so far."""
    found = session.execute(
        text("SELECT arguments->'variant_ids' FROM outbox WHERE job = 'catalog.VariantsRestocked' ORDER BY id")
    )
    return [list(each) for each in found.scalars()]


def test_asking_twice_is_asking_once_and_the_last_one_is_listed_first(session: WriteSession) -> None:
    ada, shirt = make_user(session).user.id, make_shirt(session)
    small, large = size(shirt, "S"), size(shirt, "L")
    for variant_id, now in ((small, NOW), (large, LATER), (small, LATER)):
        waiting = service.add(session, user_id=ada, listing_id=shirt.id, variant_id=variant_id, now=now)
    assert waiting == queries.variant_ids(session, user_id=ada) == {small, large}
    first, second = queries.of_user(session, user_id=ada)
    assert (first.variant_id, first.title, first.choice, first.created_at) == (large, "Shirt", "L", LATER)
    assert (second.variant_id, second.created_at) == (small, NOW)
    assert second.card is not None
    assert second.card.slug == shirt.slug


def test_a_user_stops_waiting_for_themselves_and_for_nobody_else(session: WriteSession) -> None:
    ada, bob = make_user(session).user.id, make_user(session, email="bob@example.com").user.id
    shirt = make_shirt(session)
    small = size(shirt, "S")
    service.add(session, user_id=ada, listing_id=shirt.id, variant_id=small, now=NOW)
    assert service.remove(session, user_id=bob, variant_id=small) == frozenset()
    assert queries.variant_ids(session, user_id=ada) == {small}
    for _ in range(2):
        assert service.remove(session, user_id=ada, variant_id=small) == frozenset()


@pytest.mark.parametrize("name", ["M", "XL"])
def test_nobody_waits_for_what_is_in_stock(session: WriteSession, name: str) -> None:
    ada, shirt = make_user(session).user.id, make_shirt(session)
    with pytest.raises(VariantInStock):
        service.add(session, user_id=ada, listing_id=shirt.id, variant_id=size(shirt, name), now=NOW)
    assert queries.of_user(session, user_id=ada) == ()


def test_nobody_waits_for_what_does_not_exist_or_is_not_for_sale(session: WriteSession) -> None:
    ada, shirt = make_user(session).user.id, make_shirt(session)
    other = make_listing(session, key="mug", variants=(VariantInput(price=1000, quantity=0),))
    for variant_id in (new_id(), other.variants[0].id):
        with pytest.raises(VariantNotFound):
            service.add(session, user_id=ada, listing_id=shirt.id, variant_id=variant_id, now=NOW)
    with pytest.raises(ListingNotFound):
        service.add(session, user_id=ada, listing_id=UUID(UNKNOWN_ID), variant_id=size(shirt, "S"), now=NOW)
    save(session, Status.ARCHIVED)
    with pytest.raises(ListingNotFound):
        service.add(session, user_id=ada, listing_id=shirt.id, variant_id=size(shirt, "S"), now=NOW)
    assert queries.of_user(session, user_id=ada) == ()


def test_one_alert_more_than_the_limit_is_refused(clean: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules, "MAX_ALERTS", 1)
    with db.writing() as session:
        ada, shirt = make_user(session).user.id, make_shirt(session)
        service.add(session, user_id=ada, listing_id=shirt.id, variant_id=size(shirt, "S"), now=NOW)
    with pytest.raises(TooManyStockAlerts, match="You wait for 1 items"), db.writing() as session:
        service.add(session, user_id=ada, listing_id=shirt.id, variant_id=size(shirt, "L"), now=NOW)
    with db.reading() as reading:
        assert queries.variant_ids(reading, user_id=ada) == {size(shirt, "S")}


def test_an_account_that_is_gone_waits_for_nothing(clean: None) -> None:
    with db.writing() as session:
        shirt = make_shirt(session)
    with pytest.raises(Unauthenticated), db.writing() as session:
        service.add(session, user_id=new_id(), listing_id=shirt.id, variant_id=size(shirt, "S"), now=NOW)


def test_stock_that_comes_back_while_a_user_asks_is_not_missed(clean: None) -> None:
    """Either the request sees the stock and is refused, or the event's job, which runs later, sees the row."""
    with db.writing() as session:
        users = [make_user(session, email=f"u{number}@example.com").user.id for number in range(6)]
        shirt = make_shirt(session)
    small = size(shirt, "S")

    def ask(user_id: UUID) -> bool:
        try:
            with db.writing() as session:
                service.add(session, user_id=user_id, listing_id=shirt.id, variant_id=small, now=NOW)
        except VariantInStock:
            return False
        return True

    def restock() -> list[str]:
        with db.writing() as session:
            save(session, S=5)
        with db.writing() as session:
            found = service.notify_waiting(session, shop_id=shirt.shop_id, variant_ids=[small], now=LATER)
        return [each.recipient for each in found]

    with ThreadPoolExecutor(7) as pool:
        asked = [pool.submit(ask, user_id) for user_id in users[:3]]
        notified = pool.submit(restock)
        asked += [pool.submit(ask, user_id) for user_id in users[3:]]
        accepted = sum(each.result() for each in asked)
    assert len(notified.result()) == accepted
    with db.reading() as session:
        assert session.execute(text("SELECT count(*) FROM stock_alert")).scalar_one() == 0


def test_a_copy_has_all_that_is_stored_and_deleting_the_account_removes_it(clean: None) -> None:
    with db.writing() as session:
        ada, shirt = make_user(session).user.id, make_shirt(session)
        small = size(shirt, "S")
        service.add(session, user_id=ada, listing_id=shirt.id, variant_id=small, now=NOW)
        assert queries.export_data(session, user_id=ada) == [
            {
                "variant_id": str(small),
                "listing_id": str(shirt.id),
                "title": "Shirt",
                "choice": "S",
                "created_at": NOW.isoformat().replace("+00:00", "Z"),
            }
        ]
    with db.writing() as session:
        profile.delete_account(session, user_id=ada, password=PASSWORD)
        assert session.execute(text("SELECT count(*) FROM stock_alert")).scalar_one() == 0


def test_what_is_waited_for_too_long_is_deleted(session: WriteSession) -> None:
    ada, shirt = make_user(session).user.id, make_shirt(session)
    small, large = size(shirt, "S"), size(shirt, "L")
    service.add(session, user_id=ada, listing_id=shirt.id, variant_id=small, now=NOW)
    service.add(session, user_id=ada, listing_id=shirt.id, variant_id=large, now=LATER)
    service.sweep(session, now=NOW + rules.RETENTION + timedelta(seconds=1))
    assert queries.variant_ids(session, user_id=ada) == {large}


def test_an_event_names_the_variants_that_are_offered_again(session: WriteSession) -> None:
    shirt = make_shirt(session)
    save(session, S=2, M=1)
    save(session, S=1, M=1)  # was in stock
    save(session, S=0, M=0, XL=None)
    save(session, Status.DRAFT, S=0, M=0)
    save(session, Status.DRAFT, S=4, M=0)  # not for sale
    assert restocked(session) == [[str(size(shirt, "S"))]]
    save(session, S=4, M=0)
    assert restocked(session)[1:] == [[str(size(shirt, "S")), str(size(shirt, "XL"))]]
    save(session, S=4, M=0, L=None)
    assert restocked(session)[2:] == [[str(size(shirt, "L"))]]
