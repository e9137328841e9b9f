"""The page of all that the viewer was told."""

import reflex as rx

from pages.accounts.frame import account
from pages.components import el
from pages.components.bell import nothing_yet
from pages.components.button import secondary_button, secondary_link
from pages.components.message import message
from pages.notifying import notification
from state import runtime
from state.bell import BellState
from state.notifications import NotificationsState


def notifications_page() -> rx.Component:
    """Everything, newest first."""
    return account(
        NotificationsState,
        "Notifications",
        "Imports, pictures, prices, invitations and sign-ins. What you have read is kept for 90 days.",
        el.either(NotificationsState.notifications.length() > 0, _some(), _none()),
    )


def _some() -> rx.Component:
    failed = el.p("That did not work. Please try again.", role="alert", class_name="mb-4 text-soft")
    more = el.div(
        el.when(NotificationsState.more_failed, failed),
        secondary_button("Show more", on_click=runtime.handler(NotificationsState.show_more)),
        class_name="mt-8 text-center",
    )
    read = secondary_button("Mark all as read", on_click=runtime.handler(BellState.read_all))
    return el.div(
        el.when(BellState.unread != "", el.div(read, class_name="mb-6")),
        el.ul(
            rx.foreach(NotificationsState.notifications, notification),
            aria_label="Notifications",
            class_name="divide-y divide-line border-y border-line",
        ),
        el.when(NotificationsState.has_more, more),
    )


def _none() -> rx.Component:
    return message("bell", "Nothing yet", nothing_yet(), secondary_link("See what is new", href="/search"))
