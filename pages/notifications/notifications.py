"""The page of all notifications."""

import reflex as rx

from pages.accounts.account_layout import account_layout
from pages.components import el
from pages.components.bell import empty_text
from pages.components.button import secondary_button, secondary_link
from pages.components.empty_state import empty_state
from pages.layout.route import private
from pages.notifications.notification_bell import notification_item
from state.core import browser
from state.notifications import NotificationsState
from state.notifications_bell import NotificationBellState


def notifications_page() -> rx.Component:
    """All notifications, newest first."""
    return account_layout(
        NotificationsState,
        "Notifications",
        "News about your shops, favourites and account. Read notifications are kept for 90 days.",
        el.if_else(NotificationsState.notifications.length() > 0, _notification_list(), _empty()),
    )


def _notification_list() -> rx.Component:
    error = el.p("That didn't work. Please try again.", role="alert", class_name="mb-4 text-soft")
    load_more = el.div(
        el.when(NotificationsState.load_more_failed, error),
        secondary_button("Show more", on_click=browser.event_handler(NotificationsState.show_more)),
        class_name="mt-8 text-center",
    )
    mark_all_read = secondary_button(
        "Mark all as read", on_click=browser.event_handler(NotificationBellState.mark_all_read)
    )
    return el.div(
        el.when(NotificationBellState.unread != "", el.div(mark_all_read, class_name="mb-6")),
        el.ul(
            rx.foreach(NotificationsState.notifications, notification_item),
            aria_label="Notifications",
            class_name="divide-y divide-line border-y border-line",
        ),
        el.when(NotificationsState.has_more, load_more),
    )


def _empty() -> rx.Component:
    return empty_state("bell", "Nothing yet", empty_text(), secondary_link("See what's new", href="/search"))


ROUTES = (
    private(
        "/account/notifications", notifications_page, "Notifications", NotificationsState.load, account_position=20
    ),
)
