"""Hearts: one that is pressed to like something, and the way to all that one likes."""

from collections.abc import Callable

import reflex as rx
from reflex.event import EventSpec

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon
from pages.components.link import link

_PRESS = """(event) => {
  const isLiked = event.currentTarget.getAttribute('aria-pressed') !== 'true';
  event.currentTarget.setAttribute('aria-pressed', String(isLiked));
  (%s)();
}"""
ON_PICTURE = "absolute end-2 top-2 z-10 bg-paper/90"


def heart_button(
    *,
    title: rx.Var[str],
    liked: rx.Var[bool],
    drawing: rx.Var[str],
    on_press: Callable[[rx.Var[bool]], EventSpec],
    class_name: str = "",
) -> rx.Component:
    """Fills as soon as it is pressed; when that was refused, `drawing` changes, and it is drawn anew as `liked` says.

    `on_press` is told whether the title is liked from now on.
    """
    pressed = on_press(rx.Var("isLiked", _var_type=bool))
    send = rx.Var.create(rx.EventChain.create(value=pressed, args_spec=rx.event.no_args_event_spec))
    return el.button(
        icon("heart", class_name="group-aria-pressed:fill-current"),
        type="button",
        key=drawing,
        aria_label="Like " + title.to(str),
        custom_attrs={
            "aria-pressed": rx.cond(liked, "true", "false"),
            "onClick": rx.Var(_PRESS % send, _var_data=send._get_all_var_data()),
        },
        class_name=f"{ICON} group shrink-0 aria-pressed:text-accent {class_name}",
    )


def favourites_link() -> rx.Component:
    """The way to all that one likes."""
    return link(icon("heart"), href="/favourites", aria_label="Favourites", title="Favourites", class_name=ICON)
