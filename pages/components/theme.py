"""The colour theme: light, dark or the system's."""

from typing import Literal

import reflex as rx

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon

Mode = Literal["light", "dark", "system"]
_NEXT: dict[Mode, Mode] = {"light": "dark", "dark": "system", "system": "light"}
_ICONS = {"light": "sun", "dark": "moon", "system": "sun-moon"}


def theme_button() -> rx.Component:
    """A button that switches to the next theme."""
    return el.fragment(
        rx.match(rx.style.color_mode, ("light", _button("light")), ("dark", _button("dark")), _button("system"))
    )


def _button(mode: Mode) -> rx.Component:
    label = f"Theme: {mode}. Change to {_NEXT[mode]}"
    return el.button(
        icon(_ICONS[mode]),
        type="button",
        aria_label=label,
        title=label,
        on_click=rx.style.set_color_mode(_NEXT[mode]),
        class_name=ICON,
    )
