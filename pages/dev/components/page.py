"""The component kit, each piece in each of its states; in development only."""

import reflex as rx

from pages.components import el
from pages.dev.components import basics, cards, forms, showcase
from pages.layout.layout import CONTAINER, page_layout


def components_page() -> rx.Component:
    """Everything pages are made of."""
    return page_layout(
        el.div(
            el.h1("Components", class_name="text-4xl sm:text-5xl"),
            el.p(
                "What pages are made of. A component takes vars in and gives events out.", class_name="mt-3 text-soft"
            ),
            basics.typography(),
            basics.colours(),
            basics.buttons(),
            cards.cards(),
            cards.radio_groups(),
            cards.filters(),
            basics.icons(),
            basics.empty_states(),
            showcase.section("Forms", forms.fields()),
            showcase.section("Notices and rows", forms.callouts()),
            class_name=f"{CONTAINER} py-10",
        ),
        is_ready=rx.Var.create(True),
    )
