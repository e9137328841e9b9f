"""What a seller writes is kept as it is, and shown so that it can do no harm."""

import re

import pytest

from platform_app.domain.catalog import rules


def test_scripts_styles_and_handlers_vanish_from_a_description() -> None:
    wicked = '<p onclick="x()">Hello <b>you</b></p><script>alert(1)</script><style>p{}</style><img src=x onerror=y><a href="javascript:z">k</a>'
    assert rules.safe_html(wicked) == "<p>Hello <b>you</b></p>k"


def test_plain_text_becomes_paragraphs_and_is_escaped() -> None:
    assert rules.safe_html("One & two\nthree\n\nfive > 4") == "<p>One &amp; two<br>three</p><p>five &gt; 4</p>"


@pytest.mark.parametrize("hostile", ["<a" * 25_000, "<p " * 16_000, "<" * 50_000])
def test_unclosed_markup_is_read_in_one_go(hostile: str) -> None:
    assert len(re.findall("script", rules.safe_html(hostile) + rules.plain_text(hostile))) == 0


def test_search_and_programs_get_words_only() -> None:
    assert rules.plain_text("<p>Fish &amp; chips</p><ul><li>one</li><li>two</li></ul><script>x</script>").split() == [
        "Fish", "&", "chips", "one", "two",
    ]  # fmt: skip
