"""Lucide icons, imported one by one."""

import reflex as rx

from pages.components import el

# The icons that operators can give to categories; any other name becomes a tag.
CATEGORY_ICONS = (
    "armchair", "baby", "bike", "blocks", "book-open", "camera", "cookie", "dumbbell", "droplet", "flower-2",
    "gamepad-2", "gem", "headphones", "lamp", "leaf", "music", "palette", "paw-print", "scissors", "shirt",
    "shopping-bag", "sofa", "utensils", "watch",
)  # fmt: skip


def icon(name: str, *, size: int = 20, class_name: str = "") -> rx.Component:
    """A decorative icon; text beside it has the meaning."""
    return _lucide_icon(name, size, class_name)


@rx.memo
def category_icon(name: rx.Var[str], size: rx.Var[int]) -> rx.Component:
    """A category's icon by its name."""
    cases = [(each, _lucide_icon(each, size)) for each in CATEGORY_ICONS]
    return el.fragment(rx.match(name, *cases, _lucide_icon("tag", size)))


def _lucide_icon(name: str, size: rx.Var[int] | int, class_name: str = "") -> rx.Component:
    """An icon with slightly thinner lines than Lucide's, hidden from screen readers."""
    component: rx.Component = rx.icon(
        name, size=size, stroke_width=1.5, class_name=f"shrink-0 {class_name}", custom_attrs={"aria-hidden": "true"}
    )
    return component
