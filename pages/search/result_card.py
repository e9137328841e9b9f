"""A listing in a list, with its heart."""

import reflex as rx

from pages.components import el
from pages.components.card import listing_card
from pages.components.heart_button import OVERLAY
from pages.favourites.favourite_button import favourite_button
from platform_app.presenters.search import CardView

FIRST_ROW = 4


def result_card(each: rx.vars.ObjectVar[CardView]) -> rx.Component:
    """A listing's card."""
    return _card_with_heart(each, is_eager=False)


def ranked_card(each: rx.vars.ObjectVar[CardView], index: rx.Var[int]) -> rx.Component:
    """A card that loads its picture eagerly in the first row."""
    return _card_with_heart(each, is_eager=index.to(int) < FIRST_ROW)


def _card_with_heart(each: rx.vars.ObjectVar[CardView], *, is_eager: rx.Var[bool] | bool) -> rx.Component:
    listing = listing_card(
        href=each.href,
        title=each.title,
        shop_name=each.shop_name,
        price=each.price,
        compare_at=each.compare_at,
        condition=each.condition,
        sold_out=each.sold_out,
        holiday_text=each.holiday_text,
        picture=each.picture,
        width=each.width,
        colour=each.colour,
        is_wide=each.is_wide,
        eager=is_eager,
    )
    # Beside the card's link, not inside it, and after it in the tab order.
    return el.div(
        listing, favourite_button(each.id, each.title, class_name=OVERLAY), key=each.id, class_name="relative min-w-0"
    )
