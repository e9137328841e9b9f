"""What links in mails lead to. Each asks for a press of a button: programs that look through mails follow links too."""

import reflex as rx

from pages import forms
from pages.accounts.frame import door, inline_link
from pages.components import el
from pages.components.icon import icon

_VERIFY = forms.named("verify")
_CONFIRM = forms.named("confirm-email")


def check_mail_page() -> rx.Component:
    """Says that a mail is on its way, whoever asked for it."""
    steps = (
        "It can take a minute or two. Look into the spam folder too.",
        "The link works once. One to confirm an address lasts a day, one for a new password or address an hour.",
        "No mail? Then the address may be mistyped, or is not the one of your account.",
    )
    listed = el.ul(
        *(
            el.li(icon("check", size=18, class_name="mt-1 text-accent"), step, class_name="flex gap-3")
            for step in steps
        ),
        class_name="flex flex-col gap-3",
    )
    return door(
        "Check your mail",
        "If everything was right, a message with a link is on its way to you. Open it on this device to go on.",
        listed,
        other=el.p(
            inline_link("Sign in", "/sign-in"), ", ", inline_link("start over", "/sign-up"), ", or ",
            inline_link("choose a new password", "/forgot"), ".",
        ),
    )  # fmt: skip


def verify_page() -> rx.Component:
    """Proves the e-mail address of a new account."""
    return _confirming(
        _VERIFY,
        "Confirm your e-mail address",
        "One press, and your account is ready.",
        "Confirm and continue",
        action="/auth/verify",
        again=("Sign up again", "/sign-up"),
    )


def confirm_email_page() -> rx.Component:
    """Proves an account's new e-mail address."""
    return _confirming(
        _CONFIRM,
        "Confirm your new e-mail address",
        "From then on you sign in with it, and we write to it.",
        "Use this address",
        action="/auth/confirm-email",
        again=("Ask for a new one", "/account"),
    )


def _confirming(
    form: forms.Form, title: str, text: str, label: str, *, action: str, again: tuple[str, str]
) -> rx.Component:
    return door(
        title,
        text,
        forms.sent(form, forms.button(form, label), action=action, extra=forms.TOKEN),
        other=el.p("The link does not work any more? ", inline_link(*again), "."),
    )
