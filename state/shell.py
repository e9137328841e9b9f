"""What frames every page: the category menu, who is signed in, and a word when something broke."""

import re

import reflex as rx

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
_INCIDENT = re.compile(r"[0-9a-f]{12}")


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
    def apologise(self, incident: str) -> None:
        """Tell the visitor that something broke, under the name it has in the logs."""
        self.incident = incident if _INCIDENT.fullmatch(str(incident)) else ""

    @rx.event
    def tell(self, said: str) -> None:
        """Tell the visitor why something was refused."""
        self.said = clean(str(said))[:MAX_SAID]

    @rx.event
    def dismiss(self) -> None:
        """Take what was said away."""
        self.incident = self.said = ""


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
    assign(await state.get_state(ShellState), menu=made.once(tree, "menu", lambda: views.menu(tree)), who=who, said="")
