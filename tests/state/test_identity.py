"""The acting user is read once per event, and sign-in returns to a local page."""

import asyncio

import pytest
from prometheus_client import REGISTRY

from platform_app.domain.accounts import queries as accounts
from platform_app.domain.accounts import rules
from platform_app.domain.accounts.schemas import Viewer
from platform_app.infra import cache, db
from state.core import identity
from state.core.page_url import PageUrl
from tests.factories import make_user


@pytest.mark.usefixtures("clean")
def test_an_event_reads_the_memberships_of_its_user_once() -> None:
    async def ask_twice(user: Viewer) -> float:
        before = cached_reads()
        assert await identity.memberships(user) == ()
        assert await identity.memberships(user) == ()
        return cached_reads() - before

    async def events() -> list[float]:
        token = (await db.write(make_user)).token
        user = await db.read(accounts.viewer.query, digest=rules.digest(token))
        assert user is not None
        await identity.memberships(user)
        outside = await ask_twice(user)
        with identity.event_scope():
            first = await ask_twice(user)
        with identity.event_scope():
            second = await ask_twice(user)
        await cache._redis().aclose()
        return [outside, first, second]

    assert asyncio.run(events()) == [2, 1, 1]


def cached_reads() -> float:
    """The number of reads that this process has answered from its memory."""
    return REGISTRY.get_sample_value("plaza_cache_total", {"source": "process"}) or 0.0


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("/account", "/sign-in?next=/account"),
        ("/search?q=mug&sort=newest", "/sign-in?next=/search%3Fq%3Dmug%26sort%3Dnewest"),
        ("", "/sign-in"),
        ("//evil.example", "/sign-in"),
        ("/\\evil.example", "/sign-in"),
        ("https://evil.example", "/sign-in"),
        ("javascript:alert(1)", "/sign-in"),
    ],
)
def test_sign_in_returns_to_a_local_page_only(path: str, href: str) -> None:
    assert identity.sign_in_url(path) == href


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("/account", {}, "/account"),
        ("/search", {"q": "a mug"}, "/search?q=a+mug"),
        ("/account", {"next": "/account", "verified": "1"}, "/account?verified=1"),
    ],
)
def test_the_return_url_never_contains_a_return_url(path: str, query: dict[str, str], url: str) -> None:
    assert identity._return_url(PageUrl(path=path, lists={name: (value,) for name, value in query.items()})) == url
