"""What frames every page: the category menu, who is signed in, and a word when something broke."""

from collections.abc import Mapping

import reflex as rx
from reflex_base.constants.state import FIELD_MARKER

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shared.addresses import clean
from platform_app.domain.shared.errors import ProductError, told
from platform_app.domain.shops import queries as shops
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from state import bell, identity, made, views
from state.assigning import assign
from state.keeping import Unwritten
from state.views import CategoryView, WhoView

MAX_SAID = 500

Delta = Mapping[str, Mapping[str, object]]  # values of variables, by the full name of their state


class ShellState(Unwritten, rx.State):
    """The frame's own state."""

    menu: rx.Field[list[CategoryView]] = rx.field(default_factory=list)
    who: WhoView = WhoView()
    incident: rx.Field[str] = rx.field("")
    said: rx.Field[str] = rx.field("")  # why what the visitor has just done was refused

    @rx.event
    async def load(self) -> None:
        """Fill the frame of a page that has nothing else to load."""
        await show_menu(self)

    @rx.event
    def dismiss(self) -> None:
        """Take what was said away."""
        self.incident = self.said = ""


def message_delta(text: str) -> Delta:
    """Shows the visitor a message, past the state: what failed must not depend on another event."""
    return _delta(said=clean(text)[:MAX_SAID])


def incident_delta(incident: str) -> Delta:
    """Shows the visitor that something broke, under the reference that it has in the logs."""
    return _delta(incident=incident)


async def refuse(state: rx.State, error: ProductError | DatabaseUnavailable) -> None:
    """Tell the visitor why what they have just done was refused."""
    said = error if isinstance(error, ProductError) else told(error)
    assign(await state.get_state(ShellState), said=str(said))


async def show_menu(state: rx.State) -> None:
    """Put the categories and the visitor's name into the frame; what cannot be read stays as it is."""
    try:
        tree = await cache.read(catalog.categories)
        viewer = await identity.viewer(state)
        run = await cache.read(shops.memberships, user_id=viewer.user_id) if viewer else ()
    except DatabaseUnavailable:
        return
    who = views.who(viewer, run) if viewer else WhoView()
    await bell.show_bell(state, viewer)
    frame = await state.get_state(ShellState)
    assign(frame, menu=made.once(tree, "menu", lambda: views.menu(tree)), who=who)
    frame.incident = frame.said = ""  # sent whatever the state knows: messages are shown past it


def _delta(**values: object) -> Delta:
    return {ShellState.get_full_name(): {f"{name}{FIELD_MARKER}": value for name, value in values.items()}}
