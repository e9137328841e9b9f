"""Cards, choices and filters."""

import reflex as rx

from pages.components import el
from pages.components import filters as kit
from pages.components.card import GRID, listing_card, shop_card, skeleton_cards
from pages.components.price_range import price_range
from pages.components.radio_group import radio_group, radio_option
from pages.dev.components import showcase


def cards() -> rx.Component:
    """Listings, shops and placeholders."""
    defaults = {
        "shop_name": "A shop",
        "condition": "",
        "sold_out": False,
        "holiday_text": "",
        "eager": False,
        "picture": "",
        "is_wide": False,
    }
    sample = {**defaults, "width": 0, "colour": "", "compare_at": "", "price": "$48.00", "href": "/dev/components"}
    return showcase.section(
        "Cards",
        el.div(
            listing_card(**{**sample, "title": "Without a picture"}),
            listing_card(**{**sample, "title": "Reduced, and used", "compare_at": "$64.00", "condition": "Used, good"}),
            listing_card(**{**sample, "title": "Sold out", "sold_out": True}),
            listing_card(
                **{**sample, "title": "Away", "sold_out": True, "holiday_text": "On holiday until 30 November"}
            ),
            listing_card(**{**sample, "title": "Averyverylongwordwithoutspace" * 5, "price": "from $1,234,567.89"}),
            class_name=GRID,
        ),
        el.div(
            shop_card(href="/dev/components", name="A shop", tagline="Without banner and logo", logo="", banner=""),
            class_name="mt-8 grid gap-6 sm:grid-cols-2 lg:grid-cols-3",
        ),
        el.p("Loading", class_name="my-6 text-soft"),
        skeleton_cards(4),
    )


def radio_groups() -> rx.Component:
    """The values of an option."""
    samples = (
        ("Picked", True, False),
        ("Free", False, False),
        ("Sold out", False, True),
        ("Picked, sold out", True, True),
    )
    options = (
        radio_option(
            name=showcase.text_var(f"shown-{index}"),
            label=showcase.text_var(label),
            checked=rx.Var.create(checked),
            is_unavailable=rx.Var.create(is_unavailable),
            on_select=rx.Var("() => {}").to(rx.vars.FunctionVar, rx.EventChain),
        )
        for index, (label, checked, is_unavailable) in enumerate(samples)
    )
    return showcase.section("Choices", radio_group(showcase.text_var("Size"), showcase.text_var("Picked"), *options))


def filters() -> rx.Component:
    """The parts of the filter panel."""
    href = showcase.text_var("/dev/components")
    samples = (("New", "128", True), ("Used, good", "7", False), ("Refurbished", "2", False))
    return showcase.section(
        "Filters",
        el.div(
            kit.filter_group(
                "Condition",
                *(_filter_value(label, count, is_active) for label, count, is_active in samples[:2]),
                kit.more_values(rx.Var.create(1), _filter_value(*samples[2])),
            ),
            kit.filter_group(
                "Category",
                kit.parent_link(showcase.text_var("Home"), href),
                kit.category_link(showcase.text_var("Mugs"), href, showcase.text_var("12")),
            ),
            kit.filter_group(
                "Price",
                price_range(
                    form="shown",
                    minimum=showcase.text_var("10"),
                    maximum=showcase.text_var("ten"),
                    hint=showcase.text_var("USD · $4 to $120"),
                    error=showcase.text_var("Enter whole numbers, such as 25."),
                    invalid=rx.Var.create(["max"]).to(list[str]),
                ),
            ),
            class_name="max-w-64",
        ),
        showcase.row(
            kit.active_filter(showcase.text_var("In stock"), href),
            kit.clear_link(href),
            kit.category_chip(showcase.text_var("Mugs"), href),
        ),
        showcase.row(
            kit.sort_link(showcase.text_var("Newest"), href, rx.Var.create(True)),
            kit.sort_link(showcase.text_var("Lowest price"), href, rx.Var.create(False)),
        ),
    )


def _filter_value(label: str, count: str, is_active: bool) -> rx.Component:
    return kit.filter_value(
        name=showcase.text_var("condition"),
        value=showcase.text_var(label),
        label=showcase.text_var(label),
        count=showcase.text_var(count),
        is_active=rx.Var.create(is_active),
    )
