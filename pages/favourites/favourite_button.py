"""The favourite button of a listing, on any page."""

import reflex as rx

from pages.components.heart_button import heart_button
from state.core import browser
from state.favourites import FavouriteButtonsState


def favourite_button(listing_id: rx.Var[str], title: rx.Var[str], *, class_name: str = "") -> rx.Component:
    """Shows and changes whether the listing is a favourite; signed-out visitors are led to sign in."""
    return heart_button(
        title=title,
        is_liked=FavouriteButtonsState.liked.contains(listing_id),
        render_key=FavouriteButtonsState.render_key,
        on_toggle=lambda is_liked: browser.event_handler(FavouriteButtonsState.toggle)(listing_id, is_liked),
        class_name=class_name,
    )
