"""What axe finds on a page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# On top of axe's own choice: an accessible name contains the visible text, so that it can be spoken.
_RULES = {"label-content-name-mismatch": {"enabled": True}}


def violations(page: Page) -> list[tuple[str, list[str]]]:
    """The rules that the page breaks, with the elements that break them."""
    found: list[dict[str, Any]] = Axe().run(page, options={"rules": _RULES}).response["violations"]
    return [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in found]
