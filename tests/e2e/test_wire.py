"""What anybody can send over a websocket, and what they get for it."""

from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest

from platform_app.domain.accounts import rules, service
from platform_app.infra import db, pokes
from platform_app.infra.settings import settings
from state import sockets
from tests.e2e import people, wire

ACCOUNT = "state___accounts____account_state"
SECURITY = "state___accounts____security_state"


@pytest.fixture
def tab() -> str:
    """A tab's name, as a browser makes it up."""
    return str(uuid4())


def cookie(token: str) -> str:
    return f"{people.COOKIE}={token}"


def test_a_socket_shows_the_account_of_its_cookie(plaza: SimpleNamespace, tab: str) -> None:
    token = people.make("kim@example.org")
    with wire.opened(plaza.url, tab, cookie=cookie(token)) as mine:
        assert "kim@example.org" in mine.hydrate("/account")
    with wire.opened(plaza.url, tab) as anonymous:
        shown = anonymous.hydrate("/account")
    assert "/sign-in?next=/account" in shown
    assert "kim@example.org" not in shown


def test_the_same_tab_with_another_cookie_begins_anew(plaza: SimpleNamespace, tab: str) -> None:
    ada, bea = people.make("ada-of-tab@example.org"), people.make("bea-of-tab@example.org")
    for url in plaza.urls:
        with wire.opened(url, tab, cookie=cookie(ada)) as first:
            assert "ada-of-tab@example.org" in first.hydrate("/account")
        with wire.opened(url, tab, cookie=cookie(bea)) as second:
            shown = second.hydrate("/account")
        assert "bea-of-tab@example.org" in shown
        assert "ada-of-tab@example.org" not in shown


def test_the_name_of_somebodys_state_opens_it_to_nobody_else(plaza: SimpleNamespace, tab: str) -> None:
    token = people.make("lou@example.org")
    with wire.opened(plaza.url, tab, cookie=cookie(token)) as mine:
        mine.hydrate("/account")
        kept = next(part.split('"')[0] for part in mine.seen.split('"client_token":"')[1:])
        assert kept != tab
        with wire.opened(plaza.url, kept) as other:
            assert "lou@example.org" not in other.hydrate("/account/security") + other.settle()


def test_what_an_event_says_of_a_user_changes_nothing(plaza: SimpleNamespace, tab: str) -> None:
    token, other = people.make("mia@example.org"), people.make("noa@example.org")
    forged: tuple[dict[str, object], ...] = (
        {"user_id": "noa@example.org"},
        {"digest": other, "cookie": cookie(other)},
        {"state": {"profile": {"email": "noa@example.org"}}},
    )
    for payload in forged:
        with wire.opened(plaza.url, tab, cookie=cookie(token)) as mine:
            mine.hydrate("/account")
            for handler in ("load", "refresh", "_show", "_read", "_tell", "set_profile", "setvar"):
                mine.send(f"{ACCOUNT}.{handler}", payload, path="/account")
                mine.send(f"{SECURITY}.{handler}", payload, path="/account/security")
            assert "noa@example.org" not in mine.settle().replace('{"email":"noa@example.org"}', "")
            assert "mia@example.org" in mine.seen


@pytest.mark.parametrize(
    "header",
    [
        "plaza_session=" + "x" * 43,
        "plaza_session=" + "x" * 6000,
        "plaza_session=; plaza_session",
        'plaza_session="\\000"; =; ;;',
        "plaza_session=' OR 1=1 --",
        "plaza_session=é",
    ],
)
def test_a_cookie_that_was_made_up_is_nobody(plaza: SimpleNamespace, tab: str, header: str) -> None:
    with wire.opened(plaza.url, tab, cookie=header) as nobody:
        assert "/sign-in?next=/account" in nobody.hydrate("/account")


def test_no_header_that_opens_anything_is_kept_with_a_state(plaza: SimpleNamespace, tab: str) -> None:
    token = people.make("pia@example.org")
    with wire.opened(plaza.url, tab, cookie=cookie(token)) as mine:
        mine.hydrate("/search?q=mug")
        mine.settle()
    with wire.opened(plaza.url, tab, cookie=cookie(token)) as again:  # by then the first has been written
        again.hydrate("/search?q=mug")
        kept = people.kept_states()
    assert "q=mug" in kept
    for secret in (token, "a-secret-of-a-program", "pia@example.org"):
        assert secret not in kept


def test_a_session_that_ends_without_a_word_loses_its_socket_at_the_next_look(plaza: SimpleNamespace, tab: str) -> None:
    """Nothing tells of it but the database, as when a poke is lost."""
    token = people.make("quin@example.org")
    with wire.opened(plaza.url, tab, cookie=cookie(token)) as mine:
        mine.hydrate("/")
        url = settings().database_url.get_secret_value().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM user_session")
        assert mine.is_closed()


def test_an_ended_sessions_cookie_keeps_its_socket_as_nobodys(plaza: SimpleNamespace, tab: str) -> None:
    ended, other = people.make("rae@example.org"), people.make("sam@example.org")
    with db.writing() as session:
        service.sign_out(session, digest=rules.digest(ended))
    with (
        wire.opened(plaza.url, tab, cookie=cookie(ended)) as nobody,
        wire.opened(plaza.url, str(uuid4()), cookie=cookie(other)) as signed_in,
    ):
        nobody.hydrate("/")
        signed_in.hydrate("/")
        pokes.publish([f"session:{rules.digest(ended)}"])
        with db.writing() as session:
            service.sign_out(session, digest=rules.digest(other))
        assert signed_in.is_closed()
        nobody.settle()


def test_a_tabs_state_is_named_by_the_browser_and_the_session_together() -> None:
    names = {sockets.tab(given, digest=digest) for given in ("a", "b") for digest in ("", "1", "2")}
    assert len(names) == 6
    assert sockets.tab("a", digest="1") == sockets.tab("a", digest="1")
