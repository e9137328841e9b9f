"""The address book."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.frame import account
from pages.components import el
from pages.components.button import primary_button, secondary_button
from pages.components.field import check_field, select_field, text_field
from pages.components.icon import icon
from pages.components.notice import nothing_yet
from state import account_views, runtime
from state.account_views import AddressView
from state.accounts import AddressesState

_FORM = forms.named("address")
_CHANGE = forms.named("address-change")
_ALL = "/api/v1/account/addresses"
# Which address is being written; without one the list is shown.
_WRITING = runtime.browser_value("address", {"open": False, "id": "", "fields": {}, "is_default": False})
_FIELDS = (
    ("name", "Full name", "name", False, 80),
    ("line1", "Street and number", "address-line1", False, 120),
    ("line2", "Apartment, floor, company", "address-line2", True, 120),
    ("postcode", "Postcode", "postal-code", True, 20),
    ("city", "City", "address-level2", False, 80),
    ("region", "State or region", "address-level1", True, 80),
)


def addresses_page() -> rx.Component:
    """Where things are sent to."""
    return account(
        AddressesState,
        "Addresses",
        "Where your orders are sent to. You choose one when you pay.",
        el.either(_is_writing(), _form(), _book()),
    )


def _book() -> rx.Component:
    add = icon("plus", size=18)
    some = el.div(
        el.ul(rx.foreach(AddressesState.addresses, _address), class_name="divide-y divide-line border-y border-line"),
        el.div(secondary_button(add, "Add an address", on_click=_write()), class_name="mt-6"),
    )
    none = nothing_yet(
        "map-pin",
        "No address yet",
        "Add one now, and the next order takes a minute less.",
        primary_button(add, "Add an address", on_click=_write()),
    )
    return el.either(AddressesState.addresses.length() > 0, some, none)


def _address(each: rx.vars.ObjectVar[AddressView]) -> rx.Component:
    default = el.p(
        "Default",
        class_name="mb-2 inline-flex rounded-full border border-positive px-2.5 py-0.5 text-xs font-medium text-positive",
    )
    where = _ALL + "/" + each.id.to(str)
    first = _change(each, "Make default", "PATCH", of=where + "#default", action=where, extra="{is_default: true}")
    remove = el.details(
        el.summary(
            "Remove", class_name="inline-flex min-h-11 items-center px-3 text-[15px] underline underline-offset-4"
        ),
        el.div(
            el.p("Remove this address? Orders that were sent to it stay as they are.", class_name="mb-3 text-soft"),
            _change(each, "Yes, remove it", "DELETE", of=where, action=where),
            class_name="pt-1 pb-3",
        ),
    )
    return el.li(
        el.when(each.is_default, default),
        el.address(rx.foreach(each.lines, el.p), class_name="not-italic wrap-anywhere"),
        el.div(
            secondary_button("Edit", on_click=_write(each)),
            el.when(~each.is_default, first),
            remove,
            class_name="mt-4 flex flex-wrap items-start gap-3",
        ),
        class_name="py-6",
    )


def _change(
    each: rx.vars.ObjectVar[AddressView], label: str, method: str, *, of: rx.Var[str], action: rx.Var[str], extra: str = "{}"
) -> rx.Component:  # fmt: skip
    return forms.sent(
        _CHANGE,
        forms.button(_CHANGE, label, about=each.lines.to(list[str])[0], of=of, quiet=True),
        action=action,
        method=method,
        of=of,
        extra=extra,
        then=runtime.event_of(AddressesState.refresh),
    )


def _form() -> rx.Component:
    form, at = _FORM, _WRITING.value
    is_new: rx.Var[bool] = at.id == ""
    default = check_field(
        "is_default", "Use it unless I choose another", form=form.name, default_checked=at.is_default.bool()
    )
    buttons = (forms.button(form, "Save address"), secondary_button("Cancel", on_click=_close()))
    return el.section(
        el.h2(rx.cond(is_new, "New address", "Edit address"), class_name="mb-6 text-2xl"),
        forms.sent(
            form,
            *_fields(),
            default,
            el.div(*buttons, class_name="flex flex-wrap gap-3"),
            action=rx.cond(is_new, _ALL, _ALL + "/" + at.id.to(str)),
            method=rx.cond(is_new, "POST", "PATCH"),
            then=_saved(),
        ),
    )


def _fields() -> tuple[rx.Component, ...]:
    form = _FORM
    name, street, more, postcode, city, region = (
        text_field(
            name, label, form=form.name, error=forms.error(form, name), optional=optional,
            auto_complete=hint, max_length=limit, default_value=_field(name),
        )
        for name, label, hint, optional, limit in _FIELDS
    )  # fmt: skip
    place = el.div(postcode, city, class_name="grid gap-5 sm:grid-cols-[1fr_2fr]")
    options = rx.foreach(rx.Var.create(account_views.countries()), lambda each: el.option(each.name, value=each.code))
    country = select_field(
        "country",
        "Country",
        el.fragment(el.option("Choose a country", value=""), options),
        form=form.name,
        error=forms.error(form, "country"),
        default_value=_field("country"),
        auto_complete="country",
    )
    phone = text_field(
        "phone", "Phone", form=form.name, error=forms.error(form, "phone"), optional=True, type="tel",
        hint="For whoever brings it, if they do not find you.", auto_complete="tel", max_length=30,
        default_value=_field("phone"),
    )  # fmt: skip
    return name, street, more, place, region, country, phone


def _write(each: rx.vars.ObjectVar[AddressView] | None = None) -> rx.Var[Any]:
    value = f"{{id: {each!s}.id, fields: {each!s}.fields, is_default: {each!s}.is_default}}" if each is not None else "{id: '', fields: {}, is_default: false}"  # fmt: skip
    return _script(f"() => ({_WRITING.set!s})({{...{value}, open: true}})")


def _close() -> rx.Var[Any]:
    return _script(f"() => ({_WRITING.set!s})({{open: false, id: '', fields: {{}}, is_default: false}})")


def _saved() -> rx.Var[Any]:
    refresh = runtime.event_of(AddressesState.refresh)
    script = f"() => {{ ({_close()!s})(); ({refresh!s})(); }}"
    return rx.Var(script, _var_data=rx.vars.VarData.merge(_data(), refresh._get_all_var_data()))


def _is_writing() -> rx.Var[bool]:
    shown: rx.Var[bool] = rx.Var(f"{_WRITING.value!s}.open", _var_type=bool, _var_data=_data())
    return shown


def _field(name: str) -> rx.Var[str]:
    return rx.Var(f"({_WRITING.value!s}.fields['{name}'] ?? '')", _var_type=str, _var_data=_data())


def _script(script: str) -> rx.Var[Any]:
    return rx.Var(script, _var_data=_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _data() -> rx.vars.VarData | None:
    return rx.vars.VarData.merge(*(part._get_all_var_data() for part in (_WRITING.value, _WRITING.set)))
