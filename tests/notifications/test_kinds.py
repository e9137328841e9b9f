"""Kinds of notifications: each noun declares its own, and a notification of any kind can be stored and shown."""

import pytest
from pydantic import ValidationError
from reflex.components.lucide.icon import LUCIDE_ICON_LIST
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from platform_app.domain import nouns
from platform_app.domain.favourites import rules as favourites
from platform_app.domain.following import rules as following
from platform_app.domain.notifications import queries, rules, service
from platform_app.domain.notifications.schemas import NotificationContent
from platform_app.domain.shared.kinds import NotificationKind
from platform_app.infra.db import WriteSession
from tests.factories import NOW, make_user

RESTOCKED = NotificationKind("restocked", headline="Back in stock", icon="package")


def test_a_kind_in_the_rules_of_any_noun_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    before = nouns.declared(NotificationKind)
    assert {before[name].icon for name in ("price_drop", "import_failed", "new_device")} == {
        "tag", "file-x", "shield-alert",
    }  # fmt: skip
    monkeypatch.setattr(favourites, "RESTOCKED", RESTOCKED, raising=False)
    assert nouns.declared(NotificationKind) == {**before, "restocked": RESTOCKED}


def test_two_kinds_of_one_name_are_an_error_but_one_kind_may_be_used_by_several_nouns(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(following, "PRICE_DROP", favourites.PRICE_DROP, raising=False)
    assert nouns.declared(NotificationKind)["price_drop"] is favourites.PRICE_DROP
    again = NotificationKind("price_drop", headline="Price drop on one of your favourites", icon="tag")
    monkeypatch.setattr(following, "PRICE_DROP", again)
    message = 'platform_app.domain.following.rules declares the NotificationKind "price_drop" a second time.'
    with pytest.raises(ValueError, match=f"^{message}$"):
        nouns.declared(NotificationKind)


@pytest.mark.parametrize("kind", [RESTOCKED, "price_drop"])
def test_only_a_declared_kind_can_be_sent(kind: object) -> None:
    with pytest.raises(ValidationError):
        NotificationContent.model_validate({"kind": kind, "about": "one", "text": "Mug", "href": "/"})


def test_every_declared_kind_is_stored_and_shown_with_its_headline(session: WriteSession) -> None:
    user_id = make_user(session).user.id
    kinds = rules.notification_kinds()
    for kind in kinds.values():
        content = NotificationContent(kind=kind, about="one", text="Mug", href="/")
        service.notify(session, user_id=user_id, content=content, now=NOW)
    shown = queries.of_user(session, user_id=user_id, limit=len(kinds) + 1).items
    assert {each.kind: each.title for each in shown} == {name: kind.headline for name, kind in kinds.items()}


@pytest.mark.parametrize("name", ["", "Price_drop", "price-drop", "price_drop\n", "x" * 41])
def test_the_database_refuses_a_kind_of_another_form(session: WriteSession, name: str) -> None:
    content = NotificationContent(kind=favourites.PRICE_DROP, about="one", text="Mug", href="/")
    service.notify(session, user_id=make_user(session).user.id, content=content, now=NOW)
    with pytest.raises(IntegrityError, match="notification_kind_check"):
        session.execute(text("UPDATE notification SET kind = :name"), {"name": name})


def test_every_kind_has_an_icon_that_exists() -> None:
    icons = {kind.icon for kind in rules.notification_kinds().values()}
    assert {icon for icon in icons if icon.replace("-", "_") not in LUCIDE_ICON_LIST} == set()
