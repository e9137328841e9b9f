"""Export and deletion of an account's data."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import account_layout, section
from pages.components import el
from pages.components.button import SECONDARY
from pages.components.callout import callout
from pages.components.field import password_field
from pages.components.icon import icon
from pages.layout.route import private
from state.accounts import PersonalDataState

_DELETE_FORM = forms.define_form("delete-account")


def personal_data_page() -> rx.Component:
    """Export and deletion."""
    export = el.a(
        icon("download", size=18),
        "Download as JSON",
        href="/api/v1/account/export",
        download="plaza-account.json",
        class_name=SECONDARY,
    )
    return account_layout(
        PersonalDataState,
        "Your data",
        "Your data belongs to you.",
        section("Download your data", "Everything in your account, in one machine-readable file.", export),
        section(
            "Delete your account",
            "Your name, addresses, favourites and sign-ins are permanently deleted at once.",
            _delete_account(),
        ),
    )


def _delete_account() -> rx.Component:
    form = _DELETE_FORM
    confirmation = forms.form(
        form,
        callout("This can't be undone. Download your data first if you want to keep it.", kind="warning", role="note"),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        el.div(forms.submit(form, "Permanently delete my account", is_secondary=True)),
        action="/api/v1/account",
        method="DELETE",
    )
    return el.details(
        el.summary(
            "I want to delete my account",
            class_name="inline-flex min-h-11 items-center underline underline-offset-4 decoration-1",
        ),
        el.div(confirmation, class_name="pt-4"),
    )


ROUTES = (private("/account/data", personal_data_page, "Your data", PersonalDataState.load, account_position=60),)
