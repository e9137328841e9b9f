"""Cards, choices and filters."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.card import GRID, listing_card, shop_card, skeleton_cards
from pages.components.option import option_group, option_value
from pages.dev.components import parts


def cards() -> rx.Component:
    """Listings and shops, also on their way."""
    plain = {"shop_name": "A shop", "condition": "", "sold_out": False, "away": "", "eager": False, "picture": ""}
    base = {**plain, "width": 0, "colour": "", "compare_at": "", "price": "$48.00", "href": "/dev/components"}
    return parts.part(
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


def choices() -> rx.Component:
    """The values of an option."""
    states = (
        ("Picked", True, False),
        ("Free", False, False),
        ("Sold out", False, True),
        ("Picked, sold out", True, True),
    )
    values = (
        option_value(
            name=parts.text(f"shown-{place}"),
            label=parts.text(label),
            checked=rx.Var.create(checked),
            gone=rx.Var.create(gone),
            on_pick=rx.Var("() => {}").to(rx.vars.FunctionVar, rx.EventChain),
        )
        for place, (label, checked, gone) in enumerate(states)
    )
    return parts.part("Choices", option_group(parts.text("Size"), parts.text("Picked"), *values))


def filters() -> rx.Component:
    """What results are narrowed by."""
    here = parts.text("/dev/components")
    return parts.part(
        "Filters",
        el.div(
            kit.filter_group(
                "Condition",
                kit.choice_link(parts.text("New"), here, parts.text("128"), rx.Var.create(True)),
                kit.choice_link(parts.text("Used, good"), here, parts.text("7"), rx.Var.create(False)),
            ),
            kit.filter_group(
                "Category",
                kit.back_link(parts.text("Home"), here),
                kit.plain_link(parts.text("Mugs"), here, parts.text("12")),
            ),
            kit.filter_group(
                "Price",
                kit.price_form(
                    name="shown",
                    action=here,
                    kept=el.fragment(),
                    low=parts.text("10"),
                    high=parts.text(""),
                    hint=parts.text("USD · $4 to $120"),
                ),
            ),
            class_name="max-w-64",
        ),
        parts.row(kit.chip(parts.text("In stock"), here), kit.category_chip(parts.text("Mugs"), here)),
        parts.row(
            kit.sort_link(parts.text("Newest"), here, rx.Var.create(True)),
            kit.sort_link(parts.text("Lowest price"), here, rx.Var.create(False)),
        ),
    )
