"""The layout of every page: the category menu, the signed-in user and error messages."""

import reflex as rx

from platform_app.domain.catalog import queries as catalog
from platform_app.domain.shared.errors import ProductError, to_product_error
from platform_app.domain.shared.query_strings import strip_control_characters
from platform_app.infra import cache
from platform_app.infra.db import DatabaseUnavailable
from platform_app.presenters.catalog import CategoryLinkView, category_menu
from state import notifications_bell, presenters
from state.core import error_responses, identity, memo
from state.core.error_responses import Delta
from state.core.set_if_changed import set_if_changed
from state.core.state_manager import EphemeralState
from state.presenters import UserView

MAX_MESSAGE_LENGTH = 500


class LayoutState(EphemeralState, rx.State):
    """The state of the layout."""

    menu: rx.Field[list[CategoryLinkView]] = rx.field(default_factory=list)
    user: UserView = UserView()
    incident: rx.Field[str] = rx.field("")
    message: rx.Field[str] = rx.field("")  # why the visitor's last action was refused
    removed_favourite: rx.Field[str] = rx.field("")  # the listing id of the last one, which can be added again

    @rx.event
    async def load(self) -> None:
        """Load the layout of a page that has no other data."""
        await update_layout(self)

    @rx.event
    def dismiss(self) -> None:
        """Remove the message."""
        self.incident = self.message = self.removed_favourite = ""


def message_delta(text: str) -> Delta:
    """The delta that shows a message without running another event, which could fail too."""
    return error_responses.delta(LayoutState, message=strip_control_characters(text)[:MAX_MESSAGE_LENGTH])


def incident_delta(incident: str) -> Delta:
    """The delta that shows an error with its reference in the logs."""
    return error_responses.delta(LayoutState, incident=incident)


async def show_refusal(state: rx.State, error: ProductError | DatabaseUnavailable) -> None:
    """Show the visitor why their action was refused."""
    message = error if isinstance(error, ProductError) else to_product_error(error)
    set_if_changed(await state.get_state(LayoutState), message=str(message))


async def offer_undo(state: rx.State, *, removed_favourite: str) -> None:
    """Offer to add this favourite again; without one, the offer ends."""
    set_if_changed(await state.get_state(LayoutState), removed_favourite=removed_favourite)


async def update_layout(state: rx.State) -> None:
    """Update the layout's categories and user; in an outage they stay as they are."""
    try:
        tree = await cache.read(catalog.categories)
        viewer = await identity.viewer(state)
        memberships = await identity.memberships(viewer)
    except DatabaseUnavailable:
        return
    user = presenters.user(viewer, memberships) if viewer else UserView()
    await notifications_bell.update_bell(state, viewer)
    layout_state = await state.get_state(LayoutState)
    set_if_changed(layout_state, menu=memo.memoize(tree, "menu", lambda: category_menu(tree)), user=user)
    # Always sent: the browser may show a message that the state does not have.
    layout_state.incident = layout_state.message = layout_state.removed_favourite = ""
