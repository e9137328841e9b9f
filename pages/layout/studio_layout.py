"""The layout of the seller studio: the shop's name and navigation beside the page."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_link
from pages.components.callout import callout
from pages.components.empty_state import empty_state, error_state
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.layout.layout import CONTAINER, page_layout
from state.core import browser
from state.studio import NAVIGATION, NavigationItemView, StudioPage, StudioState


def studio_layout(
    state: type[StudioPage], title: rx.Var[str] | str, description: rx.Component | rx.Var[str] | str, *sections: rx.Component, actions: rx.Component | None = None
) -> rx.Component:  # fmt: skip
    """A page of the studio; `actions` are beside the title. Shows an error if the user may not see the shop or page."""
    flash = el.div(callout(state.flash, kind="success"), class_name="mb-6")
    head = el.div(
        el.div(
            el.h1(title, class_name="text-2xl sm:text-3xl wrap-anywhere"),
            el.p(description, class_name="mt-1 max-w-2xl text-[15px] text-soft text-pretty"),
            class_name="min-w-0 flex-[1_1_18rem]",
        ),
        *([actions] if actions else []),
        class_name="mb-8 flex flex-wrap items-start gap-x-6 gap-y-4",
    )
    body = el.div(
        _navigation(),
        el.div(
            el.when(state.flash != "", flash),
            head,
            el.if_else(state.status == "ready", el.div(*sections, class_name="flex flex-col gap-10"), loading()),
            class_name="min-w-0 flex-1",
        ),
        class_name=f"{CONTAINER} gap-12 pt-2 pb-12 lg:flex lg:pt-8",
    )
    content = rx.match(
        state.status,
        ("missing", _not_found()),
        ("forbidden", forbidden()),
        ("down", error_state(browser.event_handler(state.load), level=1)),
        body,
    )
    return page_layout(content, is_ready=state.status != "", has_footer=False)


def panel(title: str, description: rx.Component | str, *children: rx.Component) -> rx.Component:
    """A section of a studio page: title and description on one side, controls on the other."""
    return el.section(
        el.div(
            el.h2(title, class_name="text-xl"),
            el.p(description, class_name="mt-1 text-[15px] text-soft text-pretty") if description else el.fragment(),
        ),
        el.div(*children, class_name="min-w-0"),
        aria_label=title,
        class_name="grid gap-x-12 gap-y-5 border-t border-line pt-8 first:border-0 first:pt-0 xl:grid-cols-[17rem_minmax(0,40rem)]",
    )


def loading() -> rx.Component:
    """A placeholder while content loads, after a short delay."""
    placeholders = (el.div(class_name=f"skeleton h-10 {width}") for width in ("w-full", "w-4/5", "w-full", "w-1/2"))
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(*placeholders, custom_attrs={"aria-hidden": "true"}, class_name="show-after-200ms flex flex-col gap-4"),
    )


def _navigation() -> rx.Component:
    public_link = link(
        "View your shop",
        href=StudioState.public_url,
        class_name=f"inline-flex min-h-11 items-center text-sm text-soft hover:text-ink {UNDERLINED}",
    )
    return el.div(
        el.div(
            el.p(StudioState.name, class_name="min-w-0 truncate font-medium"),
            el.when(StudioState.public_url != "", public_link),
            class_name="flex min-h-11 flex-wrap items-center justify-between gap-x-4 lg:mb-4 lg:block lg:px-3",
        ),
        el.nav(
            el.ul(
                rx.foreach(StudioState.navigation, _navigation_item),
                class_name="no-scrollbar -mx-4 flex gap-1 overflow-x-auto px-4 lg:mx-0 lg:flex-col lg:px-0",
            ),
            aria_label="Your shop",
        ),
        class_name="mb-6 border-b border-line lg:mb-0 lg:w-52 lg:shrink-0 lg:border-0",
    )


def _navigation_item(each: rx.vars.ObjectVar[NavigationItemView]) -> rx.Component:
    path = browser.pathname().to(rx.vars.StringVar)
    is_below = path.startswith(each.href.to(str) + "/")
    is_current = (path == each.href) | (~each.is_home.to(bool) & is_below)
    icon_element = rx.match(
        each.icon, *((name, icon(name, size=18)) for _, _, name, _ in NAVIGATION), icon("circle", size=18)
    )
    current_class = "border-accent text-ink font-medium lg:bg-sunken "
    return el.li(
        link(
            el.fragment(icon_element),
            each.label.to(str),
            href=each.href.to(str),
            custom_attrs={"aria-current": rx.cond(is_current, "page", None)},
            class_name=rx.cond(is_current, current_class, "border-transparent text-soft hover:text-ink ")
            + "inline-flex min-h-11 w-full items-center gap-2.5 whitespace-nowrap border-b-2 px-3 text-[15px] lg:rounded-xl lg:border-b-0",
        ),
    )


def _not_found() -> rx.Component:
    return empty_state(
        "store",
        "We can't find this shop",
        "It may have a new address, or you may no longer be a member.",
        secondary_link("Your shops", href="/sell"),
        level=1,
    )


def forbidden() -> rx.Component:
    """What a member without the permission sees."""
    return empty_state(
        "lock",
        "You don't have access to this page",
        "Ask the shop's owner if you need access.",
        secondary_link("Back to the shop's home", href=StudioState.base_url),
        level=1,
    )
