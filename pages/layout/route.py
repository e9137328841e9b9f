"""The route of a page, which the page's own module declares."""

from collections.abc import Callable
from dataclasses import dataclass

import reflex as rx

from state.core import browser
from state.layout import LayoutState

TAGLINE = "Good things from independent shops, gathered on one square: new, made to order, and well loved."


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


def private(path: str, page: Callable[[], rx.Component], title: str, on_load: object = LayoutState.load) -> Route:
    """The route of a page that search engines do not list."""
    return Route(path, page, f"{title} · Plaza", on_load, is_private=True)


def title_from_state(title: rx.Var[str]) -> rx.Var[str]:
    """A state's title, and until it is known the title that the page was served with."""
    title_or_current: rx.Var[str] = rx.cond(title != "", title, browser.current_title())
    return title_or_current
