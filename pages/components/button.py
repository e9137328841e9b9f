"""Buttons, and links that look like them."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import link

_BASE = (
    "inline-flex items-center justify-center gap-2 min-h-11 px-5 rounded-full text-[15px] font-medium "
    "transition-colors duration-150 disabled:opacity-50 disabled:cursor-default"
)
PRIMARY = f"{_BASE} bg-accent text-accent-ink hover:bg-ink hover:text-paper"
SECONDARY = f"{_BASE} border border-edge text-ink hover:bg-sunken"
ICON = "inline-flex items-center justify-center size-11 rounded-full text-ink transition-colors duration-150 hover:bg-sunken"


def primary_button(*children: rx.Component | str, **props: Any) -> rx.Component:
    """The button of the main action."""
    return el.button(*children, type=props.pop("type", "button"), class_name=PRIMARY, **props)


def secondary_button(*children: rx.Component | str, **props: Any) -> rx.Component:
    """The button of another action."""
    return el.button(*children, type=props.pop("type", "button"), class_name=SECONDARY, **props)


def icon_button(icon: rx.Component, *, label: rx.Var[str] | str, class_name: str = ICON, **props: Any) -> rx.Component:
    """A button with only an icon; `label` is its accessible name."""
    return el.button(icon, type="button", aria_label=label, title=label, class_name=class_name, **props)


def primary_link(*children: rx.Component | str, href: rx.Var[str] | str) -> rx.Component:
    """A link that looks like a primary button."""
    return link(*children, href=href, class_name=PRIMARY)


def secondary_link(*children: rx.Component | str, href: rx.Var[str] | str) -> rx.Component:
    """A link that looks like a secondary button."""
    return link(*children, href=href, class_name=SECONDARY)


def script_button(
    icon_name: str, label: str, script: str, *, done_label: str, data: rx.vars.VarData | None
) -> rx.Component:
    """A button that runs JavaScript, and then shows `done_label` for a moment."""
    on_click = f"""async (event) => {{
      const label = event.currentTarget.lastElementChild;
      {script};
      label.textContent = '{done_label}';
      setTimeout(() => {{ label.textContent = '{label}'; }}, 2000);
    }}"""
    return el.button(
        icon(icon_name, size=18),
        el.span(label, custom_attrs={"aria-live": "polite"}),
        type="button",
        custom_attrs={"onClick": rx.Var(on_click, _var_data=data)},
        class_name=SECONDARY,
    )
