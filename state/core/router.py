"""A tab's connection and URL, read directly from the variables in which Reflex stores them.

Reflex's `state.router` builds an object of all of them on every access, and an event reads them a dozen times.
"""

from typing import cast

import reflex as rx
from reflex.istate.data import HeaderData, ReflexURL, SessionData, URLData
from reflex_base.constants import ROUTER_HEADERS, ROUTER_SESSION, ROUTER_URL

from state.core.hooks import Hook

HOOKS = (
    *(
        Hook(f"reflex.state:State.{name}", "each part of the router is a separate variable")
        for name in (ROUTER_SESSION, ROUTER_HEADERS, ROUTER_URL)
    ),
    Hook("reflex.state:State.get_value", "reads a variable without a proxy", parameters=("key",)),
    Hook("reflex.istate.data:SessionData.client_token", "names the tab"),
    Hook("reflex.istate.data:SessionData.session_id", "names the tab's socket"),
    Hook("reflex.istate.data:HeaderData.user_agent", "names the browser"),
    Hook("reflex.istate.data:URLData.href", "is the page's URL"),
)


def session(state: rx.State) -> SessionData:
    """The tab's token and the id of its socket."""
    return cast(SessionData, state.get_value(ROUTER_SESSION))


def headers(state: rx.State) -> HeaderData:
    """The headers of the request that opened the socket."""
    return cast(HeaderData, state.get_value(ROUTER_HEADERS))


def url(state: rx.State) -> ReflexURL:
    """The URL of the page that the browser shows."""
    return cast(ReflexURL, cast(URLData, state.get_value(ROUTER_URL)).href)
