"""A seller's text is stored unchanged and rendered harmless."""

import nh3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platform_app.domain.catalog import rules


def test_scripts_styles_and_handlers_are_removed_from_a_description() -> None:
    hostile = '<p onclick="x()">Hello <b>you</b></p><script>alert(1)</script><style>p{}</style><img src=x onerror=y><a href="javascript:z">k</a>'
    assert rules.sanitize_html(hostile) == "<p>Hello <b>you</b></p><p>k</p>"


def test_plain_text_becomes_paragraphs_and_is_escaped() -> None:
    assert rules.sanitize_html("One & two\nthree\n\nfive > 4") == "<p>One &amp; two<br>three</p><p>five &gt; 4</p>"


def test_a_tag_ends_before_the_next_begins() -> None:
    # Otherwise the parser would read to the end of the text once for each unclosed tag.
    for pattern, text in ((rules._MARKUP, "<a <b>"), (rules._BLOCK, "<p <br>")):
        found = pattern.search(text)
        assert found is not None
        assert found.start() == 3
    assert rules._MARKUP.search("<a" * 1000) is None


def test_search_and_programs_get_plain_text() -> None:
    assert rules.plain_text("<p>Fish &amp; chips</p><ul><li>one</li><li>two</li></ul><script>x</script>").split() == [
        "Fish", "&", "chips", "one", "two",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("description", "shown"),
    [
        ("One.\r\n\r\nTwo,\r\nand more.", "<p>One.</p><p>Two,<br>and more.</p>"),
        ("A <b>bold</b> word.\n\nNext.\nLine.", "<p>A <b>bold</b> word.</p><p>Next.<br>Line.</p>"),
        ("First<br>\nsecond<br><br>third", "<p>First<br>second</p><p>third</p>"),
        ("<div>One.</div><div>Two.</div>", "<p>One.</p><p>Two.</p>"),
        ("<b>One.\n\nTwo.</b> Three.", "<p><b>One.</b></p><p><b>Two.</b> Three.</p>"),
        (
            "Loose,\nwrapped.\n\nAgain.<ul>\n<li>a\n\nb</li>\n</ul>End.",
            "<p>Loose,\nwrapped.</p><p>Again.</p><ul>\n<li>a\n\nb</li>\n</ul><p>End.</p>",
        ),
        ("<p>Wrapped in\nits source.</p>\n\n<p>Two.</p>", "<p>Wrapped in\nits source.</p><p>Two.</p>"),
        ("<p>One.</p><p>&nbsp;</p><p><br></p><p>Two.</p>", "<p>One.</p><p>Two.</p>"),
        ("<p>Open<p>again\n\nand more", "<p>Open</p><p>again\n\nand more</p>"),
        ("<h1>Care</h1>Wash cold.", "<p>Care</p><p>Wash cold.</p>"),
        ("a<script>x\n\ny</script>b", "<p>ab</p>"),
    ],
)
def test_a_description_keeps_its_paragraphs_with_and_without_markup(description: str, shown: str) -> None:
    assert rules.sanitize_html(description) == shown


@given(
    st.lists(st.sampled_from(("<p>", "</p>", "<div>", "<ul><li>", "</ul>", "<b>", "</b>", "<br>", "\n\n", "a", "b ")))
)
def test_paragraphs_neither_add_nor_lose_text(parts: list[str]) -> None:
    shown = nh3.clean(rules.sanitize_html("".join(parts)), tags=set())
    assert "".join(shown.split()) == "".join("".join(part for part in parts if "<" not in part).split())
