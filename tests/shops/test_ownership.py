"""Handing over a shop: by an owner, with their password and their code."""

import pytest
from fastapi.testclient import TestClient

from platform_app.domain.accounts.errors import MissingCode, WrongPassword
from platform_app.domain.accounts.schemas import User
from platform_app.domain.shops import queries
from platform_app.domain.shops.errors import MemberNotFound, NoNewOwner, OwnersOnly, ShopNotFound
from platform_app.domain.shops.rules import MemberRole, Permission
from platform_app.domain.shops.schemas import Shop
from platform_app.domain.shops.service import invitations, members, ownership
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.db import WriteSession
from platform_app.infra.mail import OutgoingMail
from tests.accounts.helpers import create_user, signed_in
from tests.accounts.test_two_factor import turn_on
from tests.factories import NOW, PASSWORD, UNKNOWN_ID, make_owner, make_shop, make_user
from tests.shops.test_members import all_members, make_staff
from workers.subscriptions import SUBSCRIPTIONS


def roles(session: WriteSession, shop: Shop) -> dict[str, tuple[MemberRole, tuple[Permission, ...]]]:
    return {each.email: (each.role, each.permissions) for each in queries.members(session, shop_id=shop.id)}


def ownership_of(session: WriteSession) -> tuple[Shop, User, User]:
    """A shop, its owner Ada, and Bea of its staff."""
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    return shop, ada, make_staff(session, shop, Permission.STAFF, by=ada, email="bea@example.com")


@pytest.mark.parametrize(
    ("stays_as", "left"),
    [
        (MemberRole.OWNER, {"ada@example.com": (MemberRole.OWNER, tuple(Permission))}),
        (MemberRole.STAFF, {"ada@example.com": (MemberRole.STAFF, tuple(Permission))}),
        (None, {}),
    ],
)
def test_an_owner_hands_over_the_shop_and_stays_or_leaves(
    session: WriteSession, stays_as: MemberRole | None, left: dict[str, object]
) -> None:
    shop, ada, bea = ownership_of(session)
    owner = ownership.transfer(
        session,
        user_id=ada.id,
        shop=shop.slug,
        member_id=bea.id,
        stays_as=stays_as,
        password=PASSWORD,
        code="",
        now=NOW,
    )
    assert (owner.user_id, owner.role) == (bea.id, MemberRole.OWNER)
    assert roles(session, shop) == {"bea@example.com": (MemberRole.OWNER, tuple(Permission)), **left}


def test_nobody_but_an_owner_with_their_password_makes_an_owner(session: WriteSession) -> None:
    shop, ada, bea = ownership_of(session)
    stranger = make_user(session, email="eve@example.com").user
    before = all_members(session)
    given = {"session": session, "shop": shop.slug, "stays_as": None, "code": "", "now": NOW}
    with pytest.raises(OwnersOnly):
        ownership.transfer(**given, user_id=bea.id, member_id=bea.id, password=PASSWORD)
    with pytest.raises(ShopNotFound):
        ownership.transfer(**given, user_id=stranger.id, member_id=stranger.id, password=PASSWORD)
    with pytest.raises(WrongPassword):
        ownership.transfer(**given, user_id=ada.id, member_id=bea.id, password="not it")
    with pytest.raises(MemberNotFound):
        ownership.transfer(**given, user_id=ada.id, member_id=stranger.id, password=PASSWORD)
    for nobody in (None, ada.id):
        with pytest.raises(NoNewOwner):
            ownership.transfer(**given, user_id=ada.id, member_id=nobody, password=PASSWORD)
    assert all_members(session) == before


def test_with_two_factor_sign_in_a_code_is_needed_which_works_once(session: WriteSession) -> None:
    shop, ada, bea = ownership_of(session)
    _, codes = turn_on(session, ada, now=NOW)
    given = {"session": session, "user_id": ada.id, "shop": shop.slug, "member_id": bea.id, "password": PASSWORD}
    with pytest.raises(MissingCode):
        ownership.transfer(**given, stays_as=None, code=" ", now=NOW)
    assert roles(session, shop)["bea@example.com"] == (MemberRole.STAFF, (Permission.STAFF,))
    ownership.transfer(**given, stays_as=None, code=codes[0], now=NOW)
    assert roles(session, shop) == {"bea@example.com": (MemberRole.OWNER, tuple(Permission))}


def test_over_rest_both_are_told_by_mail_and_the_former_owner_has_left(browser: TestClient) -> None:
    bea = create_user(email="bea@example.com")
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
        _join(session, shop, by=ada, user=bea)
    url = f"/api/v1/shops/{shop.slug}/owners"
    nobody = browser.post(url, json={"member_id": "", "password": PASSWORD})
    assert (nobody.status_code, nobody.json()["fields"]) == (
        422,
        {"member_id": "Choose somebody who isn't an owner yet."},
    )
    assert browser.post(url, json={"member_id": UNKNOWN_ID, "password": PASSWORD}).status_code == 404
    done = browser.post(url, json={"member_id": str(bea.id), "stays_as": "nobody", "password": PASSWORD})
    assert (done.status_code, done.json()) == (200, {"next": "/sell?left=1"})
    assert browser.get(f"/api/v1/shops/{shop.slug}/members").status_code == 404
    assert {(each.to, each.subject) for each in _run_jobs()} == {
        ("bea@example.com", "You now own a shop on Plaza"),
        ("ada@example.com", "You made somebody an owner of your shop"),
    }


def _join(session: WriteSession, shop: Shop, *, by: User, user: User) -> None:
    invited = invitations.invite(
        session, user_id=by.id, shop=shop.slug, email=user.email, permissions=(Permission.STAFF,), now=NOW
    )
    invitations.accept(session, user_id=user.id, invitation_id=invited.id, now=NOW)


def _run_jobs() -> list[OutgoingMail]:
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("shops", "mail"):
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return mail.stored_mails(session)
