"""The heart of a listing, wherever a page shows one."""

import reflex as rx

from pages.components.heart import heart_button
from state import runtime
from state.favourites import HeartsState


def heart(listing_id: rx.Var[str], title: rx.Var[str], *, class_name: str = "") -> rx.Component:
    """Says whether the viewer likes the listing, and changes that; whoever is not signed in is led to do so."""
    return heart_button(
        title=title,
        liked=HeartsState.liked.contains(listing_id),
        drawing=HeartsState.drawing,
        on_press=lambda is_liked: runtime.handler(HeartsState.press)(listing_id, is_liked),
        class_name=class_name,
    )
