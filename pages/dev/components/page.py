"""The component kit in all its states; only in development."""

import reflex as rx

from pages.components import el
from pages.dev.components import basics, cards, forms, showcase
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route


def components_page() -> rx.Component:
    """All components."""
    return page_layout(
        el.div(
            el.h1("Components", class_name="text-4xl sm:text-5xl"),
            el.p("What pages are made of. Components take vars and return events.", class_name="mt-3 text-soft"),
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


ROUTES = (Route("/dev/components", components_page, "Components · Plaza", is_development=True),)
