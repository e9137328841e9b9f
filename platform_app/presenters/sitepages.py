"""A site page, and the footer's links to all of them, as the app and the first paint show them."""

from dataclasses import dataclass

from babel.dates import format_date

from platform_app.domain.catalog.rules import sanitize_html
from platform_app.domain.sitepages.rules import Slug
from platform_app.domain.sitepages.schemas import SitePage
from platform_app.presenters.shared import LinkView

FOOTER_LINKS = tuple(LinkView(slug.label, f"/pages/{slug}") for slug in Slug)


@dataclass(frozen=True)
class SitePageView:
    """A site page: `text` is safe HTML, `changed` is empty for the built-in text."""

    heading: str = ""
    text: str = ""
    changed: str = ""


def site_page(found: SitePage) -> SitePageView:
    """A site page with everything that it shows."""
    changed = f"Last changed on {format_date(found.updated_at, 'd MMMM y', locale='en')}" if found.updated_at else ""
    return SitePageView(heading=found.title, text=sanitize_html(found.text), changed=changed)


def title(found: SitePage) -> str:
    """The title of the browser's tab."""
    return f"{found.title} · Plaza"
