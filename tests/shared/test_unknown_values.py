"""A process of the previous release reads values that only the next one knows, without an error."""

import json

import pytest
from sqlalchemy import text

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts.rules import Role
from platform_app.domain.catalog import queries as catalog
from platform_app.domain.catalog.rules import Condition, Status
from platform_app.domain.favourites.rules import PRICE_DROP
from platform_app.domain.notifications import queries as notifications
from platform_app.domain.notifications import service
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.search.schemas import Card
from platform_app.domain.shared.enums import known_member
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_listing, make_shop, make_user


def store(session: WriteSession, table: str, column: str, value: str) -> None:
    """Store a value of the next release, whose migration has already widened the check."""
    checks = session.execute(
        text(
            "SELECT conname FROM pg_constraint WHERE conrelid = CAST(:table AS regclass) AND contype = 'c' "
            "AND pg_get_constraintdef(oid) LIKE :column"
        ),
        {"table": table, "column": f"%{column}%"},
    ).scalars()
    for name in list(checks):
        session.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {name}"))
    session.execute(text(f"UPDATE {table} SET {column} = :value"), {"value": value})
    session.expire_all()


def stored(session: WriteSession, table: str, column: str) -> set[str]:
    return set(session.execute(text(f"SELECT {column} FROM {table}")).scalars())


def test_an_unknown_kind_of_notification_is_shown_with_a_general_title_and_kept(session: WriteSession) -> None:
    user = make_user(session).user
    content = NotificationContent(kind=PRICE_DROP, about="one", text="It was sent.", href="/orders")
    service.notify(session, user_id=user.id, content=content, now=NOW)
    store(session, "notification", "kind", "order_shipped")
    (shown,) = notifications.of_user(session, user_id=user.id).items
    assert (shown.kind, shown.title, shown.text) == ("other", "News", "It was sent.")
    exported = json.dumps(notifications.export_data(session, user_id=user.id))
    assert exported.count('"text": "It was sent."') == 1
    service.mark_all_read(session, user_id=user.id, now=NOW)
    assert stored(session, "notification", "kind") == {"order_shipped"}


def test_a_listing_of_an_unknown_status_is_not_for_sale(session: WriteSession) -> None:
    shop = make_shop(session)
    listing = make_listing(session, shop=shop)
    store(session, "listing", "status", "reserved")
    assert catalog.status_counts(session, shop_id=shop.id) == {Status.DRAFT: 0, Status.PUBLISHED: 0, Status.ARCHIVED: 1}
    (read,) = catalog.listings_by_key(session, shop_id=shop.id, keys=[listing.key]).values()
    assert read.status is Status.ARCHIVED


def test_an_unknown_condition_is_read_as_used(session: WriteSession) -> None:
    shop = make_shop(session)
    listing = make_listing(session, shop=shop)
    store(session, "listing", "condition", "for_parts")
    (read,) = catalog.listings_by_key(session, shop_id=shop.id, keys=[listing.key]).values()
    assert read.condition is Condition.GOOD
    card = Card.model_json_schema()["properties"]["condition"]
    assert card == {"$ref": "#/$defs/Condition"}  # the schema lists the known conditions only


def test_an_unknown_role_of_an_account_counts_as_member(session: WriteSession) -> None:
    make_user(session, email="ada@example.com")
    store(session, "user_account", "role", "auditor")
    assert accounts.user_by_email(session, email="ada@example.com").role is Role.MEMBER
    assert stored(session, "user_account", "role") == {"auditor"}


@pytest.mark.parametrize(
    ("value", "read"), [("used_good", Condition.GOOD), ("new", Condition.NEW), ("for_parts", Condition.GOOD)]
)
def test_an_unknown_stored_value_is_read_as_a_known_one(value: str, read: Condition) -> None:
    assert known_member(Condition, value, unknown=Condition.GOOD) is read
