"""What anybody can send over a websocket, and what they get for it."""

from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest

from platform_app.domain.accounts import rules, service
from platform_app.domain.accounts.tags import session_tag
from platform_app.infra import db, invalidation
from platform_app.infra.settings import settings
from state.core import sockets
from tests.e2e import socket_client, users

ACCOUNT = "state___accounts____account_state"
SECURITY = "state___accounts____security_state"


@pytest.fixture
def tab() -> str:
    """A tab's name, as a browser makes it up."""
    return str(uuid4())


def cookie(token: str) -> str:
    return f"{users.COOKIE}={token}"


def test_a_socket_shows_the_account_of_its_cookie(plaza: SimpleNamespace, tab: str) -> None:
    token = users.make_session("kim@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
        assert "kim@example.org" in client.hydrate("/account")
    with socket_client.open_socket(plaza.url, tab) as anonymous:
        shown = anonymous.hydrate("/account")
    assert "/sign-in?next=/account" in shown
    assert "kim@example.org" not in shown


def test_the_same_tab_with_another_cookie_begins_anew(plaza: SimpleNamespace, tab: str) -> None:
    ada, bea = users.make_session("ada-of-tab@example.org"), users.make_session("bea-of-tab@example.org")
    for url in plaza.urls:
        with socket_client.open_socket(url, tab, cookie=cookie(ada)) as first:
            assert "ada-of-tab@example.org" in first.hydrate("/account")
        with socket_client.open_socket(url, tab, cookie=cookie(bea)) as second:
            shown = second.hydrate("/account")
        assert "bea-of-tab@example.org" in shown
        assert "ada-of-tab@example.org" not in shown


def test_the_name_of_somebodys_state_opens_it_to_nobody_else(plaza: SimpleNamespace, tab: str) -> None:
    token = users.make_session("lou@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
        client.hydrate("/account")
        state_token = next(part.split('"')[0] for part in client.received.split('"client_token":"')[1:])
        assert state_token != tab
        with socket_client.open_socket(plaza.url, state_token) as other:
            assert "lou@example.org" not in other.hydrate("/account/security") + other.settle()


def test_what_an_event_says_of_a_user_changes_nothing(plaza: SimpleNamespace, tab: str) -> None:
    token, other = users.make_session("mia@example.org"), users.make_session("noa@example.org")
    forged: tuple[dict[str, object], ...] = (
        {"user_id": "noa@example.org"},
        {"digest": other, "cookie": cookie(other)},
        {"state": {"profile": {"email": "noa@example.org"}}},
    )
    for payload in forged:
        with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
            client.hydrate("/account")
            for handler in ("load", "refresh", "_show", "_read", "_set_values", "set_profile", "setvar"):
                client.send(f"{ACCOUNT}.{handler}", payload, path="/account")
                client.send(f"{SECURITY}.{handler}", payload, path="/account/security")
            assert "noa@example.org" not in client.settle().replace('{"email":"noa@example.org"}', "")
            assert "mia@example.org" in client.received


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
    with socket_client.open_socket(plaza.url, tab, cookie=header) as nobody:
        assert "/sign-in?next=/account" in nobody.hydrate("/account")


def test_no_header_that_opens_anything_is_kept_with_a_state(plaza: SimpleNamespace, tab: str) -> None:
    token = users.make_session("pia@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as first:
        first.hydrate("/search?q=mug")
        first.settle()
    with socket_client.open_socket(
        plaza.url, tab, cookie=cookie(token)
    ) as second:  # by then the first has been written
        second.hydrate("/search?q=mug")
        stored = users.stored_states()
    assert "q=mug" in stored
    for secret in (token, "a-secret-of-a-program", "pia@example.org"):
        assert secret not in stored


def test_a_session_that_ends_without_a_word_loses_its_socket_at_the_next_look(plaza: SimpleNamespace, tab: str) -> None:
    """Nothing tells of it but the database, as when a poke is lost."""
    token = users.make_session("quin@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
        client.hydrate("/")
        url = settings().database_url.get_secret_value().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM user_session")
        assert client.is_closed()


def test_an_ended_sessions_cookie_keeps_its_socket_as_nobodys(plaza: SimpleNamespace, tab: str) -> None:
    ended, other = users.make_session("rae@example.org"), users.make_session("sam@example.org")
    with db.writing() as session:
        service.sign_out(session, digest=rules.digest(ended))
    with (
        socket_client.open_socket(plaza.url, tab, cookie=cookie(ended)) as nobody,
        socket_client.open_socket(plaza.url, str(uuid4()), cookie=cookie(other)) as signed_in,
    ):
        nobody.hydrate("/")
        signed_in.hydrate("/")
        invalidation.publish([session_tag(rules.digest(ended))])
        with db.writing() as session:
            service.sign_out(session, digest=rules.digest(other))
        assert signed_in.is_closed()
        nobody.settle()


def test_a_tabs_state_is_named_by_the_browser_and_the_session_together() -> None:
    names = {sockets.state_token(tab_token, digest=digest) for tab_token in ("a", "b") for digest in ("", "1", "2")}
    assert len(names) == 6
    assert sockets.state_token("a", digest="1") == sockets.state_token("a", digest="1")
