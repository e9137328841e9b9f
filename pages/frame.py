"""What every page stands in: skip link, header, main, footer, and the bars that come up when something is wrong."""

import reflex as rx

from pages.components import el
from pages.components.account import account_button, account_menu
from pages.components.button import icon_button
from pages.components.footer import footer, footer_link
from pages.components.header import header, menu_item
from pages.components.heart import favourites_link
from pages.components.icon import icon
from pages.components.theme import theme_button
from pages.notifying import bell, panel
from pages.suggesting import search
from state import runtime
from state.shell import ShellState

WIDE = "mx-auto w-full max-w-7xl px-4 lg:px-8"
# Of tabs that do not all fit, the one that is open is in sight.
_ARRIVED = """() => {
  const tab = document.querySelector('main nav ul [aria-current=page]'), tabs = tab?.closest('ul');
  if (tabs) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}"""


def page(
    *children: rx.Component,
    ready: rx.Var[bool],
    query: rx.Var[str] | str = "",
    has_search: bool = False,
    has_footer: bool = True,
    is_served: bool = False,
) -> rx.Component:
    """A page; `ready` once its own content is there, whatever that is. With a search of its own, the header has none.

    Of what is served to be read before its scripts, it takes the place only then.
    """
    done = el.span(on_mount=runtime.in_browser(_ARRIVED), class_name="hidden")
    whole = el.fragment(
        el.a(
            "Skip to content",
            href="#main",
            class_name="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-50 focus:rounded-full focus:bg-ink focus:px-5 focus:py-3 focus:text-paper",
        ),
        _header(query, has_search=has_search),
        el.main(
            *children,
            el.when(ready, done),
            id="main",
            custom_attrs={"data-ready": rx.cond(ready, "", None), "tabIndex": -1},
            class_name="min-h-[70dvh] outline-none",
        ),
        *([_footer()] if has_footer else []),
    )
    return el.when(runtime.is_arrived(ready), whole) if is_served else whole


def connection_bar() -> rx.Component:
    """Says that the page is waiting for its connection, once that has lasted."""
    bar = el.div(
        el.span("Reconnecting…"),
        role="status",
        class_name="late fixed inset-x-0 bottom-0 z-40 bg-ink py-2 text-center text-sm text-paper",
    )
    return el.when(runtime.is_connection_lost(), bar)


def apology() -> rx.Component:
    """Says that something broke, and the name it has in the logs; or why something was refused."""
    text = el.p(
        "That did not work, and it is our fault. Please try again. ",
        el.span("Reference ", ShellState.incident, class_name="whitespace-nowrap text-sm text-soft"),
    )
    said = el.p(ShellState.said, class_name="wrap-anywhere")
    # No div: React would take the served first paint, which is one, for this.
    return el.section(
        el.when(ShellState.incident != "", _word(text)),
        el.when((ShellState.said != "") & (ShellState.incident == ""), _word(said)),
        role="alert",
    )


def _word(text: rx.Component) -> rx.Component:
    return el.div(
        text,
        icon_button(icon("x"), label="Dismiss", on_click=ShellState.dismiss),
        class_name="fixed inset-x-4 bottom-4 z-40 mx-auto flex max-w-lg items-center justify-between gap-4 rounded-card border border-edge bg-raised py-2 ps-5 pe-2",
    )


def _header(query: rx.Var[str] | str, *, has_search: bool) -> rx.Component:
    who = runtime.view(ShellState.who)
    items = el.ul(
        rx.foreach(ShellState.menu, lambda each: menu_item(each.label, each.href, each.icon)),
        class_name="grid grid-cols-1 gap-1 min-[360px]:grid-cols-2 lg:grid-cols-5",
    )
    field = search(name="search", query=query)
    menu = account_menu(name=who.name, email=who.email, shop=who.shop, shop_href=who.shop_href)
    return header(
        categories=items,
        search=field,
        theme=theme_button(),
        favourites=favourites_link(),
        bell=bell(who.name != ""),
        account=account_button(name=who.name, short=who.short, initial=who.initial),
        below=(panel(), menu),
        only_on_phones=has_search,
    )


def _footer() -> rx.Component:
    return footer(
        el.ul(
            rx.foreach(ShellState.menu, lambda each: footer_link(each.label, each.href)),
            class_name="grid grid-cols-2 gap-x-6 sm:grid-cols-3",
        )
    )
