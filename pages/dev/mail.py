"""The mails that Plaza stores in development instead of sending them."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button, secondary_link
from pages.components.empty_state import empty_state
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import Route
from state.core import browser
from state.dev import EmailView, MailState


def mail_page() -> rx.Component:
    """The outbox, newest first."""
    reload = secondary_button("Refresh", on_click=browser.event_handler(MailState.load))
    empty = empty_state(
        "mail", "No mail yet", "Mails that Plaza would send appear here.", secondary_link("Sign up", href="/sign-up")
    )
    emails = el.ul(rx.foreach(MailState.emails, _email), aria_label="Mail", class_name="flex flex-col gap-8")
    return page_layout(
        el.div(
            el.div(
                el.h1("Outbox", class_name="text-4xl"),
                reload,
                class_name="mb-8 flex items-center justify-between gap-4",
            ),
            rx.cond(MailState.emails.length() > 0, emails, empty),
            class_name=f"{CONTAINER} max-w-3xl! py-10",
        ),
        is_ready=MailState.is_loaded,
    )


def _email(each: rx.vars.ObjectVar[EmailView]) -> rx.Component:
    # The mail's links may navigate this tab; everything else is forbidden.
    body = el.iframe(
        src_doc=each.html,
        title=each.subject,
        custom_attrs={"sandbox": "allow-top-navigation-by-user-activation"},
        class_name="h-110 w-full bg-white",
    )
    return el.li(
        el.div(
            el.h2(each.subject, class_name="text-xl"),
            el.p("To ", each.recipient, " · ", each.sent_at, class_name="text-sm text-soft wrap-anywhere"),
            class_name="border-b border-line px-4 py-3",
        ),
        body,
        class_name="overflow-hidden rounded-card border border-line bg-raised",
    )


ROUTES = (Route("/dev/mail", mail_page, "Outbox · Plaza", MailState.load, is_private=True, is_development=True),)
