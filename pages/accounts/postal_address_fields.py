"""The fields of a postal address, as the chosen country has them."""

import json
from pathlib import Path
from typing import Any

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.field import select_field, text_field
from state import accounts_presenters
from state.core import browser

_SCRIPT = Path(__file__).with_name("address_format.js").read_text()
_AUTO_COMPLETE = {
    "name": "name",
    "line1": "address-line1",
    "line2": "address-line2",
    "dependent_locality": "address-level3",
    "city": "address-level2",
    "region": "address-level1",
    "postcode": "postal-code",
}
_NEUTRAL = accounts_presenters.neutral_address_format()
# The format of the chosen country, as REST gives it; `country_name` is set once the user has chosen another country.
_FORMAT = browser.client_state("address_format", _NEUTRAL)


def address_fields(form: forms.Form, values: rx.Var[Any]) -> rx.Component:
    """The country, and the fields of its addresses; `values` is an object with the fields' first values."""
    fields: rx.Var[list[dict[str, Any]]] = rx.Var(
        f"{_FORMAT.value!s}.fields", _var_type=list[dict[str, Any]], _var_data=browser.var_data(_FORMAT.value)
    )
    return _AddressFields.create(
        _country_field(form, values),
        el.p(_announcement(), role="status", class_name="sr-only"),
        el.div(
            rx.foreach(fields.guess_type(), lambda each: _field(form, values, each)),
            class_name="flex flex-wrap gap-5",
        ),
    )


def with_format(country: str, then: str) -> rx.Var[Any]:
    """An event trigger that runs the script `then` once the fields of this country, a script, are there."""
    script = f"async () => {{ const format = await {_load(country)}; ({_FORMAT.set!s})(format); {then}; }}"
    return rx.Var(script, _var_data=browser.var_data(_FORMAT.value, _FORMAT.set))


def _country_field(form: forms.Form, values: rx.Var[Any]) -> rx.Component:
    options = rx.foreach(
        rx.Var.create(accounts_presenters.countries()), lambda each: el.option(each.name, value=each.code)
    )
    return select_field(
        "country",
        "Country",
        el.fragment(el.option("Choose a country", value=""), options),
        form=form.name,
        error=forms.error(form, "country"),
        default_value=_value(values, "country"),
        auto_complete="country",
        on_change=_choose_country(form),
    )


def _field(form: forms.Form, values: rx.Var[Any], each: rx.vars.ObjectVar[dict[str, Any]]) -> rx.Component:
    name, label = each["name"].to(str), each["label"].to(str)
    choices = each["choices"].to(list[dict[str, str]])
    props: dict[str, Any] = {
        "form": form.name,
        "error": forms.error(form, name),
        "optional": ~each["is_required"].to(bool),
        "auto_complete": rx.Var.create(_AUTO_COMPLETE)[name],
        "default_value": _value(values, name),
    }
    options = rx.foreach(choices, lambda one: el.option(one["label"], value=one["value"]))
    select = select_field(name, label, el.fragment(el.option("Choose from the list", value=""), options), **props)
    text = text_field(name, label, max_length=each["max_length"].to(int), **props)
    is_wide = (name == "name") | (name == "line1") | (name == "line2")
    return el.div(
        el.if_else(choices.length() > 0, select, text),
        key=name,
        class_name=rx.cond(is_wide, "basis-full", "min-w-0 grow basis-56"),
    )


def _choose_country(form: forms.Form) -> rx.Var[Any]:
    """Show the fields of the country, unless another one was chosen meanwhile; errors were those of the old fields."""
    script = f"""async (country) => {{
      const select = document.getElementById('{form.name}-country'), country_name = select.selectedOptions[0].text;
      const format = await {_load("country")};
      if (select.value !== country) return;
      ({form.value.set!s})({{...({form.state!s}), detail: '', fields: {{}}}});
      ({_FORMAT.set!s})({{...format, country_name: country && country_name}});
    }}"""
    var_data = browser.var_data(form.state, form.value.set, _FORMAT.value, _FORMAT.set)
    return rx.Var(script, _var_data=var_data).to(rx.vars.FunctionVar, rx.EventChain)


def _load(country: str) -> str:
    return f"globalThis.plazaAddressFormat({country})"


def _announcement() -> rx.Var[str]:
    name = f"{_FORMAT.value!s}.country_name"
    script = f"({name} ? 'The form now has the fields of an address in ' + {name} + '.' : '')"
    return rx.Var(script, _var_type=str, _var_data=browser.var_data(_FORMAT.value))


def _value(values: rx.Var[Any], name: rx.Var[str] | str) -> rx.Var[str]:
    script = f"({values!s}[{rx.Var.create(name)!s}] ?? '')"
    return rx.Var(script, _var_type=str, _var_data=browser.var_data(values))


class _AddressFields(rx.Component):
    """Adds the script to the page, once."""

    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """The script, and the fields for no country."""
        return [f"globalThis.plazaNeutralAddressFormat = {json.dumps(_NEUTRAL)};", _SCRIPT]
