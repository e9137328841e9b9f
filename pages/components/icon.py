"""Lucide icons, each imported on its own."""

import reflex as rx

from pages.components import el

# What an operator may give a category; anything else is drawn as a tag.
CATEGORY_ICONS = (
    "armchair", "baby", "bike", "blocks", "book-open", "camera", "cookie", "dumbbell", "droplet", "flower-2",
    "gamepad-2", "gem", "headphones", "lamp", "leaf", "music", "palette", "paw-print", "scissors", "shirt",
    "shopping-bag", "sofa", "utensils", "watch",
)  # fmt: skip


def icon(name: str, *, size: int = 20, class_name: str = "") -> rx.Component:
    """A decorative icon; whatever it stands for is said in text beside it."""
    return _lucide_icon(name, size, class_name)


@rx.memo
def category_icon(name: rx.Var[str], size: rx.Var[int]) -> rx.Component:
    """A category's icon, by the name its operator chose."""
    cases = [(each, _lucide_icon(each, size)) for each in CATEGORY_ICONS]
    return el.fragment(rx.match(name, *cases, _lucide_icon("tag", size)))


def _lucide_icon(name: str, size: rx.Var[int] | int, class_name: str = "") -> rx.Component:
    """Lines a little finer than Lucide's own, and nothing for a screen reader."""
    component: rx.Component = rx.icon(
        name, size=size, stroke_width=1.5, class_name=f"shrink-0 {class_name}", custom_attrs={"aria-hidden": "true"}
    )
    return component
