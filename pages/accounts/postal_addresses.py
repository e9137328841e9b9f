"""The address book."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.account_layout import account_layout
from pages.accounts.postal_address_fields import address_fields, with_format
from pages.components import el
from pages.components.button import primary_button, secondary_button
from pages.components.callout import empty_list
from pages.components.check_field import check_field
from pages.components.field import text_field
from pages.components.icon import icon
from pages.layout.route import private
from state.accounts import PostalAddressesState
from state.accounts_presenters import PostalAddressView
from state.core import browser

_FORM = forms.define_form("address")
_CHANGE_FORM = forms.define_form("address-change")
_API_URL = "/api/v1/account/addresses"
# The address that is being edited; the list is shown while `open` is false.
_EDITED = browser.client_state("address_form", {"open": False, "id": "", "fields": {}, "is_default": False})


def postal_addresses_page() -> rx.Component:
    """The address book: a list, or the form for one address."""
    return account_layout(
        PostalAddressesState,
        "Addresses",
        "Where we send your orders. You choose one at checkout.",
        el.if_else(_is_editing(), _edit_form(), _address_list()),
    )


def _address_list() -> rx.Component:
    add = icon("plus", size=18)
    filled = el.div(
        el.ul(
            rx.foreach(PostalAddressesState.postal_addresses, _address_item),
            class_name="divide-y divide-line border-y border-line",
        ),
        el.div(secondary_button(add, "Add an address", on_click=_start_editing()), class_name="mt-6"),
    )
    empty = empty_list(
        "map-pin",
        "No addresses yet",
        "Add one now to check out faster.",
        primary_button(add, "Add an address", on_click=_start_editing()),
    )
    return el.if_else(PostalAddressesState.postal_addresses.length() > 0, filled, empty)


def _address_item(each: rx.vars.ObjectVar[PostalAddressView]) -> rx.Component:
    default_badge = el.p(
        "Default",
        class_name="mb-2 inline-flex rounded-full border border-positive px-2.5 py-0.5 text-xs font-medium text-positive",
    )
    api_url = _API_URL + "/" + each.id.to(str)
    make_default = _change_form(
        each, "Make default", "PATCH", instance=api_url + "#default", action=api_url, extra_fields="{is_default: true}"
    )
    remove = el.details(
        el.summary(
            "Remove", class_name="inline-flex min-h-11 items-center px-3 text-[15px] underline underline-offset-4"
        ),
        el.div(
            el.p("Remove this address? Earlier orders are not affected.", class_name="mb-3 text-soft"),
            _change_form(each, "Yes, remove it", "DELETE", instance=api_url, action=api_url),
            class_name="pt-1 pb-3",
        ),
    )
    return el.li(
        el.when(each.is_default, default_badge),
        el.address(rx.foreach(each.lines, el.p), class_name="not-italic wrap-anywhere"),
        el.div(
            secondary_button("Edit", on_click=_start_editing(each)),
            el.when(~each.is_default, make_default),
            remove,
            class_name="mt-4 flex flex-wrap items-start gap-3",
        ),
        key=each.id,
        class_name="py-6",
    )


def _change_form(
    each: rx.vars.ObjectVar[PostalAddressView], label: str, method: str, *, instance: rx.Var[str], action: rx.Var[str], extra_fields: str = "{}"
) -> rx.Component:  # fmt: skip
    return forms.form(
        _CHANGE_FORM,
        forms.submit(_CHANGE_FORM, label, context=each.lines.to(list[str])[0], instance=instance, is_secondary=True),
        action=action,
        method=method,
        instance=instance,
        extra_fields=extra_fields,
        on_success=browser.event_trigger(PostalAddressesState.refresh),
    )


def _edit_form() -> rx.Component:
    form, edited = _FORM, _EDITED.value
    is_new: rx.Var[bool] = edited.id == ""
    default_field = check_field(
        "is_default", "Use as my default address", form=form.name, default_checked=edited.is_default.bool()
    )
    phone = text_field(
        "phone", "Phone", form=form.name, error=forms.error(form, "phone"), optional=True, type="tel",
        hint="For the courier, in case they can't find you.", auto_complete="tel", max_length=30,
        default_value=rx.Var(f"({edited!s}.fields['phone'] ?? '')", _var_type=str, _var_data=_var_data()),
    )  # fmt: skip
    buttons = (forms.submit(form, "Save address"), secondary_button("Cancel", on_click=_stop_editing()))
    return el.section(
        el.h2(rx.cond(is_new, "New address", "Edit address"), class_name="mb-6 text-2xl"),
        forms.form(
            form,
            address_fields(form, rx.Var(f"{edited!s}.fields", _var_data=_var_data())),
            phone,
            default_field,
            el.div(*buttons, class_name="flex flex-wrap gap-3"),
            action=rx.cond(is_new, _API_URL, _API_URL + "/" + edited.id.to(str)),
            method=rx.cond(is_new, "POST", "PATCH"),
            on_success=_on_saved(),
        ),
    )


def _start_editing(each: rx.vars.ObjectVar[PostalAddressView] | None = None) -> rx.Var[Any]:
    value = f"{{id: {each!s}.id, fields: {each!s}.fields, is_default: {each!s}.is_default}}" if each is not None else "{id: '', fields: {}, is_default: false}"  # fmt: skip
    country = f"{each!s}.fields['country']" if each is not None else "''"
    opening = with_format(country, f"({_EDITED.set!s})({{...{value}, open: true}})")
    return rx.Var(str(opening), _var_data=browser.var_data(opening, _EDITED.value, _EDITED.set)).to(
        rx.vars.FunctionVar, rx.EventChain
    )


def _stop_editing() -> rx.Var[Any]:
    """Close the form; what was typed into it must not come back in the form for another address."""
    forget = f"globalThis.plazaUnsent.forget(document.getElementById('{_FORM.name}'))"
    return _client_event(
        f"() => {{ {forget}; ({_EDITED.set!s})({{open: false, id: '', fields: {{}}, is_default: false}}); }}"
    )


def _on_saved() -> rx.Var[Any]:
    refresh = browser.event_trigger(PostalAddressesState.refresh)
    script = f"() => {{ ({_stop_editing()!s})(); ({refresh!s})(); }}"
    return rx.Var(script, _var_data=browser.var_data(_EDITED.value, _EDITED.set, refresh))


def _is_editing() -> rx.Var[bool]:
    is_open: rx.Var[bool] = rx.Var(f"{_EDITED.value!s}.open", _var_type=bool, _var_data=_var_data())
    return is_open


def _client_event(script: str) -> rx.Var[Any]:
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _var_data() -> rx.vars.VarData | None:
    return browser.var_data(_EDITED.value, _EDITED.set)


ROUTES = (
    private("/account/addresses", postal_addresses_page, "Addresses", PostalAddressesState.load, account_position=50),
)
