"""The bell: the number of unread notifications, and a panel with the latest."""

import reflex as rx

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon
from pages.components.link import HOVER_UNDERLINE, link
from state.core import browser

NOTIFICATIONS_URL = "/account/notifications"
# The same size for users and visitors, so that the header does not shift.
_BUTTON = f"{ICON} relative max-[359px]:hidden!"
_HIDE = "() => document.getElementById('bell-panel')?.hidePopover()"
_ON_TOGGLE = "(event) => event.newState === 'open' && (%s)()"
_EMPTY = "px-3 py-8 text-center text-[15px] text-soft text-pretty"
_TEXT_BUTTON = f"inline-flex min-h-11 items-center px-3 text-sm text-soft hover:text-ink {HOVER_UNDERLINE}"


def bell_button(
    *, is_signed_in: rx.Var[bool], label: rx.Var[str], unread: rx.Var[str], announcement: rx.Var[str]
) -> rx.Component:
    """The button that opens the panel; for signed-out visitors, a link to the page of notifications."""
    badge = el.span(
        unread,
        custom_attrs={"aria-hidden": "true"},
        class_name="absolute end-0 top-0.5 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-[11px] leading-none font-semibold text-accent-ink tabular-nums",
    )
    panel_button = el.button(
        icon("bell"),
        el.when(unread != "", badge),
        type="button",
        title="Notifications",
        aria_label=label,
        custom_attrs={"popoverTarget": "bell-panel"},
        class_name=_BUTTON,
    )
    notifications_link = link(
        icon("bell"), href=NOTIFICATIONS_URL, aria_label="Notifications", title="Notifications", class_name=_BUTTON
    )
    return el.fragment(
        el.if_else(is_signed_in, panel_button, notifications_link),
        el.span(announcement, role="status", class_name="sr-only"),
    )


def bell_panel(
    *,
    status: rx.Var[str],
    rows: rx.Component,
    has_rows: rx.Var[bool],
    has_unread: rx.Var[bool],
    on_open: rx.Var[rx.EventChain],
    on_read_all: rx.EventHandler,
    on_retry: rx.EventHandler,
) -> rx.Component:
    """The latest notifications, which are loaded when the panel opens."""
    hide = rx.Var(_HIDE).to(rx.vars.FunctionVar, rx.EventChain)
    row_list = el.ul(rows, on_click=hide)
    content = _panel_content(
        status, el.if_else(has_rows, row_list, el.p("Nothing yet. ", empty_text(), class_name=_EMPTY)), on_retry
    )
    return el.section(
        el.div(
            el.p("Notifications", class_name="flex min-h-11 items-center px-3 font-medium"),
            el.when(
                has_unread, el.button("Mark all as read", type="button", on_click=on_read_all, class_name=_TEXT_BUTTON)
            ),
            class_name="flex flex-wrap items-center justify-between border-b border-line pb-1",
        ),
        el.div(content, class_name="max-h-[min(28rem,calc(100dvh-13rem))] overflow-y-auto overscroll-contain py-1"),
        el.div(
            link(
                "See all notifications",
                href=NOTIFICATIONS_URL,
                on_click=hide,
                class_name="flex min-h-11 items-center justify-center rounded-xl text-[15px] hover:bg-sunken",
            ),
            class_name="border-t border-line pt-2",
        ),
        id="bell-panel",
        aria_label="Notifications",
        custom_attrs={
            "popover": "auto",
            "onToggle": rx.Var(_ON_TOGGLE % on_open, _var_data=browser.var_data(on_open)),
        },
        class_name="absolute inset-x-2 top-17 bottom-auto m-0 w-auto max-w-none rounded-card border border-edge bg-raised p-2 text-ink sm:start-auto sm:end-[max(1rem,calc((100vw-80rem)/2+2rem))] sm:w-100",
    )


def notification_row(
    *,
    kind_icon: rx.Component,
    title: rx.Var[str],
    text: rx.Var[str],
    when: rx.Var[str],
    is_new: rx.Var[bool],
    href: rx.Var[str],
    on_open: browser.BoundEvent,
) -> rx.Component:
    """A notification with a link to its subject; unread ones are marked."""
    unread_mark = el.span(
        el.span("Unread", class_name="sr-only"),
        class_name="mt-2 size-2 shrink-0 rounded-full bg-accent",
    )
    return link(
        el.span(kind_icon, class_name="mt-0.5 text-soft"),
        el.span(
            el.span(title, class_name=rx.cond(is_new, "font-medium", "") + " block text-[15px]"),
            el.span(text, class_name="block text-sm text-soft wrap-anywhere"),
            el.span(when, class_name="mt-0.5 block text-[13px] text-soft"),
            class_name="min-w-0 flex-1",
        ),
        el.when(is_new, unread_mark),
        href=href,
        on_click=on_open,
        class_name="flex w-full items-start gap-3 rounded-xl px-3 py-2.5 text-start hover:bg-sunken",
    )


def _panel_content(status: rx.Var[str], found: rx.Component, on_retry: rx.EventHandler) -> rx.Component:
    down = el.div(
        el.p("We can't show this right now."),
        el.button("Try again", type="button", on_click=on_retry, class_name=_TEXT_BUTTON),
        role="alert",
        class_name=_EMPTY,
    )
    return el.fragment(rx.match(status, ("ready", found), ("down", down), el.p("Loading…", class_name=_EMPTY)))


def empty_text() -> str:
    """The text for users without notifications."""
    return "News about your shops, favourites and account appears here."
