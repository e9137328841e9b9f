"""Navigation inside the app: links and forms that do not reload the page."""

from typing import Any, ClassVar

import reflex as rx

from pages.components import el

HOVER_UNDERLINE = "underline-offset-4 hover:underline decoration-1"
PAGER_BUTTON = "inline-flex min-h-11 items-center rounded-full border border-edge px-5 text-[15px] hover:bg-sunken"
UNDERLINED = "underline underline-offset-4 decoration-1 hover:decoration-2"


def link(
    *children: rx.Component | rx.Var[Any] | str, href: rx.Var[str] | str, class_name: str = "", **props: Any
) -> rx.Component:
    """A link to a page of ours."""
    return el.router_link(*children, to=href, class_name=class_name, **props)


def get_form(*children: rx.Component, action: rx.Var[str] | str, **props: Any) -> rx.Component:
    """A form whose fields become the query string."""
    return GetForm.create(*children, action=action, **props)


class GetForm(rx.Component):
    """React Router's form: it changes the URL like a plain form, but does not reload the page."""

    library = "react-router"
    tag = "Form"
    alias = "RouterForm"

    action: rx.Var[str]
    role: rx.Var[str]
    _rename_props: ClassVar[dict[str, str]] = {}
