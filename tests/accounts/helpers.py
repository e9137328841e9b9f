"""Accounts over REST, with real jobs and the mails that they send."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx2
from fastapi.testclient import TestClient
from sqlalchemy import text

from platform_app.domain.accounts import queries, service
from platform_app.domain.accounts.schemas import User
from platform_app.infra import cache, db, invalidation, jobs, limits, mail, relay
from platform_app.infra.mail import OutgoingMail
from platform_app.rest import app as rest
from platform_app.rest.middleware import RequestMiddleware
from tests.factories import PASSWORD, make_user
from workers.subscriptions import SUBSCRIPTIONS

ADA = {"name": "Ada", "email": "ada@example.com", "password": PASSWORD}
_LINK = re.compile(r"(/[\w-]+)#token=([\w-]{43})")


@contextmanager
def browsers(count: int = 1) -> Iterator[list[TestClient]]:
    """`count` browsers with separate cookies, on one API process."""
    cache.set_listening(False)
    cache._redis.cache_clear()
    limits._local_limiter.cache_clear()
    limits._state["away_until"] = 0.0
    app = RequestMiddleware(rest.build())
    with ExitStack() as stack:
        first = stack.enter_context(TestClient(app, raise_server_exceptions=False))
        others = [TestClient(app, raise_server_exceptions=False) for _ in range(count - 1)]
        for other in others:
            other.portal = first.portal
        yield [first, *others]
        assert first.portal is not None
        first.portal.call(cache._redis().aclose)
    cache._redis.cache_clear()


def session_count() -> int:
    """The number of Ada's sessions."""
    with db.reading() as session:
        user = queries.user_by_email(session, email=ADA["email"])
        return len(queries.sessions(session, user_id=user.id))


def run_jobs() -> list[OutgoingMail]:
    """Run the relay and the workers until no job is left; returns all stored mails, oldest first."""
    while relay.send_due(invalidation.work_redis(), subscriptions=SUBSCRIPTIONS):
        for queue in ("accounts", "mail"):
            jobs.worker(queue).work(burst=True)
    with db.reading() as session:
        return list(reversed(mail.stored_mails(session)))


def link(letter: OutgoingMail) -> tuple[str, str]:
    """The path and the token of a mail's link."""
    found = _LINK.search(letter.text)
    assert found is not None, letter.text
    return found[1], found[2]


def register(browser: TestClient, **overrides: str) -> None:
    """Sign up, and sign in with this browser."""
    values = {**ADA, **overrides}
    assert browser.post("/auth/sign-up", json=values).status_code == 202
    letter = run_jobs()[-1]
    assert letter.to == values["email"]
    done = browser.post("/auth/verify", json={"token": link(letter)[1]})
    assert (done.status_code, done.json()) == (200, {"next": "/account?verified=1"})


def create_user(**overrides: str) -> User:
    """A verified user without sessions or known devices."""
    with db.writing() as session:
        created = make_user(session, **overrides)
        service.end_all_sessions(session, user_id=created.user.id)
        session.execute(text("DELETE FROM outbox"))
    return created.user


def signed_in(browser: TestClient, **overrides: str) -> User:
    """A verified user who is signed in with this browser."""
    user = create_user(**overrides)
    answer = sign_in(browser, email=user.email, password=overrides.get("password", PASSWORD))
    assert answer.status_code == 200
    return user


def sign_in(browser: TestClient, **overrides: Any) -> httpx2.Response:
    """Try to sign in."""
    return browser.post("/auth/sign-in", json={"email": ADA["email"], "password": PASSWORD, **overrides})


def is_signed_in(browser: TestClient) -> bool:
    """Whether the browser's cookie still has a session."""
    return browser.get("/api/v1/account").status_code == 200
