"""Type, colours, buttons, icons and messages."""

import reflex as rx

from pages.components import el
from pages.components.button import icon_button, primary_button, primary_link, secondary_button, secondary_link
from pages.components.crumbs import breadcrumb, crumb
from pages.components.heart import heart_button
from pages.components.icon import CATEGORY_ICONS, category_icon, icon
from pages.components.message import message
from pages.components.price import price_line
from pages.dev.components import parts

_COLOURS = ("paper", "raised", "sunken", "line", "edge", "soft", "ink", "accent", "positive", "warning", "danger")


def typography() -> rx.Component:
    """Headings, text, prices and crumbs."""
    return parts.part(
        "Type",
        el.p("Fraunces for headings", class_name="font-display text-4xl"),
        el.p("Inter for everything else, 16 pixels, a line and a half apart.", class_name="mt-3"),
        el.p("Softer, for what is said in passing.", class_name="mt-1 text-soft"),
        el.div(
            price_line(parts.text("$48.00"), parts.text("")),
            price_line(parts.text("$39.00"), parts.text("$52.00")),
            class_name="mt-4",
        ),
        breadcrumb(crumb("Home", "/"), crumb("Kitchen & pantry", "/search"), crumb("Mugs", "/search")),
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
    return parts.part("Colours", parts.row(*swatches))


def buttons() -> rx.Component:
    """Buttons, and links that look like them."""
    return parts.part(
        "Buttons",
        parts.row(
            primary_button("Primary"),
            primary_button("Primary, disabled", disabled=True),
            secondary_button("Secondary"),
            secondary_button("Secondary, disabled", disabled=True),
            icon_button(icon("sun"), label="An icon button"),
            *(
                heart_button(
                    title=parts.text("this"),
                    liked=rx.Var.create(liked),
                    drawing=parts.text(""),
                    on_press=lambda _: rx.noop(),
                )
                for liked in (True, False)
            ),
            primary_link("Primary link", href="/dev/components"),
            secondary_link("Secondary link", href="/dev/components"),
        ),
    )


def icons() -> rx.Component:
    """The categories' own."""
    return parts.part(
        "Category icons", parts.row(*(category_icon(name=name, size=24) for name in (*CATEGORY_ICONS, "unknown")))
    )


def messages() -> rx.Component:
    """What a page says instead of its content."""
    return parts.part(
        "Messages",
        message(
            "search-x",
            "Nothing found",
            "An empty state says what to do next.",
            secondary_link("Next step", href="/search"),
        ),
    )
