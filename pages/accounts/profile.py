"""The account's name and e-mail address."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import account_layout, second_factor, section
from pages.components import el
from pages.components.callout import description_item, description_list
from pages.components.check_field import check_field
from pages.components.field import password_field, text_field
from pages.layout.route import private
from platform_app.domain.notifications.rules import mail_kinds
from platform_app.domain.shared.kinds import MailKind
from state.accounts import AccountState
from state.core import browser

_NAME_FORM = forms.define_form("name")
_EMAIL_FORM = forms.define_form("email")
_MAIL_FORM = forms.define_form("mail")
_PROFILE = browser.object_var(AccountState.profile)


def profile_page() -> rx.Component:
    """The account's name, e-mail address and mail preferences."""
    account_details = description_list(
        description_item("E-mail address", _PROFILE.email), description_item("Member since", _PROFILE.member_since)
    )
    return account_layout(
        AccountState,
        "Profile",
        "Who you are on Plaza.",
        account_details,
        section("Name", "Shown to shops and other people.", _name_form()),
        section(
            "E-mail address",
            "We'll send a link to the new address. Until you confirm it, the old one stays.",
            _email_form(),
        ),
        section("Mail", "What we may send you besides mail about your account and your orders.", _mail_form()),
    )


def _name_form() -> rx.Component:
    form = _NAME_FORM
    return forms.form(
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
        save_button(form, forms.submit(form, "Save", is_secondary=True), "Saved."),
        action="/api/v1/account",
        method="PATCH",
        on_success=browser.event_trigger(AccountState.refresh),
        keep_values=True,
    )


def _email_form() -> rx.Component:
    form = _EMAIL_FORM
    return forms.form(
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
        second_factor(form, _PROFILE.has_totp),
        el.div(forms.submit(form, "Send the link", is_secondary=True)),
        action="/auth/email",
    )


def _mail_form() -> rx.Component:
    form = _MAIL_FORM
    return forms.form(
        form,
        *(_mail_field(kind) for kind in mail_kinds().values()),
        save_button(form, forms.submit(form, "Update", context="mail", is_secondary=True), "Saved."),
        action="/api/v1/notifications/mail",
        method="PATCH",
        on_success=browser.event_trigger(AccountState.refresh),
        keep_values=True,
    )


def _mail_field(kind: MailKind) -> rx.Component:
    is_wanted = AccountState.wanted_mails.contains(kind.name)
    return check_field(
        kind.name,
        kind.label,
        form=_MAIL_FORM.name,
        hint=kind.description,
        default_checked=is_wanted,
        key=is_wanted.to_string(),
    )


def save_button(form: forms.Form, button: rx.Component, message: str) -> rx.Component:
    """A form's button, with a message once the form was accepted."""
    confirmation = el.span(
        el.when(forms.is_submitted(form), el.span(message)), role="status", class_name="text-[15px] text-positive"
    )
    return el.div(button, confirmation, class_name="flex items-center gap-4")


ROUTES = (private("/account", profile_page, "Profile", AccountState.load, account_position=10),)
