"""The account's name and e-mail address."""

import reflex as rx

from pages import forms
from pages.accounts.frame import account, part
from pages.components import el
from pages.components.field import check_field, password_field, text_field
from pages.components.notice import row, rows
from state import runtime
from state.accounts import AccountState

_NAME = forms.named("name")
_EMAIL = forms.named("email")
_MAIL = forms.named("mail")
_PROFILE = runtime.view(AccountState.profile)


def profile_page() -> rx.Component:
    """What the account is called, and where mail to it goes."""
    known = rows(row("E-mail address", _PROFILE.email), row("Member since", _PROFILE.since))
    return account(
        AccountState,
        "Profile",
        "Who you are on Plaza.",
        known,
        part("Name", "As shops and other people see it.", _name()),
        part(
            "E-mail address", "We send a link to the new address; until it is confirmed, the old one stays.", _email()
        ),
        part("Mail", "What we may write to you about, besides your account and your orders.", _mail()),
    )


def _name() -> rx.Component:
    form = _NAME
    return forms.sent(
        form,
        text_field(
            "name",
            "Name",
            form=form.name,
            error=forms.error(form, "name"),
            default_value=_PROFILE.name,
            key=_PROFILE.name,
            auto_complete="name",
            max_length=80,
        ),
        saved(form, forms.button(form, "Save", quiet=True), "Saved."),
        action="/api/v1/account",
        method="PATCH",
        then=runtime.event_of(AccountState.refresh),
        keep=True,
    )


def _email() -> rx.Component:
    form = _EMAIL
    return forms.sent(
        form,
        text_field(
            "email",
            "New e-mail address",
            form=form.name,
            error=forms.error(form, "email"),
            type="email",
            auto_complete="email",
            max_length=254,
            spell_check=False,
        ),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        el.div(forms.button(form, "Send the link", quiet=True)),
        action="/auth/email",
    )


def _mail() -> rx.Component:
    form, hears = _MAIL, AccountState.hears_of_drops
    wanted = check_field(
        "price_drops",
        "Tell me when something I like gets cheaper",
        form=form.name,
        default_checked=hears,
        key=hears.to_string(),
    )
    return forms.sent(
        form,
        wanted,
        saved(form, forms.button(form, "Update", quiet=True), "Saved."),
        action="/api/v1/favourites/mail",
        method="PATCH",
        then=runtime.event_of(AccountState.refresh),
        keep=True,
    )


def saved(form: forms.Form, button: rx.Component, word: str) -> rx.Component:
    """A form's button, and a word once it was taken."""
    said = el.span(el.when(forms.is_done(form), el.span(word)), role="status", class_name="text-[15px] text-positive")
    return el.div(button, said, class_name="flex items-center gap-4")
