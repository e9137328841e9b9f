"""Which site pages there are, and what their titles and texts may be."""

from enum import StrEnum

from platform_app.domain.accounts.rules import normalisation
from platform_app.domain.catalog.rules import plain_text
from platform_app.domain.shared import multiline
from platform_app.domain.shared.errors import Invalid
from platform_app.domain.sitepages.errors import InvalidSitePage, SitePageNotFound

MAX_TITLE = 120
MAX_TEXT = 100_000  # characters, markup included


class Slug(StrEnum):
    """The slugs of all site pages, in the order of the footer."""

    HELP = "help"
    CONTACT = "contact"
    TERMS = "terms"
    PRIVACY = "privacy"
    IMPRINT = "imprint"

    @property
    def label(self) -> str:
        """The label of the footer's link."""
        return self.value.capitalize()


def require_slug(slug: str) -> Slug:
    """The slug of a page that exists; SitePageNotFound."""
    try:
        return Slug(slug)
    except ValueError:
        raise SitePageNotFound from None


def clean_title(title: str) -> str:
    """The title in its stored form, a single line; InvalidSitePage."""
    try:
        return normalisation.single_line(title, field="title", label="a title", max_length=MAX_TITLE)
    except Invalid as error:
        raise InvalidSitePage(fields=error.fields) from None


def clean_text(text: str) -> str:
    """The text in its stored form; InvalidSitePage if it is too long, unreadable or shows nothing."""
    cleaned = multiline.normalize(text)
    if len(cleaned) > MAX_TEXT:
        raise InvalidSitePage(fields={"text": f"Use at most {MAX_TEXT:,} characters; this has {len(cleaned):,}."})
    if not multiline.is_printable(cleaned):
        raise InvalidSitePage(fields={"text": "This contains a character that can't be displayed."})
    if not plain_text(cleaned):
        raise InvalidSitePage(fields={"text": "Write something: this page would be empty."})
    return cleaned
