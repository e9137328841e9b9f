"""Hearts: the button that adds a favourite, and the link to all favourites."""

from collections.abc import Callable

import reflex as rx

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon
from pages.components.link import link
from state.core import browser

_TOGGLE = """(event) => {
  const isLiked = event.currentTarget.getAttribute('aria-pressed') !== 'true';
  event.currentTarget.setAttribute('aria-pressed', String(isLiked));
  %s
  (%s)();
}"""
OVERLAY = "absolute end-2 top-2 z-10 bg-paper/90"


def heart_button(
    *,
    title: rx.Var[str],
    is_liked: rx.Var[bool],
    render_key: rx.Var[str],
    on_toggle: Callable[[rx.Var[bool]], browser.BoundEvent],
    before: rx.Var[str] = rx.Var(""),
    class_name: str = "",
) -> rx.Component:
    """A heart that changes as soon as it is pressed; after a refusal, a new `render_key` resets it to `is_liked`.

    `on_toggle` gets the new value; `before` is JavaScript to run first.
    """
    toggle_event = on_toggle(rx.Var("isLiked", _var_type=bool))
    toggle_handler = rx.Var.create(rx.EventChain.create(value=toggle_event, args_spec=rx.event.no_args_event_spec))
    return el.button(
        icon("heart", class_name="group-aria-pressed:fill-current"),
        type="button",
        key=render_key,
        aria_label="Like " + title.to(str),
        custom_attrs={
            "aria-pressed": rx.cond(is_liked, "true", "false"),
            "onClick": rx.Var(_TOGGLE % (before, toggle_handler), _var_data=browser.var_data(toggle_handler, before)),
        },
        class_name=f"{ICON} group shrink-0 aria-pressed:text-accent {class_name}",
    )


def favourites_link() -> rx.Component:
    """The link to all favourites."""
    return link(icon("heart"), href="/favourites", aria_label="Favourites", title="Favourites", class_name=ICON)
