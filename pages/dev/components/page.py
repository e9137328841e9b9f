"""The component kit, each piece in each of its states; in development only."""

import reflex as rx

from pages.components import el
from pages.dev.components import basics, forms, goods, parts
from pages.frame import WIDE, page


def components_page() -> rx.Component:
    """Everything pages are made of."""
    return page(
        el.div(
            el.h1("Components", class_name="text-4xl sm:text-5xl"),
            el.p(
                "What pages are made of. A component takes vars in and gives events out.", class_name="mt-3 text-soft"
            ),
            basics.typography(),
            basics.colours(),
            basics.buttons(),
            goods.cards(),
            goods.choices(),
            goods.filters(),
            basics.icons(),
            basics.messages(),
            parts.part("Forms", forms.fields()),
            parts.part("Notices and rows", forms.words()),
            class_name=f"{WIDE} py-10",
        ),
        ready=rx.Var.create(True),
    )
