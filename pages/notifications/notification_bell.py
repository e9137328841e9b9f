"""The bell of every page, and the items of notification lists."""

import reflex as rx

from pages.components import bell as kit
from pages.components import el
from pages.components.icon import icon
from platform_app.domain.notifications.rules import OTHER, notification_kinds
from state.core import browser
from state.notifications_bell import NotificationBellState, NotificationView


def notification_bell(is_signed_in: rx.Var[bool]) -> rx.Component:
    """The bell with the number of unread notifications."""
    return kit.bell_button(
        is_signed_in=is_signed_in,
        label=NotificationBellState.label,
        unread=NotificationBellState.unread,
        announcement=NotificationBellState.announcement,
    )


def notification_panel() -> rx.Component:
    """The panel below the bell."""
    return kit.bell_panel(
        status=NotificationBellState.status,
        rows=el.fragment(rx.foreach(NotificationBellState.latest, notification_item)),
        has_rows=NotificationBellState.latest.length() > 0,
        has_unread=NotificationBellState.unread != "",
        on_open=browser.event_trigger(NotificationBellState.open),
        on_read_all=browser.event_handler(NotificationBellState.mark_all_read),
        on_retry=browser.event_handler(NotificationBellState.open),
    )


def notification_item(each: rx.vars.ObjectVar[NotificationView]) -> rx.Component:
    """A notification; following its link marks it as read."""
    row = kit.notification_row(
        kind_icon=_kind_icon(kind=each.kind),
        title=each.title,
        text=each.text,
        when=each.when,
        is_new=each.is_new,
        href=each.href,
        on_open=browser.event_handler(NotificationBellState.mark_read)(each.id),
    )
    return el.li(row, key=each.id)


@rx.memo
def _kind_icon(kind: rx.Var[str]) -> rx.Component:
    """The icon of a kind of notification."""
    cases = [(each.name, icon(each.icon)) for each in notification_kinds().values()]
    return el.fragment(rx.match(kind, *cases, icon(OTHER.icon)))
