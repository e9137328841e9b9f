"""The header of every page."""

from typing import Any

import reflex as rx

from pages.components import combobox, el
from pages.components.button import ICON
from pages.components.icon import category_icon, icon
from pages.components.link import get_form, link
from state.core import browser

# The field is React's: only the browser's own setter makes an input event that React notices.
_CLEAR = """() => {
  const field = document.getElementById('%s');
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, 'value').set.call(field, '');
  field.dispatchEvent(new Event('input', {bubbles: true}));
  field.focus();
}"""
_HIDE_MENU = "() => document.getElementById('categories-menu')?.hidePopover()"


def header(
    *,
    categories: rx.Component,
    search: rx.Component,
    theme: rx.Component,
    favourites: rx.Component,
    bell: rx.Component,
    account: rx.Component,
    popovers: tuple[rx.Component, ...],
    is_search_phone_only: bool = False,
) -> rx.Component:
    """Wordmark, search (perhaps only on phones), categories, theme, favourites, bell and account, with `popovers`."""
    search_class = "sm:invisible" if is_search_phone_only else ""
    return el.header(
        el.div(
            wordmark(),
            el.div(
                search,
                class_name=f"order-last w-full sm:order-none sm:w-auto sm:flex-1 {search_class}",
            ),
            el.div(
                _menu_button(),
                theme,
                favourites,
                bell,
                account,
                class_name="-me-3 ms-auto flex items-center gap-0.5 sm:ms-0 sm:gap-1",
            ),
            class_name="mx-auto flex max-w-7xl flex-wrap items-center gap-x-3 gap-y-1 px-4 py-2 sm:gap-x-6 sm:py-3 lg:px-8",
        ),
        _menu(categories),
        *popovers,
        class_name="border-b border-line bg-paper",
    )


def wordmark() -> rx.Component:
    """Plaza's name, which links to the home page."""
    return link(
        "Plaza",
        href="/",
        aria_label="Plaza, home",
        class_name="inline-flex min-h-11 items-center font-display text-[1.75rem] leading-none tracking-tight",
    )


def search_field(
    listbox: rx.Component,
    *,
    name: str,
    query: rx.Var[str] | str,
    large: bool = False,
    **combobox_props: Any,
) -> rx.Component:
    """A search field with suggestions; without JavaScript, it is a plain form."""
    size = "h-14 ps-13 pe-38 text-[17px]" if large else "h-11 ps-11 pe-11 text-[15px]"
    submit = (
        el.button(
            "Search",
            type="submit",
            class_name="absolute end-2 top-2 h-10 rounded-full bg-accent px-5 text-[15px] font-medium text-accent-ink hover:bg-ink hover:text-paper transition-colors duration-150",
        )
        if large
        else el.button("Search", type="submit", class_name="sr-only")
    )
    return get_form(
        el.label("Search Plaza", html_for=name, class_name="sr-only"),
        el.span(
            icon("search"),
            class_name=f"pointer-events-none absolute {'start-5 top-4.5' if large else 'start-3.5 top-3'} text-soft",
        ),
        combobox.field(
            name=name,
            query=query,
            placeholder="Search for anything handmade, new or used" if large else "Search",
            class_name=f"{size} peer w-full rounded-full border border-edge bg-raised placeholder:text-soft",
            **combobox_props,
        ),
        el.button(
            icon("x", size=18),
            type="button",
            aria_label="Clear search",
            on_click=browser.client_event(_CLEAR % name),
            class_name=f"absolute {'end-27 top-1.5' if large else 'end-0 top-0'} grid size-11 place-items-center rounded-full text-soft hover:text-ink peer-placeholder-shown:hidden",
        ),
        submit,
        listbox,
        action="/search",
        role="search",
        class_name="relative block w-full",
    )


def menu_item(label: rx.Var[str], href: rx.Var[str], name: rx.Var[str]) -> rx.Component:
    """A category in the menu."""
    return el.li(
        link(
            category_icon(name=name, size=20),
            label,
            href=href,
            on_click=rx.Var(_HIDE_MENU).to(rx.vars.FunctionVar, rx.EventChain),
            class_name="flex min-h-12 items-center gap-3 rounded-xl px-3 hover:bg-sunken",
        )
    )


def _menu_button() -> rx.Component:
    return el.button(
        icon("layout-grid"),
        el.span("Categories", class_name="hidden sm:inline"),
        type="button",
        aria_label="Categories",
        custom_attrs={"popoverTarget": "categories-menu"},
        class_name=f"{ICON} sm:w-auto! gap-2 text-[15px] sm:px-4",
    )


def _menu(categories: rx.Component) -> rx.Component:
    return el.div(
        el.nav(categories, aria_label="Categories", class_name="mx-auto max-w-7xl px-2 py-4 lg:px-5"),
        id="categories-menu",
        custom_attrs={"popover": "auto"},
        class_name="absolute inset-x-0 top-27 bottom-auto m-0 w-full max-w-none border-y border-line bg-raised text-ink sm:top-17",
    )
