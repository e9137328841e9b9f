"""A tab's connection and address, straight from where Reflex keeps them.

`state.core.router` puts a view of all of it together at each look, behind proxies; an event looks a dozen times.
"""

from typing import cast

import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, SessionData, URLData
from reflex_base.constants import ROUTER_HEADERS, ROUTER_SESSION, ROUTER_URL


def session(state: rx.State) -> SessionData:
    """The tab's token, and its socket."""
    return cast(SessionData, state.get_value(ROUTER_SESSION))


def headers(state: rx.State) -> HeaderData:
    """What the socket was opened with."""
    return cast(HeaderData, state.get_value(ROUTER_HEADERS))


def url(state: rx.State) -> ReflexURL:
    """Where the browser is."""
    return cast(ReflexURL, cast(URLData, state.get_value(ROUTER_URL)).href)
