"""Type, colours, buttons, icons and messages."""

import reflex as rx

from pages.components import el
from pages.components.breadcrumbs import breadcrumb_item, breadcrumbs
from pages.components.button import icon_button, primary_button, primary_link, secondary_button, secondary_link
from pages.components.empty_state import empty_state
from pages.components.heart_button import heart_button
from pages.components.icon import CATEGORY_ICONS, category_icon, icon
from pages.components.price import price_line
from pages.dev.components import showcase

_COLOURS = ("paper", "raised", "sunken", "line", "edge", "soft", "ink", "accent", "positive", "warning", "danger")


def typography() -> rx.Component:
    """Headings, text, prices and breadcrumbs."""
    return showcase.section(
        "Type",
        el.p("Fraunces for headings", class_name="font-display text-4xl"),
        el.p("Inter for everything else, 16 pixels, a line and a half apart.", class_name="mt-3"),
        el.p("Softer, for secondary text.", class_name="mt-1 text-soft"),
        el.div(
            price_line(showcase.text_var("$48.00"), showcase.text_var("")),
            price_line(showcase.text_var("$39.00"), showcase.text_var("$52.00")),
            class_name="mt-4",
        ),
        breadcrumbs(
            breadcrumb_item("Home", "/"),
            breadcrumb_item("Kitchen & pantry", "/search"),
            breadcrumb_item("Mugs", "/search"),
        ),
    )


def colours() -> rx.Component:
    """Every colour by its name."""
    swatches = (
        el.div(
            el.div(
                custom_attrs={"style": {"background": f"var(--{name})"}},
                class_name="size-16 rounded-card border border-line",
            ),
            el.p(name, class_name="mt-1 text-sm text-soft"),
        )
        for name in _COLOURS
    )
    return showcase.section("Colours", showcase.row(*swatches))


def buttons() -> rx.Component:
    """Buttons, and links that look like them."""
    return showcase.section(
        "Buttons",
        showcase.row(
            primary_button("Primary"),
            primary_button("Primary, disabled", disabled=True),
            secondary_button("Secondary"),
            secondary_button("Secondary, disabled", disabled=True),
            icon_button(icon("sun"), label="An icon button"),
            *(
                heart_button(
                    title=showcase.text_var("this"),
                    is_liked=rx.Var.create(liked),
                    render_key=showcase.text_var(""),
                    on_toggle=lambda _: rx.noop(),
                )
                for liked in (True, False)
            ),
            primary_link("Primary link", href="/dev/components"),
            secondary_link("Secondary link", href="/dev/components"),
        ),
    )


def icons() -> rx.Component:
    """The icons of categories."""
    return showcase.section(
        "Category icons", showcase.row(*(category_icon(name=name, size=24) for name in (*CATEGORY_ICONS, "unknown")))
    )


def empty_states() -> rx.Component:
    """What a page shows instead of content."""
    return showcase.section(
        "Messages",
        empty_state(
            "search-x",
            "Nothing found",
            "An empty state suggests what to do next.",
            secondary_link("Next step", href="/search"),
        ),
    )
