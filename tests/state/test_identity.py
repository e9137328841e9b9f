"""Where the sign-in page leads back to."""

import pytest

from state.core import identity
from state.core.page_url import PageUrl


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
def test_one_comes_back_to_a_page_of_ours_or_to_none(path: str, href: str) -> None:
    assert identity.sign_in_url(path) == href


@pytest.mark.parametrize(
    ("path", "query", "url"),
    [
        ("/account", {}, "/account"),
        ("/search", {"q": "a mug"}, "/search?q=a+mug"),
        ("/account", {"next": "/account", "verified": "1"}, "/account?verified=1"),
    ],
)
def test_the_place_one_comes_back_to_is_no_way_to_the_sign_in_page(path: str, query: dict[str, str], url: str) -> None:
    assert identity._return_url(PageUrl(path=path, query=query)) == url
