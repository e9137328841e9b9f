"""The bell of every page, and notifications wherever a page shows them."""

import reflex as rx

from pages.components import bell as kit
from pages.components import el
from state import runtime
from state.bell import BellState, NotificationView


def bell(is_known: rx.Var[bool]) -> rx.Component:
    """How much whoever is signed in has not read."""
    return kit.bell_button(is_known=is_known, label=BellState.label, unread=BellState.unread, said=BellState.said)


def panel() -> rx.Component:
    """What opens below the bell."""
    return kit.bell_panel(
        status=BellState.status,
        rows=el.fragment(rx.foreach(BellState.latest, notification)),
        has_rows=BellState.latest.length() > 0,
        has_unread=BellState.unread != "",
        on_open=runtime.event_of(BellState.open),
        on_read_all=runtime.handler(BellState.read_all),
        on_retry=runtime.handler(BellState.open),
    )


def notification(each: rx.vars.ObjectVar[NotificationView]) -> rx.Component:
    """Following it marks it as read."""
    row = kit.notification_row(
        kind=each.kind,
        title=each.title,
        text=each.text,
        when=each.when,
        is_new=each.is_new,
        href=each.href,
        on_follow=runtime.handler(BellState.read)(each.id),
    )
    return el.li(row, key=each.id)
