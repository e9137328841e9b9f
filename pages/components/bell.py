"""The bell: how much is unread, and a panel with the latest of it."""

import reflex as rx
from reflex.event import EventSpec

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon
from pages.components.link import QUIET, link

HREF = "/account/notifications"
KINDS = {
    "import_finished": "file-check",
    "import_failed": "file-x",
    "import_undone": "undo-2",
    "picture_rejected": "image-off",
    "price_drop": "tag",
    "invitation": "store",
    "new_device": "shield-alert",
}
# No larger than the header's own icon, so that nothing moves when it is known whose it is.
_PLACE = f"{ICON} relative max-[359px]:hidden!"
_HIDE = "() => document.getElementById('bell-panel')?.hidePopover()"
_OPENED = "(event) => event.newState === 'open' && (%s)()"
_SAID = "px-3 py-8 text-center text-[15px] text-soft text-pretty"
_QUIET_BUTTON = f"inline-flex min-h-11 items-center px-3 text-sm text-soft hover:text-ink {QUIET}"


def bell_button(*, is_known: rx.Var[bool], label: rx.Var[str], unread: rx.Var[str], said: rx.Var[str]) -> rx.Component:
    """The way to all notifications, as long as nobody is known to be signed in; else what opens the panel."""
    badge = el.span(
        unread,
        custom_attrs={"aria-hidden": "true"},
        class_name="absolute end-0 top-0.5 grid h-5 min-w-5 place-items-center rounded-full bg-accent px-1 text-[11px] leading-none font-semibold text-accent-ink tabular-nums",
    )
    mine = el.button(
        icon("bell"),
        el.when(unread != "", badge),
        type="button",
        title="Notifications",
        aria_label=label,
        custom_attrs={"popoverTarget": "bell-panel"},
        class_name=_PLACE,
    )
    anybodys = link(icon("bell"), href=HREF, aria_label="Notifications", title="Notifications", class_name=_PLACE)
    return el.fragment(el.either(is_known, mine, anybodys), el.span(said, role="status", class_name="sr-only"))


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
    """The latest notifications; they are asked for when it opens."""
    hide = rx.Var(_HIDE).to(rx.vars.FunctionVar, rx.EventChain)
    some = el.ul(rows, on_click=hide)
    shown = _latest(status, el.either(has_rows, some, el.p("Nothing yet. ", nothing_yet(), class_name=_SAID)), on_retry)
    return el.section(
        el.div(
            el.p("Notifications", class_name="flex min-h-11 items-center px-3 font-medium"),
            el.when(
                has_unread, el.button("Mark all as read", type="button", on_click=on_read_all, class_name=_QUIET_BUTTON)
            ),
            class_name="flex flex-wrap items-center justify-between border-b border-line pb-1",
        ),
        el.div(shown, class_name="max-h-[min(28rem,calc(100dvh-13rem))] overflow-y-auto overscroll-contain py-1"),
        el.div(
            link(
                "See all notifications",
                href=HREF,
                on_click=hide,
                class_name="flex min-h-11 items-center justify-center rounded-xl text-[15px] hover:bg-sunken",
            ),
            class_name="border-t border-line pt-2",
        ),
        id="bell-panel",
        aria_label="Notifications",
        custom_attrs={
            "popover": "auto",
            "onToggle": rx.Var(_OPENED % on_open, _var_data=on_open._get_all_var_data()),
        },
        class_name="absolute inset-x-2 top-17 bottom-auto m-0 w-auto max-w-none rounded-card border border-edge bg-raised p-2 text-ink sm:start-auto sm:end-[max(1rem,calc((100vw-80rem)/2+2rem))] sm:w-100",
    )


def notification_row(
    *,
    kind: rx.Var[str],
    title: rx.Var[str],
    text: rx.Var[str],
    when: rx.Var[str],
    is_new: rx.Var[bool],
    href: rx.Var[str],
    on_follow: EventSpec,
) -> rx.Component:
    """One notification, which leads to what it is about; an unread one has a mark, and says so."""
    mark = el.span(
        el.span("Unread", class_name="sr-only"),
        class_name="mt-2 size-2 shrink-0 rounded-full bg-accent",
    )
    return link(
        el.span(kind_icon(kind=kind), class_name="mt-0.5 text-soft"),
        el.span(
            el.span(title, class_name=rx.cond(is_new, "font-medium", "") + " block text-[15px]"),
            el.span(text, class_name="block text-sm text-soft wrap-anywhere"),
            el.span(when, class_name="mt-0.5 block text-[13px] text-soft"),
            class_name="min-w-0 flex-1",
        ),
        el.when(is_new, mark),
        href=href,
        on_click=on_follow,
        class_name="flex w-full items-start gap-3 rounded-xl px-3 py-2.5 text-start hover:bg-sunken",
    )


@rx.memo
def kind_icon(kind: rx.Var[str]) -> rx.Component:
    """What stands for a kind of notification."""
    return el.fragment(rx.match(kind, *((each, icon(name)) for each, name in KINDS.items()), icon("bell")))


def _latest(status: rx.Var[str], found: rx.Component, on_retry: rx.EventHandler) -> rx.Component:
    down = el.div(
        el.p("We cannot show this right now."),
        el.button("Try again", type="button", on_click=on_retry, class_name=_QUIET_BUTTON),
        role="alert",
        class_name=_SAID,
    )
    return el.fragment(rx.match(status, ("ready", found), ("down", down), el.p("Loading…", class_name=_SAID)))


def nothing_yet() -> str:
    """What is said to whoever was told nothing so far."""
    return "When something happens to your things, you are told here."
