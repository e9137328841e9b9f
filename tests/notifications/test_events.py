"""Which events notify users: imports, pictures, prices, invitations and devices."""

from datetime import timedelta
from uuid import UUID

import pytest

from platform_app.domain.accounts import service as accounts
from platform_app.domain.accounts.rules import devices
from platform_app.domain.accounts.service.locking import lock_user
from platform_app.domain.editing.service import uploads
from platform_app.domain.imports import service as imports
from platform_app.domain.imports.rules.formats import Format
from platform_app.domain.imports.service import operator
from platform_app.domain.media import service as media
from platform_app.domain.notifications import queries
from platform_app.domain.notifications import service as notifications
from platform_app.domain.notifications.schemas import Notification
from platform_app.domain.shared.model_base import utc_now
from platform_app.domain.shops import queries as shops
from platform_app.domain.shops.rules import Permission
from platform_app.domain.shops.service import invitations
from platform_app.infra import db, outbox
from platform_app.infra.db import WriteSession
from tests.accounts.helpers import create_user
from tests.accounts.helpers import run_jobs as run_account_jobs
from tests.editing import helpers
from tests.factories import NOW, make_shop, make_user
from tests.favourites.helpers import create_mug, like, rows, run_jobs, set_price

MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.4 Safari/605.1.15"


def notifications_of(user_id: UUID) -> list[Notification]:
    """The user's notifications, oldest first."""
    with db.reading() as session:
        return list(reversed(queries.of_user(session, user_id=user_id).items))


def lines(user_id: UUID) -> list[tuple[str, str, str]]:
    return [(each.title, each.text, each.href) for each in notifications_of(user_id)]


def test_a_price_drop_notifies_at_once_whatever_was_mailed_and_never_twice(clean: None) -> None:
    user, mug, bowl = create_user(), create_mug(), create_mug(key="bowl", title="Bowl", indexed=False)
    like(user.id, mug.id, bowl.id)
    at = f"/shops/clay-and-co/{mug.slug}"
    for amount in (1600, 1800, 1600, 1500):
        set_price(amount)
        run_jobs()
    heading = "Price drop on one of your favourites"
    assert lines(user.id) == [
        (heading, "Stoneware mug: $16.00, $4.00 less than when you liked it.", at),
        (heading, "Stoneware mug: $15.00, $5.00 less than when you liked it.", at),
    ]
    assert len(rows("SELECT id FROM mail")) == 1  # the pause of a day is for mails only


def test_a_user_who_opted_out_of_mail_is_still_notified_in_plaza(clean: None) -> None:
    user, mug = create_user(), create_mug()
    like(user.id, mug.id)
    with db.writing() as session:
        notifications.set_mail_preferences(session, user_id=user.id, is_wanted={"price_drops": False})
    set_price(1600)
    assert run_jobs() == []
    assert [each.text for each in notifications_of(user.id)] == [
        "Stoneware mug: $16.00, $4.00 less than when you liked it."
    ]


def test_an_invitation_notifies_once_a_day_per_shop_without_the_shops_name(session: WriteSession) -> None:
    owner, guest = helpers.seller(session), make_user(session, email="bob@example.com").user
    for now in (NOW, NOW + timedelta(hours=1), NOW + timedelta(days=1)):
        for email in ("BOB@example.com", "nobody@example.com"):
            invitations.invite(
                session, user_id=owner.user_id, shop=owner.slug, email=email, permissions=[Permission.STOCK], now=now
            )
    found = queries.of_user(session, user_id=guest.id).items
    expected = ("You're invited to help run a shop", "You can accept or decline within seven days.", "/sell")
    assert [(each.title, each.text, each.href) for each in found] == [expected] * 2


def test_a_refused_picture_links_to_the_listing_that_waits_for_it(session: WriteSession) -> None:
    owner = helpers.seller(session)
    edit = helpers.create_draft(session, owner)
    given = {"user_id": owner.user_id, "shop": owner.slug}
    created = [uploads.create_upload(session, **given, content_type="image/png", size=9, now=NOW) for _ in range(2)]
    for upload in created:
        uploads.complete_upload(session, **given, upload_id=upload.id, stored_bytes=9)
    helpers.save_draft(session, owner, edit, title="Mug", pictures=[{"upload_id": created[0].id}])
    for upload in created:  # no listing waits for the second one any more
        refused = media.reject_upload(session, shop_id=owner.shop_id, upload_id=upload.id, reason="is damaged", now=NOW)
        assert refused is not None
        uploads.notify_rejected(session, upload=refused, now=NOW)
    (notification,) = queries.of_user(session, user_id=owner.user_id).items
    assert (notification.title, notification.text) == ("A picture couldn't be used", "Mug: the file is damaged.")
    assert notification.href == f"/sell/{owner.slug}/listings/{edit.listing_id}"


def started(session: WriteSession, owner: UUID | None) -> UUID:
    """An import as if it was started in a browser, or on the command line."""
    shop = shops.find_by_slug(session, slug="clay-and-co") or make_shop(session)
    run = operator.start(
        session, shop=shop, file_key="x", file_name="goods.csv", asked_format=Format.AUTO, mapping={}, dry_run=False, now=NOW
    )  # fmt: skip
    values = {"owner": owner, "id": run.id}
    session.connection().exec_driver_sql("UPDATE import_run SET user_id = %(owner)s WHERE id = %(id)s", values)
    session.expire_all()
    return run.id


def test_a_failed_import_notifies_the_user_who_started_it(
    session: WriteSession,
) -> None:
    user_id = make_user(session).user.id
    read, killed = started(session, user_id), started(session, user_id)
    for run_id in (read, started(session, None)):
        for _ in range(2):
            imports.reject(session, run_id=run_id, reason="This is no table.", now=NOW)
    session.execute(outbox.outbox.update().values(failed_at=NOW, error="Traceback\nValueError: boom"))
    assert imports.fail_abandoned(session, now=NOW) == 1
    found = queries.of_user(session, user_id=user_id).items
    assert [(each.title, each.text, each.href) for each in reversed(found)] == [
        ("Your import failed", "goods.csv: This is no table.", f"/sell/clay-and-co/imports/{read}"),
        ("Your import failed", "goods.csv: ValueError: boom", f"/sell/clay-and-co/imports/{killed}"),
    ]


def signed_in_from(user_id: UUID, agent: str, ip: str) -> None:
    with db.writing() as session:
        accounts.create_session(
            session, user=lock_user(session, user_id=user_id), now=utc_now(), user_agent=agent, ip=ip
        )


def test_a_sign_in_from_an_unknown_device_notifies_in_plaza_and_by_mail(clean: None) -> None:
    user = create_user()
    signed_in_from(user.id, "Firefox/130 (X11; Linux)", "192.0.2.1")
    signed_in_from(
        user.id, "Firefox/131 (X11; Linux)", "192.0.2.200"
    )  # a browser update, and another IP of the same network
    assert run_account_jobs() == []
    signed_in_from(user.id, MAC, "192.0.2.1")
    signed_in_from(user.id, MAC, "192.0.2.1")
    (letter,) = run_account_jobs()
    signed_in_from(user.id, MAC, "198.51.100.7")
    assert len(run_account_jobs()) == 2
    expected_text = "Safari on Mac, {}. If this wasn't you, change your password."
    assert lines(user.id) == [
        ("New sign-in to your account", expected_text.format(ip), "/account/security")
        for ip in ("192.0.2.1", "198.51.100.7")
    ]
    assert (letter.to, letter.subject) == (user.email, "New sign-in to your account")
    assert "with Safari on Mac from the IP address 192.0.2.1, on " in letter.text
    assert "/account/security" in letter.text


def test_a_device_stays_known_after_its_session_and_is_deleted_after_a_year(clean: None) -> None:
    user = create_user()
    for agent in ("Firefox/130", MAC):
        signed_in_from(user.id, agent, "192.0.2.1")
    with db.writing() as session:
        accounts.end_all_sessions(session, user_id=user.id)
        session.execute(outbox.outbox.delete())
    signed_in_from(user.id, MAC, "192.0.2.1")
    assert rows("SELECT job FROM outbox") == []
    with db.writing() as session:
        accounts.sweep(session, now=utc_now() + timedelta(days=366))
    assert rows("SELECT * FROM known_device") == []


@pytest.mark.parametrize(
    ("ip", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("fe80::1%eth0", "fe80::/48"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_a_network_is_the_stable_part_of_a_households_ip(ip: str, network: str) -> None:
    assert devices.network(ip) == network


@pytest.mark.parametrize(
    ("ip", "shown"),
    [("192.0.2.77", "192.0.2.77"), ("::ffff:192.0.2.77", "192.0.2.77"), ("2001:db8::3", "2001:db8::3")]
    + [(made_up, "") for made_up in ("", "testclient", "You have won, call 555", "192.0.2.1 or so")],
)
def test_a_mail_contains_no_invalid_ip(ip: str, shown: str) -> None:
    assert devices.printable_ip(ip) == shown
