"""The browser's address, as a page asks for it; all of it is the visitor's to make up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

import reflex as rx

from platform_app.domain.shared.addresses import clean, query_values
from state import router

MAX_KEY = 2000  # characters by which two addresses are told apart; the browser cuts at the same place
_SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,199}")


@dataclass(frozen=True)
class Address:
    """A path and its query; `key` is both, as the browser writes them."""

    path: str = "/"
    query: Mapping[str, str] = field(default_factory=dict)
    key: str = ""

    def slugs(self) -> tuple[str, ...]:
        """The path's parts; one that can be no slug becomes one that nothing has."""
        parts = [part for part in self.path.split("/") if part]
        return tuple(part if _SLUG.fullmatch(part) else "-" for part in parts)


def of(state: rx.State) -> Address:
    """Where this tab is."""
    url = router.url(state)
    # A static host may add a slash to the path; the browser drops it at the same place, see `runtime.here`.
    path, query = clean(str(url.path)).rstrip("/") or "/", clean(str(url.query))
    return Address(path=path, query=query_values(query), key=(f"{path}?{query}" if query else path)[:MAX_KEY])


def href(path: str, values: Mapping[str, str]) -> str:
    """A link to the path with those of the values that are given."""
    query = urlencode({name: value for name, value in values.items() if value})
    return f"{path}?{query}" if query else path
