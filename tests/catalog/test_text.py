"""A seller's text is stored unchanged and rendered harmless."""

from platform_app.domain.catalog import rules


def test_scripts_styles_and_handlers_are_removed_from_a_description() -> None:
    hostile = '<p onclick="x()">Hello <b>you</b></p><script>alert(1)</script><style>p{}</style><img src=x onerror=y><a href="javascript:z">k</a>'
    assert rules.sanitize_html(hostile) == "<p>Hello <b>you</b></p>k"


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
