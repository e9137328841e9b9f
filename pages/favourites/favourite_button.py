"""The favourite button of a listing, on any page."""

import reflex as rx

from pages.components import unfinished
from pages.components.button import secondary_button
from pages.components.heart_button import heart_button
from state.core import browser
from state.favourites import FavouriteButtonsState
from state.layout import LayoutState


def favourite_button(listing_id: rx.Var[str], title: rx.Var[str], *, class_name: str = "") -> rx.Component:
    """Shows and changes whether the listing is a favourite; signed-out visitors are led to sign in."""
    return heart_button(
        title=title,
        is_liked=FavouriteButtonsState.liked.contains(listing_id),
        render_key=FavouriteButtonsState.render_key,
        before=unfinished.keep("like", listing_id, is_visitor=browser.object_var(LayoutState.user).name == ""),
        on_toggle=lambda is_liked: browser.event_handler(FavouriteButtonsState.toggle)(listing_id, is_liked),
        class_name=class_name,
    )


def undo_button() -> rx.Component:
    """Adds the favourite again that was removed last."""
    undo = browser.event_handler(FavouriteButtonsState.toggle)(LayoutState.removed_favourite, True)
    return secondary_button("Undo", on_click=undo)


def unfinished_like() -> rx.Component:
    """Adds the favourite that a visitor pressed before they had an account; for signed-in users."""
    event = browser.event_handler(FavouriteButtonsState.toggle)(unfinished.KEY, rx.Var("true", _var_type=bool))
    return unfinished.finish("like", event)
