"""The pages that links in mails lead to. Each has a button to press, because mail scanners follow links too."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import auth_layout, inline_link
from pages.components import el
from pages.components.icon import icon
from pages.layout.route import private
from state.core import browser

_VERIFY_FORM = forms.define_form("verify")
_CONFIRM_FORM = forms.define_form("confirm-email")
_AGAIN_FORM = forms.define_form("send-again")
# To which address a mail was sent and why, after #. A link of somebody else can show no text there but an address.
_MAIL_FIELDS = """Object.fromEntries(['email', 'kind'].map((name) => [
  name, (new URLSearchParams(window.location.hash.slice(1)).get(name) ?? '').match(/^[^\\s@]{1,64}@?[^\\s@]{0,190}$/)?.[0] ?? '',
]))"""
_MAIL = browser.client_state("mail_sent_to", {"email": "", "kind": ""})
_EMAIL: rx.Var[str] = rx.Var(
    f"({_MAIL.value!s}.email)", _var_type=str, _var_data=browser.var_data(_MAIL.value)
).guess_type()
_KIND: rx.Var[str] = rx.Var(
    f"({_MAIL.value!s}.kind)", _var_type=str, _var_data=browser.var_data(_MAIL.value)
).guess_type()
_READ_HASH: rx.Var[object] = rx.Var(f"() => ({_MAIL.set!s})({_MAIL_FIELDS})", _var_data=browser.var_data(_MAIL.set))


def check_mail_page() -> rx.Component:
    """The page after a mail was requested; the same whether or not the address has an account."""
    hints = (
        "It can take a minute or two. Check your spam folder too.",
        "The link works once. For a new account it expires after a day, otherwise after an hour.",
        "No mail? You may have mistyped the address, or used a different one for your account.",
    )
    hint_list = el.ul(
        *(
            el.li(icon("check", size=18, class_name="mt-1 text-accent"), step, class_name="flex gap-3")
            for step in hints
        ),
        class_name="flex flex-col gap-3",
    )
    address = el.fragment(
        "If ", el.span(_EMAIL, class_name="font-medium text-ink wrap-anywhere"), " is right, we've sent you a link "
        "there. Open it on this device to continue.",
    )  # fmt: skip
    return auth_layout(
        "Check your mail",
        el.if_else(
            _EMAIL != "",
            address,
            el.fragment("If the address is right, we've sent you a link. Open it on this device to continue."),
        ),
        el.span(on_mount=_READ_HASH.to(rx.vars.FunctionVar, rx.EventChain), class_name="hidden"),
        hint_list,
        el.when((_EMAIL != "") & (_KIND != "email"), _send_again()),
        footer=el.p(
            inline_link("Sign in", "/sign-in"), ", ", inline_link("start over", "/sign-up"), ", or ",
            inline_link("choose a new password", "/forgot"), ".",
        ),
    )  # fmt: skip


def _send_again() -> rx.Component:
    form = _AGAIN_FORM
    sent = el.p(
        "We've sent it again. Only the newest link works.", role="status", class_name="text-[15px] text-positive"
    )
    return forms.form(
        form,
        el.div(forms.submit(form, "Send it again", is_secondary=True)),
        el.when(forms.is_submitted(form), sent),
        action="/auth/send-again",
        extra_fields=_MAIL_FIELDS,
    )


def verify_page() -> rx.Component:
    """Confirms the e-mail address of a new account."""
    return _confirmation(
        _VERIFY_FORM,
        "Confirm your e-mail address",
        "One click, and your account is ready.",
        "Confirm and continue",
        action="/auth/verify",
        retry_link=("Sign up again", "/sign-up"),
    )


def confirm_email_page() -> rx.Component:
    """Confirms an account's new e-mail address."""
    return _confirmation(
        _CONFIRM_FORM,
        "Confirm your new e-mail address",
        "From then on, you sign in with it, and we send mail to it. You have to be signed in to your account here.",
        "Use this address",
        action="/auth/confirm-email",
        retry_link=("Request a new one", "/account"),
    )


def _confirmation(
    form: forms.Form, title: str, text: str, label: str, *, action: str, retry_link: tuple[str, str]
) -> rx.Component:
    return auth_layout(
        title,
        text,
        forms.form(form, forms.submit(form, label), action=action, extra_fields=forms.TOKEN),
        footer=el.p("Link no longer works? ", inline_link(*retry_link), "."),
    )


ROUTES = (
    private("/check-mail", check_mail_page, "Check your mail"),
    private("/verify", verify_page, "Confirm your e-mail address"),
    private("/confirm-email", confirm_email_page, "Confirm your e-mail address"),
)
