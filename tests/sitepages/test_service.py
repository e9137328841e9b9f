"""Site pages: their built-in texts, and what an operator writes instead."""

import re
from typing import Any

import pytest

from platform_app.domain.catalog.rules import plain_text, sanitize_html
from platform_app.domain.sitepages import queries, rules, service
from platform_app.domain.sitepages.errors import InvalidSitePage, SitePageChanged, SitePageNotFound
from platform_app.domain.sitepages.rules import Slug
from platform_app.domain.sitepages.rules.default_texts import DEFAULT_PAGES
from platform_app.domain.sitepages.schemas import SitePage
from platform_app.infra.db import WriteSession
from platform_app.presenters import sitepages as presenters
from tests.factories import NOW


def edit(session: WriteSession, **overrides: Any) -> SitePage:
    values: dict[str, Any] = {
        "slug": "terms",
        "title": "Our terms",
        "text": "<p>Be kind.</p>",
        "version": 0,
        **overrides,
    }
    return service.edit(session, **values, now=NOW)


def test_a_page_has_its_built_in_text_until_it_is_edited(session: WriteSession) -> None:
    before = queries.by_slug(session, slug="terms")
    assert (before.title, before.version, before.updated_at) == ("Terms of use", 0, None)
    edited = edit(session, title="  Our \n terms ", text="\r\n<p>Be kind.</p>\r\n<p>Pay.</p> ")
    assert edited == SitePage(
        slug="terms", title="Our terms", text="<p>Be kind.</p>\n<p>Pay.</p>", version=1, updated_at=NOW
    )
    assert queries.by_slug(session, slug="terms") == edited
    assert queries.by_slug(session, slug="privacy").version == 0


def test_each_edit_is_a_new_version(session: WriteSession) -> None:
    edit(session)
    second = edit(session, text="Be very kind.", version=1)
    assert (second.text, second.version) == ("Be very kind.", 2)
    found = queries.summaries(session)
    assert [(each.slug, each.version) for each in found] == [
        ("help", 0), ("contact", 0), ("terms", 2), ("privacy", 0), ("imprint", 0),
    ]  # fmt: skip


@pytest.mark.parametrize(("stored", "version"), [(0, 1), (1, 0), (2, 1), (1, 2)])
def test_an_edit_of_another_version_is_refused_and_changes_nothing(
    session: WriteSession, stored: int, version: int
) -> None:
    for number in range(stored):
        edit(session, version=number)
    before = queries.by_slug(session, slug="terms")
    with pytest.raises(SitePageChanged):
        edit(session, text="Mine.", version=version)
    session.expire_all()
    assert queries.by_slug(session, slug="terms") == before


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", " "),
        ("title", "x" * (rules.MAX_TITLE + 1)),
        ("title", "a\u202eb"),
        ("text", " \n "),
        ("text", "<p> </p><script>alert(1)</script>"),
        ("text", "a\x00b"),
        ("text", "\ud800"),
        ("text", "x" * (rules.MAX_TEXT + 1)),
    ],
)
def test_a_title_or_text_that_does_not_fit_is_refused_and_changes_nothing(
    session: WriteSession, field: str, value: str
) -> None:
    with pytest.raises(InvalidSitePage) as refusal:
        edit(session, **{field: value})
    assert refusal.value.fields.keys() == {field}
    assert queries.by_slug(session, slug="terms").version == 0


@pytest.mark.parametrize("slug", ["", "about", "HELP", "help\x00", "../terms"])
def test_no_other_page_is_found_or_made(session: WriteSession, slug: str) -> None:
    with pytest.raises(SitePageNotFound):
        queries.by_slug(session, slug=slug)
    with pytest.raises(SitePageNotFound):
        edit(session, slug=slug)
    assert [each.slug for each in queries.summaries(session)] == list(Slug)


@pytest.mark.parametrize("slug", Slug)
def test_a_built_in_text_is_valid_and_shows_all_its_markup(slug: Slug) -> None:
    page = DEFAULT_PAGES[slug]
    assert (rules.clean_title(page.title), rules.clean_text(page.text)) == (page.title, page.text)
    tags = re.findall(r"<[^>]+>", page.text)
    assert re.findall(r"<[^>]+>", sanitize_html(page.text)) == tags
    assert len(plain_text(page.text)) > 200


@pytest.mark.parametrize("slug", [Slug.CONTACT, Slug.TERMS, Slug.PRIVACY, Slug.IMPRINT])
def test_a_built_in_text_begins_with_what_is_missing_and_names_each_gap(slug: Slug) -> None:
    text = plain_text(DEFAULT_PAGES[slug].text)
    assert re.match(r"(This page is not finished|These terms have not been written yet)\.", text)
    assert len(re.findall(r"\[[^\]]+\]", text)) >= 3


def test_a_page_is_shown_as_safe_html_with_the_day_of_its_last_change(session: WriteSession) -> None:
    edited = edit(session, text='<p onclick="x()">Be kind.<script>steal()</script></p>')
    view = presenters.site_page(edited)
    assert (view.heading, view.text, view.changed) == (
        "Our terms", "<p>Be kind.</p>", "Last changed on 23 November 2026",
    )  # fmt: skip
    assert presenters.title(edited) == "Our terms · Plaza"
    assert presenters.site_page(queries.by_slug(session, slug="help")).changed == ""


def test_the_footer_links_every_page() -> None:
    linked = [(each.label, each.href) for each in presenters.FOOTER_LINKS]
    assert linked == [
        ("Help", "/pages/help"),
        ("Contact", "/pages/contact"),
        ("Terms", "/pages/terms"),
        ("Privacy", "/pages/privacy"),
        ("Imprint", "/pages/imprint"),
    ]
