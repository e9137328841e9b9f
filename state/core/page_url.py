"""The URL of a tab's page. The visitor controls all of it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import reflex as rx

from platform_app.domain.shared.query_strings import parse_query_lists, strip_control_characters
from state.core import router

MAX_KEY_LENGTH = 2000  # characters of a URL that are compared; the browser truncates at the same length
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")


@dataclass(frozen=True)
class PageUrl:
    """A path and its query; `lists` has all values of each parameter; `key` is the URL, exactly as in the browser."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    key: str = ""

    def path_segments(self) -> tuple[str, ...]:
        """The path's segments; one that cannot be a slug becomes "-", which is never a slug."""
        segments = [segment for segment in self.path.split("/") if segment]
        return tuple(segment if _SLUG.fullmatch(segment) else "-" for segment in segments)


def current(state: rx.State) -> PageUrl:
    """The URL of this tab's page."""
    url = router.url(state)
    # A static host may add a slash to the path; `browser.current_url` removes it too.
    path, query = strip_control_characters(str(url.path)).rstrip("/") or "/", strip_control_characters(str(url.query))
    lists = parse_query_lists(query)
    return PageUrl(
        path=path,
        query={name: values[0] for name, values in lists.items()},
        lists=lists,
        key=(f"{path}?{query}" if query else path)[:MAX_KEY_LENGTH],
    )
