"""The heart of a listing, wherever a page shows one."""

import reflex as rx

from pages.components.heart_button import heart_button
from state.core import browser
from state.favourites import FavouriteButtonsState


def favourite_button(listing_id: rx.Var[str], title: rx.Var[str], *, class_name: str = "") -> rx.Component:
    """Says whether the viewer likes the listing, and changes that; whoever is not signed in is led to do so."""
    return heart_button(
        title=title,
        is_liked=FavouriteButtonsState.liked.contains(listing_id),
        render_key=FavouriteButtonsState.render_key,
        on_toggle=lambda is_liked: browser.event_handler(FavouriteButtonsState.toggle)(listing_id, is_liked),
        class_name=class_name,
    )
