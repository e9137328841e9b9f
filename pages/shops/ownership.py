"""The part of the staff page where an owner hands over the shop."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import second_factor
from pages.components import el
from pages.components.field import password_field, select_field
from pages.layout.studio_layout import panel
from state.shops_presenters import SelectOptionView
from state.shops_studio import StaffState

_FORM = forms.define_form("new-owner")
_STAYS_AS = (
    ("staff", "I become staff with every permission"),
    ("owner", "We both own the shop"),
    ("nobody", "I leave the shop"),
)


def ownership() -> rx.Component:
    """The form that makes a member an owner, or how to get such a member."""
    nobody = el.p(
        "Invite the new owner first. Once they have accepted, you can choose them here.", class_name="text-soft"
    )
    return el.div(
        panel(
            "Ownership",
            "Make somebody else an owner, and stay or leave. Only they can undo it.",
            el.if_else(StaffState.next_owners.length() > 0, _form(), nobody),
        ),
        class_name="border-t border-line pt-8",
    )


def _form() -> rx.Component:
    form = _FORM
    members = rx.foreach(StaffState.next_owners, _option)
    roles = (el.option(label, value=value) for value, label in _STAYS_AS)
    return forms.form(
        form,
        select_field(
            "member_id", "New owner", el.fragment(el.option("Choose a person", value=""), members), form=form.name,
            error=forms.error(form, "member_id"),
        ),
        select_field(
            "stays_as", "And you", el.fragment(*roles), form=form.name, error=forms.error(form, "stays_as"),
        ),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        second_factor(form, StaffState.has_totp),
        el.div(forms.submit(form, "Make this person an owner", is_secondary=True)),
        action=StaffState.owners_url,
    )  # fmt: skip


def _option(each: SelectOptionView) -> rx.Component:
    return el.option(each.label, value=each.value)
