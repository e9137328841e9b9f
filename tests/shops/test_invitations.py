"""Inviting staff, and how an invitation ends."""

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.shops import queries
from platform_app.domain.shops.errors import AlreadyMember, InvalidShop, InvitationNotFound, TooManyMembers
from platform_app.domain.shops.rules import MAX_MEMBERS, MemberRole, Permission
from platform_app.domain.shops.service import invitations, members
from platform_app.infra import db, invalidation, jobs, mail, relay
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import signed_in
from tests.factories import NOW, make_owner, make_shop, make_user
from workers.subscriptions import SUBSCRIPTIONS

STOCK = (Permission.STOCK,)


def test_the_user_with_the_invited_email_sees_it_and_accepts_it_once(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    invitation = invitations.invite(
        session, user_id=ada.id, shop=shop.slug, email="Bea@Example.com", permissions=STOCK, now=NOW
    )
    assert (invitation.email, invitation.permissions, invitation.expires_at) == (
        "Bea@example.com",
        STOCK,
        NOW + timedelta(days=7),
    )
    bea, eve = (make_user(session, email=f"{name}@example.com").user for name in ("bea", "eve"))
    (seen,) = queries.received_invitations(session, user_id=bea.id, now=NOW)
    assert (seen.id, seen.shop_name, seen.permissions) == (invitation.id, "Clay & Co", STOCK)
    assert queries.received_invitations(session, user_id=eve.id, now=NOW) == ()
    for stranger in (eve, ada):
        with pytest.raises(InvitationNotFound):
            invitations.accept(session, user_id=stranger.id, invitation_id=invitation.id, now=NOW)
        with pytest.raises(InvitationNotFound):
            invitations.decline(session, user_id=stranger.id, invitation_id=invitation.id)
    joined = invitations.accept(session, user_id=bea.id, invitation_id=invitation.id, now=NOW)
    assert (joined.shop_id, joined.role, joined.permissions) == (shop.id, MemberRole.STAFF, STOCK)
    with pytest.raises(InvitationNotFound):
        invitations.accept(session, user_id=bea.id, invitation_id=invitation.id, now=NOW)
    assert queries.invitations(session, shop_id=shop.id, now=NOW) == ()


def test_an_invitation_expires_after_a_week_and_can_be_withdrawn_or_declined(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    bea = make_user(session, email="bea@example.com").user
    arguments = {"user_id": ada.id, "shop": shop.slug, "email": "bea@example.com", "permissions": STOCK}
    late = NOW + timedelta(days=7)
    old = invitations.invite(session, **arguments, now=NOW)
    assert queries.received_invitations(session, user_id=bea.id, now=late) == ()
    with pytest.raises(InvitationNotFound):
        invitations.accept(session, user_id=bea.id, invitation_id=old.id, now=late)
    again = invitations.invite(session, **arguments, now=late)
    with pytest.raises(InvitationNotFound):
        invitations.accept(session, user_id=bea.id, invitation_id=old.id, now=late)
    invitations.withdraw(session, user_id=ada.id, shop=shop.slug, invitation_id=again.id)
    with pytest.raises(InvitationNotFound):
        invitations.withdraw(session, user_id=ada.id, shop=shop.slug, invitation_id=again.id)
    third = invitations.invite(session, **arguments, now=late)
    invitations.decline(session, user_id=bea.id, invitation_id=third.id)
    assert queries.received_invitations(session, user_id=bea.id, now=late) == ()
    assert len(queries.members(session, shop_id=shop.id)) == 1


def test_an_invalid_invitation_is_refused_by_field(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    arguments = {"user_id": ada.id, "shop": shop.slug, "now": NOW}
    with pytest.raises(InvalidShop) as no_address:
        invitations.invite(session, **arguments, email="no address", permissions=STOCK)
    assert no_address.value.fields == {"email": "Enter an e-mail address such as ada@example.com."}
    with pytest.raises(InvalidShop) as nothing:
        invitations.invite(session, **arguments, email="bea@example.com", permissions=())
    assert nothing.value.fields == {"permissions": "Choose at least one permission."}
    with pytest.raises(AlreadyMember):
        invitations.invite(session, **arguments, email="ADA@example.com", permissions=STOCK)
    for number in range(MAX_MEMBERS - 1):
        invitations.invite(session, **arguments, email=f"n{number}@example.com", permissions=STOCK)
    with pytest.raises(TooManyMembers):
        invitations.invite(session, **arguments, email="one-more@example.com", permissions=STOCK)
    assert len(queries.invitations(session, shop_id=shop.id, now=NOW)) == MAX_MEMBERS - 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Clay & Co", "The shop Clay & Co on Plaza has invited you"),
        ("Studio 54", "The shop Studio 54 on Plaza has invited you"),
        ("Cheap pills at evil.example", "A shop on Plaza has invited you"),
        ("Call 0800 12 34 56", "A shop on Plaza has invited you"),
        ("You have won a prize, open the link at once", "A shop on Plaza has invited you"),
    ],
)
def test_the_mail_names_the_shop_unless_its_name_is_a_message(browser: TestClient, name: str, words: str) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session, name=name)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
    browser.post(f"/api/v1/shops/{shop.slug}/invitations", json={"email": "bea@example.com", "permissions": ["stock"]})
    (letter,) = send()
    assert words in letter.text
    assert (name in letter.text) is (name in words)


def test_no_mail_is_sent_for_a_withdrawn_invitation(browser: TestClient) -> None:
    ada = signed_in(browser)
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
    url = f"/api/v1/shops/{shop.slug}/invitations"
    invited = browser.post(url, json={"email": "bea@example.com", "permissions": ["stock", "listings"]})
    assert (invited.status_code, invited.json()["permissions"]) == (201, ["listings", "stock"])
    withdrawn = browser.post(url, json={"email": "cal@example.com", "permissions": ["stock"]}).json()
    assert browser.delete(f"{url}/{withdrawn['id']}").status_code == 204
    (letter,) = send()
    assert (letter.to, letter.subject) == ("bea@example.com", "You're invited to help run a shop")
    assert "/sell" in letter.text
    assert [each["email"] for each in browser.get(url).json()["items"]] == ["bea@example.com"]


def test_a_user_accepts_an_invitation_to_their_own_email_over_rest(pair: tuple[TestClient, TestClient]) -> None:
    owner_browser, invited_browser = pair
    ada = signed_in(owner_browser)
    bea = signed_in(invited_browser, email="bea@example.com", name="Bea")
    with db.writing() as session:
        shop = make_shop(session)
        members.make_owner(session, slug=shop.slug, email=ada.email, now=NOW)
    owner_browser.post(f"/api/v1/shops/{shop.slug}/invitations", json={"email": bea.email, "permissions": ["stock"]})
    assert invited_browser.get("/api/v1/account/shops").json()["items"] == []
    (invited,) = invited_browser.get("/api/v1/account/invitations").json()["items"]
    assert owner_browser.post(f"/api/v1/account/invitations/{invited['id']}/accept").status_code == 404
    joined = invited_browser.post(f"/api/v1/account/invitations/{invited['id']}/accept")
    assert (joined.status_code, joined.json()["next"]) == (200, "/sell/clay-and-co?joined=1")
    assert [each["slug"] for each in invited_browser.get("/api/v1/account/shops").json()["items"]] == ["clay-and-co"]
    for method, path in (("GET", "members"), ("GET", "invitations"), ("DELETE", f"members/{ada.id}")):
        refused = invited_browser.request(method, f"/api/v1/shops/{shop.slug}/{path}")
        assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert invited_browser.delete(f"/api/v1/shops/{shop.slug}/members/{bea.id}").status_code == 204
    assert invited_browser.get("/api/v1/account/shops").json()["items"] == []
    assert invited_browser.get(f"/api/v1/shops/{shop.slug}/members").json()["code"] == "shop_not_found"


@pytest.mark.usefixtures("clean")
def test_of_two_owners_who_leave_concurrently_one_stays() -> None:
    with db.writing() as session:
        shop = make_shop(session)
        owners = [make_owner(session, shop=shop, email=f"{name}@example.com").user.id for name in ("ada", "bea")]
    barrier, refused = threading.Barrier(2), []

    def leave(user_id: object) -> None:
        barrier.wait()
        try:
            with db.writing() as session:
                members.remove(session, user_id=user_id, shop=shop.slug, member_id=user_id)  # type: ignore[arg-type]
        except Exception as error:
            refused.append(type(error).__name__)

    threads = [threading.Thread(target=leave, args=(user_id,)) for user_id in owners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with db.reading() as session:
        assert len(queries.members(session, shop_id=shop.id)) == 1
    assert refused == ["LastOwner"]


@pytest.mark.usefixtures("clean")
def test_accepting_an_invitation_twice_at_once_makes_one_member() -> None:
    with db.writing() as session:
        shop = make_shop(session)
        ada = make_owner(session, shop=shop).user
        bea = make_user(session, email="bea@example.com").user
        invitation = invitations.invite(
            session, user_id=ada.id, shop=shop.slug, email=bea.email, permissions=STOCK, now=NOW
        )
    barrier, ends = threading.Barrier(4), []

    def accept() -> None:
        barrier.wait()
        try:
            with db.writing() as session:
                invitations.accept(session, user_id=bea.id, invitation_id=invitation.id, now=NOW)
            ends.append("joined")
        except InvitationNotFound:
            ends.append("gone")

    threads = [threading.Thread(target=accept) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ends) == ["gone", "gone", "gone", "joined"]


def test_old_invitations_are_swept(session: WriteSession) -> None:
    shop = make_shop(session)
    ada = make_owner(session, shop=shop).user
    arguments = {"user_id": ada.id, "shop": shop.slug, "permissions": STOCK}
    invitations.invite(session, **arguments, email="old@example.com", now=NOW)
    invitations.invite(session, **arguments, email="new@example.com", now=NOW + timedelta(days=1))
    invitations.sweep(session, now=NOW + timedelta(days=7))
    assert session.execute(text("SELECT email FROM shop_invitation")).scalars().all() == ["new@example.com"]
    assert invitations.recipient(session, shop_id=shop.id, invitation_id=uuid4(), now=NOW) is None


def send() -> list[mail.OutgoingMail]:
    """Run the jobs of shops and mail; returns all stored mails."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("shops", "mail"):
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return list(mail.stored_mails(session))
