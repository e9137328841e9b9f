"""The component kit, each piece in each of its states; in development only."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.button import icon_button, primary_button, primary_link, secondary_button, secondary_link
from pages.components.card import GRID, listing_card, shop_card, skeleton_cards
from pages.components.crumbs import breadcrumb, crumb
from pages.components.heart import heart_button
from pages.components.icon import CATEGORY_ICONS, category_icon, icon
from pages.components.message import message
from pages.components.option import option_group, option_value
from pages.components.price import price_line
from pages.dev import forms
from pages.frame import WIDE, page

_COLOURS = ("paper", "raised", "sunken", "line", "edge", "soft", "ink", "accent", "positive", "warning", "danger")


def components_page() -> rx.Component:
    """Everything pages are made of."""
    return page(
        el.div(
            el.h1("Components", class_name="text-4xl sm:text-5xl"),
            el.p(
                "What pages are made of. A component takes vars in and gives events out.", class_name="mt-3 text-soft"
            ),
            _type(),
            _colours(),
            _buttons(),
            _cards(),
            _choices(),
            _filters(),
            _icons(),
            _messages(),
            _part("Forms", forms.fields()),
            _part("Notices and rows", forms.words()),
            class_name=f"{WIDE} py-10",
        ),
        ready=rx.Var.create(True),
    )


def _part(title: str, *shown: rx.Component) -> rx.Component:
    return el.section(
        el.h2(title, class_name="mb-6 text-2xl"),
        *shown,
        aria_label=title,
        class_name="mt-12 border-t border-line pt-8",
    )


def _row(*shown: rx.Component) -> rx.Component:
    return el.div(*shown, class_name="flex flex-wrap items-center gap-4")


def _type() -> rx.Component:
    return _part(
        "Type",
        el.p("Fraunces for headings", class_name="font-display text-4xl"),
        el.p("Inter for everything else, 16 pixels, a line and a half apart.", class_name="mt-3"),
        el.p("Softer, for what is said in passing.", class_name="mt-1 text-soft"),
        el.div(price_line(_text("$48.00"), _text("")), price_line(_text("$39.00"), _text("$52.00")), class_name="mt-4"),
        breadcrumb(crumb("Home", "/"), crumb("Kitchen & pantry", "/search"), crumb("Mugs", "/search")),
    )


def _colours() -> rx.Component:
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
    return _part("Colours", _row(*swatches))


def _buttons() -> rx.Component:
    return _part(
        "Buttons",
        _row(
            primary_button("Primary"),
            primary_button("Primary, disabled", disabled=True),
            secondary_button("Secondary"),
            secondary_button("Secondary, disabled", disabled=True),
            icon_button(icon("sun"), label="An icon button"),
            *(
                heart_button(
                    title=_text("this"), liked=rx.Var.create(liked), drawing=_text(""), on_press=lambda _: rx.noop()
                )
                for liked in (True, False)
            ),
            primary_link("Primary link", href="/dev/components"),
            secondary_link("Secondary link", href="/dev/components"),
        ),
    )


def _cards() -> rx.Component:
    plain = {"shop_name": "A shop", "condition": "", "sold_out": False, "away": "", "eager": False, "picture": ""}
    base = {**plain, "width": 0, "colour": "", "compare_at": "", "price": "$48.00", "href": "/dev/components"}
    return _part(
        "Cards",
        el.div(
            listing_card(**{**base, "title": "Without a picture"}),
            listing_card(**{**base, "title": "Reduced, and used", "compare_at": "$64.00", "condition": "Used, good"}),
            listing_card(**{**base, "title": "Sold out", "sold_out": True}),
            listing_card(**{**base, "title": "Away", "sold_out": True, "away": "On holiday until 30 November"}),
            listing_card(**{**base, "title": "Averyverylongwordwithoutspace" * 5, "price": "from $1,234,567.89"}),
            class_name=GRID,
        ),
        el.div(
            shop_card(
                href="/dev/components", name="A shop", tagline="Without cover and mark", mark_picture="", cover=""
            ),
            class_name="mt-8 grid gap-6 sm:grid-cols-2 lg:grid-cols-3",
        ),
        el.p("On their way", class_name="my-6 text-soft"),
        skeleton_cards(4),
    )


def _choices() -> rx.Component:
    states = (
        ("Picked", True, False),
        ("Free", False, False),
        ("Sold out", False, True),
        ("Picked, sold out", True, True),
    )
    values = (
        option_value(
            name=_text(f"shown-{place}"),
            label=_text(label),
            checked=rx.Var.create(checked),
            gone=rx.Var.create(gone),
            on_pick=rx.Var("() => {}").to(rx.vars.FunctionVar, rx.EventChain),
        )
        for place, (label, checked, gone) in enumerate(states)
    )
    return _part("Choices", option_group(_text("Size"), _text("Picked"), *values))


def _filters() -> rx.Component:
    here = _text("/dev/components")
    return _part(
        "Filters",
        el.div(
            kit.filter_group(
                "Condition",
                kit.choice_link(_text("New"), here, _text("128"), rx.Var.create(True)),
                kit.choice_link(_text("Used, good"), here, _text("7"), rx.Var.create(False)),
            ),
            kit.filter_group(
                "Category", kit.back_link(_text("Home"), here), kit.plain_link(_text("Mugs"), here, _text("12"))
            ),
            kit.filter_group(
                "Price",
                kit.price_form(
                    name="shown",
                    action=here,
                    kept=el.fragment(),
                    low=_text("10"),
                    high=_text(""),
                    hint=_text("USD · $4 to $120"),
                ),
            ),
            class_name="max-w-64",
        ),
        _row(kit.chip(_text("In stock"), here), kit.category_chip(_text("Mugs"), here)),
        _row(
            kit.sort_link(_text("Newest"), here, rx.Var.create(True)),
            kit.sort_link(_text("Lowest price"), here, rx.Var.create(False)),
        ),
    )


def _icons() -> rx.Component:
    return _part("Category icons", _row(*(category_icon(name=name, size=24) for name in (*CATEGORY_ICONS, "unknown"))))


def _messages() -> rx.Component:
    return _part(
        "Messages",
        message(
            "search-x",
            "Nothing found",
            "An empty state says what to do next.",
            secondary_link("Next step", href="/search"),
        ),
    )


def _text(value: str) -> rx.Var[str]:
    return rx.Var.create(value)
