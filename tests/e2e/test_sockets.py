"""What a client can send over a websocket, and what it gets back."""

from types import SimpleNamespace
from uuid import uuid4

import psycopg
import pytest

from platform_app.domain.accounts import rules, service
from platform_app.domain.accounts.tags import session_tag
from platform_app.infra import db, invalidation
from platform_app.infra.settings import settings
from state.core import sockets
from tests.e2e import users
from tools.bench import socket_client

ACCOUNT = "state___accounts____account_state"
SECURITY = "state___accounts____security_state"


@pytest.fixture
def tab() -> str:
    """The token of a new tab, as a browser generates it."""
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


def test_the_same_tab_with_another_cookie_gets_a_new_state(plaza: SimpleNamespace, tab: str) -> None:
    ada, bea = users.make_session("ada-of-tab@example.org"), users.make_session("bea-of-tab@example.org")
    for url in plaza.urls:
        with socket_client.open_socket(url, tab, cookie=cookie(ada)) as first:
            assert "ada-of-tab@example.org" in first.hydrate("/account")
        with socket_client.open_socket(url, tab, cookie=cookie(bea)) as second:
            shown = second.hydrate("/account")
        assert "bea-of-tab@example.org" in shown
        assert "ada-of-tab@example.org" not in shown


def test_the_token_of_a_tab_opens_its_state_for_its_own_session_only(plaza: SimpleNamespace, tab: str) -> None:
    token = users.make_session("lou@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
        client.hydrate("/account")
        state_token = next(part.split('"')[0] for part in client.received.split('"client_token":"')[1:])
        assert state_token != tab
        with socket_client.open_socket(plaza.url, state_token) as other:
            assert "lou@example.org" not in other.hydrate("/account/security") + other.settle()


def test_user_data_in_an_event_changes_nothing(plaza: SimpleNamespace, tab: str) -> None:
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
def test_an_invalid_cookie_counts_as_signed_out(plaza: SimpleNamespace, tab: str, header: str) -> None:
    with socket_client.open_socket(plaza.url, tab, cookie=header) as nobody:
        assert "/sign-in?next=/account" in nobody.hydrate("/account")


def test_no_credentials_are_stored_with_a_state(plaza: SimpleNamespace, tab: str) -> None:
    token = users.make_session("pia@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as first:
        first.hydrate("/search?q=mug")
        first.settle()
    with socket_client.open_socket(
        plaza.url, tab, cookie=cookie(token)
    ) as second:  # by then the first state has been written
        second.hydrate("/search?q=mug")
        stored = users.stored_states()
    assert "q=mug" in stored
    for secret in (token, "a-secret-of-a-program", "pia@example.org"):
        assert secret not in stored


def test_a_socket_closes_at_the_next_check_when_its_session_ended_without_an_invalidation(
    plaza: SimpleNamespace, tab: str
) -> None:
    """Only the row is deleted, as if the invalidation were lost."""
    token = users.make_session("quin@example.org")
    with socket_client.open_socket(plaza.url, tab, cookie=cookie(token)) as client:
        client.hydrate("/")
        url = settings().database_url.get_secret_value().replace("+psycopg", "")
        with psycopg.connect(url) as connection:
            connection.execute("DELETE FROM user_session")
        assert client.is_closed()


def test_a_socket_with_the_cookie_of_an_ended_session_stays_open_signed_out(plaza: SimpleNamespace, tab: str) -> None:
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


def test_a_state_token_depends_on_the_tab_and_the_session() -> None:
    names = {sockets.state_token(tab_token, digest=digest) for tab_token in ("a", "b") for digest in ("", "1", "2")}
    assert len(names) == 6
    assert sockets.state_token("a", digest="1") == sockets.state_token("a", digest="1")
