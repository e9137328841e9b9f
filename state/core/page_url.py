"""The browser's address, as a page asks for it; all of it is the visitor's to make up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import reflex as rx

from platform_app.domain.shared.query_strings import parse_query_string, strip_control_characters
from state.core import router

MAX_KEY_LENGTH = 2000  # characters by which two addresses are told apart; the browser cuts at the same place
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")


@dataclass(frozen=True)
class PageUrl:
    """A path and its query; `key` is both, as the browser writes them."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def path_segments(self) -> tuple[str, ...]:
        """The path's parts; one that can be no slug becomes one that nothing has."""
        segments = [segment for segment in self.path.split("/") if segment]
        return tuple(segment if _SLUG.fullmatch(segment) else "-" for segment in segments)


def current(state: rx.State) -> PageUrl:
    """Where this tab is."""
    url = router.url(state)
    # A static host may add a slash to the path; the browser drops it at the same place, see `runtime.current_url`.
    path, query = strip_control_characters(str(url.path)).rstrip("/") or "/", strip_control_characters(str(url.query))
    return PageUrl(
        path=path, query=parse_query_string(query), key=(f"{path}?{query}" if query else path)[:MAX_KEY_LENGTH]
    )


def href(path: str, params: Mapping[str, str]) -> str:
    """A link to the path with those of the values that are given."""
    query = urlencode({name: value for name, value in params.items() if value})
    return f"{path}?{query}" if query else path
