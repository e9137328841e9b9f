"""A field with a list of suggestions below it. The focus stays in the field."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import link
from pages.components.picture import MEDIA_URL

_ROW = (
    "flex min-h-12 items-center gap-3 px-4 py-1.5 text-[15px] hover:bg-sunken aria-selected:bg-sunken "
    "aria-selected:shadow-[inset_3px_0_0_var(--accent)]"
)


def field(
    *,
    name: str,
    query: rx.Var[str] | str,
    expanded: rx.Var[bool],
    active: rx.Var[str],
    custom_attrs: dict[str, Any],
    **props: Any,
) -> rx.Component:
    """The field; its list's id is derived from its name, and `active` is the id of the active option."""
    attributes: dict[str, Any] = {
        "enterKeyHint": "search",
        "aria-autocomplete": "list",
        "aria-controls": f"{name}-options",
        "aria-expanded": expanded,
        "aria-activedescendant": active,
    }
    return el.input(
        id=name,
        name="q",
        type="text",
        role="combobox",
        default_value=query,
        key=query,
        max_length=200,
        auto_complete="off",
        custom_attrs={**attributes, **custom_attrs},
        **props,
    )


def listbox(
    *options: rx.Component, field_name: str, label: str, expanded: rx.Var[bool], on_select: rx.Var[object]
) -> rx.Component:
    """The list. Pressing it does not move the focus, which would close it before the click."""
    return el.div(
        *options,
        id=f"{field_name}-options",
        role="listbox",
        aria_label=label,
        on_click=on_select,
        on_mouse_down=rx.prevent_default,
        class_name=rx.cond(expanded, "", "hidden ")
        + "absolute inset-x-0 top-full z-30 mt-2 overflow-hidden rounded-2xl border border-edge bg-raised py-2",
    )


def option(
    *, option_id: rx.Var[str], kind: rx.Var[str], label: rx.Var[str], detail: rx.Var[str], href: rx.Var[str],
    picture: rx.Var[str], is_active: rx.Var[bool],
) -> rx.Component:  # fmt: skip
    """An option: a query, a category, or a listing with its price."""
    image = el.img(
        src=MEDIA_URL + picture.to(str) + "/400.webp",
        alt="",
        width="32",
        height="40",
        class_name="size-full object-cover",
    )
    thumbnail = el.span(
        rx.cond(picture != "", image, icon("image", size=16)),
        class_name="-my-0.5 grid h-10 w-8 shrink-0 place-items-center overflow-hidden rounded-md bg-sunken text-edge",
    )
    leading = rx.match(
        kind,
        ("listing", thumbnail),
        ("category", el.span(icon("layout-grid", size=18), class_name=_LEADING_ICON)),
        el.span(icon("search", size=18), class_name=_LEADING_ICON),
    )
    return link(
        leading,
        el.span(label, class_name="min-w-0 truncate"),
        el.span(detail, class_name="ms-auto max-w-1/2 shrink-0 truncate ps-3 text-sm text-soft tabular-nums"),
        href=href,
        id=option_id,
        role="option",
        custom_attrs={"aria-selected": is_active, "tabIndex": -1},
        class_name=_ROW,
    )


_LEADING_ICON = "grid w-8 shrink-0 place-items-center text-soft"
