"""The mail that a development Plaza keeps instead of sending it."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button, secondary_link
from pages.components.message import message
from pages.frame import WIDE, page
from state import runtime
from state.dev import LetterView, MailState


def mail_page() -> rx.Component:
    """The outbox, the newest first."""
    again = secondary_button("Look again", on_click=runtime.handler(MailState.load))
    none = message(
        "mail", "No mail yet", "What Plaza writes to people shows up here.", secondary_link("Sign up", href="/sign-up")
    )
    letters = el.ul(rx.foreach(MailState.letters, _letter), aria_label="Mail", class_name="flex flex-col gap-8")
    return page(
        el.div(
            el.div(
                el.h1("Outbox", class_name="text-4xl"), again, class_name="mb-8 flex items-center justify-between gap-4"
            ),
            rx.cond(MailState.letters.length() > 0, letters, none),
            class_name=f"{WIDE} max-w-3xl! py-10",
        ),
        ready=MailState.is_read,
    )


def _letter(each: rx.vars.ObjectVar[LetterView]) -> rx.Component:
    # Its links may lead the page on; anything else that a letter could do, it may not.
    shown = el.iframe(
        src_doc=each.html,
        title=each.subject,
        custom_attrs={"sandbox": "allow-top-navigation-by-user-activation"},
        class_name="h-110 w-full bg-white",
    )
    return el.li(
        el.div(
            el.h2(each.subject, class_name="text-xl"),
            el.p("To ", each.recipient, " · ", each.at, class_name="text-sm text-soft wrap-anywhere"),
            class_name="border-b border-line px-4 py-3",
        ),
        shown,
        class_name="overflow-hidden rounded-card border border-line bg-raised",
    )
