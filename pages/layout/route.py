"""The route of a page, which the page's own module declares, and all of them, found in these modules."""

import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import reflex as rx

import pages
from state.core import browser
from state.layout import LayoutState

_TABLE = "pages.routes"  # has no page of its own
TAGLINE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."


@dataclass(frozen=True)
class AccountLink:
    """A link in the navigation of the account; a lower position comes first."""

    label: str
    position: int


@dataclass(frozen=True)
class Route:
    """A page with its path and title; a title that depends on the content comes from a state."""

    path: str
    page: Callable[[], rx.Component]
    title: str | rx.Var[str]
    on_load: object = LayoutState.load  # the event of a state
    description: str = TAGLINE
    is_private: bool = False  # not for search engines
    is_development: bool = False  # not in production
    account_link: AccountLink | None = None


def private(
    path: str,
    page: Callable[[], rx.Component],
    title: str,
    on_load: object = LayoutState.load,
    *,
    account_position: int | None = None,
) -> Route:
    """The route of a page that search engines do not list; with a position, the account's navigation links to it."""
    account_link = None if account_position is None else AccountLink(title, account_position)
    return Route(path, page, f"{title} · Plaza", on_load, is_private=True, account_link=account_link)


@cache
def all_routes() -> tuple[Route, ...]:
    """The ROUTES of all pages' modules, by path. Not for use while such a module is imported: the others import it."""
    names = (each.name for each in pkgutil.walk_packages(pages.__path__, "pages.") if each.name != _TABLE)
    found = (route for name in names for route in getattr(importlib.import_module(name), "ROUTES", ()))
    return tuple(sorted(found, key=lambda route: route.path))


def account_links() -> list[tuple[str, str]]:
    """The labels and paths in the navigation of the account, in order."""
    found = [(route.account_link, route.path) for route in all_routes() if route.account_link]
    return [(link.label, path) for link, path in sorted(found, key=lambda each: each[0].position)]


def title_from_state(title: rx.Var[str]) -> rx.Var[str]:
    """A state's title, and until it is known the title that the page was served with."""
    title_or_current: rx.Var[str] = rx.cond(title != "", title, browser.current_title())
    return title_or_current
