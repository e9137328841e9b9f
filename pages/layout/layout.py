"""The layout of every page: skip link, header, main, footer, connection banner and error toast."""

import reflex as rx

from pages.components import el
from pages.components.account_menu import account_button, account_menu
from pages.components.behaviour import page_behaviour
from pages.components.button import icon_button
from pages.components.footer import footer, footer_link
from pages.components.header import header, menu_item
from pages.components.heart_button import favourites_link
from pages.components.icon import icon
from pages.components.theme import theme_button
from pages.favourites.favourite_button import undo_button, unfinished_like
from pages.notifications.notification_bell import notification_bell, notification_panel
from pages.search.typeahead import typeahead
from platform_app.presenters.sitepages import FOOTER_LINKS
from state.core import browser
from state.layout import LayoutState

_ROW = "flex flex-1 items-center justify-between gap-4"
CONTAINER = "mx-auto w-full max-w-7xl px-4 lg:px-8"
# Scrolls the current tab into view if not all tabs fit.
_SCROLL_TO_CURRENT_TAB = """() => {
  const tab = document.querySelector('main nav ul [aria-current=page]'), tabs = tab?.closest('ul');
  if (tabs) tabs.scrollLeft = tab.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - tab.offsetWidth) / 2;
}"""


def page_layout(
    *children: rx.Component,
    is_ready: rx.Var[bool],
    query: rx.Var[str] | str = "",
    has_search: bool = False,
    has_footer: bool = True,
    is_served: bool = False,
) -> rx.Component:
    """A page; `is_ready` becomes true once its content can be shown; `has_search` if it has its own search field.

    A page with `is_served` has a first paint from the server, which it replaces once it is ready.
    """
    on_ready = el.span(on_mount=browser.client_event(_SCROLL_TO_CURRENT_TAB), class_name="hidden")
    document = el.fragment(
        el.a(
            "Skip to content",
            href="#main",
            class_name="sr-only focus:not-sr-only focus:fixed focus:start-4 focus:top-4 focus:z-50 focus:rounded-full focus:bg-ink focus:px-5 focus:py-3 focus:text-paper",
        ),
        _header(query, has_search=has_search),
        el.main(
            *children,
            el.when(is_ready, on_ready),
            id="main",
            custom_attrs={"data-ready": rx.cond(is_ready, "", None), "tabIndex": -1},
            class_name="min-h-[70dvh] outline-none",
        ),
        *([_footer()] if has_footer else []),
        page_behaviour(),
        el.when(browser.object_var(LayoutState.user).name != "", unfinished_like()),
    )
    return el.when(browser.should_render(is_ready), document) if is_served else document


def connection_banner() -> rx.Component:
    """A banner that appears while the connection is lost, after a short delay."""
    banner = el.div(
        el.span("Reconnecting…"),
        role="status",
        class_name="show-after-2s fixed inset-x-0 bottom-0 z-40 bg-ink py-2 text-center text-sm text-paper",
    )
    return el.when(browser.is_connection_lost(), banner)


def error_toast() -> rx.Component:
    """A toast: an error with its reference in the logs, why an action was refused, or how to undo a removal."""
    text = el.p(
        "Something went wrong on our side. Please try again. ",
        el.span("Reference ", LayoutState.incident, class_name="whitespace-nowrap text-sm text-soft"),
    )
    message = el.p(LayoutState.message, class_name="wrap-anywhere")
    removal = el.div(el.p("Removed from your favourites."), undo_button(), class_name=_ROW)
    is_error = (LayoutState.incident != "") | (LayoutState.message != "")
    # Not a div: React would mistake the first paint, which is one, for this.
    return el.section(
        el.when(LayoutState.incident != "", _toast(text)),
        el.when((LayoutState.message != "") & (LayoutState.incident == ""), _toast(message)),
        el.when((LayoutState.removed_favourite != "") & ~is_error, _toast(removal)),
        role="alert",
    )


def _toast(text: rx.Component) -> rx.Component:
    return el.div(
        text,
        icon_button(icon("x"), label="Dismiss", on_click=LayoutState.dismiss),
        class_name="fixed inset-x-4 bottom-4 z-40 mx-auto flex max-w-lg items-center justify-between gap-4 rounded-card border border-edge bg-raised py-2 ps-5 pe-2",
    )


def _header(query: rx.Var[str] | str, *, has_search: bool) -> rx.Component:
    user = browser.object_var(LayoutState.user)
    items = el.ul(
        rx.foreach(LayoutState.menu, lambda each: menu_item(each.label, each.href, each.icon)),
        class_name="grid grid-cols-1 gap-1 min-[360px]:grid-cols-2 lg:grid-cols-5",
    )
    search_field = typeahead(name="search", query=query)
    menu = account_menu(name=user.name, email=user.email, shop_label=user.shop_label, shop_href=user.shop_href)
    return header(
        categories=items,
        search=search_field,
        theme=theme_button(),
        favourites=favourites_link(),
        bell=notification_bell(user.name != ""),
        account=account_button(name=user.name, first_name=user.first_name, initial=user.initial),
        popovers=(notification_panel(), menu),
        is_search_phone_only=has_search,
    )


def _footer() -> rx.Component:
    return footer(
        el.ul(
            rx.foreach(LayoutState.menu, lambda each: footer_link(each.label, each.href)),
            class_name="grid grid-cols-2 gap-x-6 sm:grid-cols-3",
        ),
        el.ul(
            *(footer_link(each.label, each.href) for each in FOOTER_LINKS),
            class_name="flex flex-wrap gap-x-6",
        ),
    )
