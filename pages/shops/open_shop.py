"""The page that opens a shop."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.account_layout import inline_link
from pages.components import el
from pages.components.field import select_field, text_field
from pages.layout.layout import page_layout
from pages.layout.route import private
from state import shops_presenters
from state.core import browser
from state.shops_presenters import CountryOptionView, SelectOptionView
from state.shops_studio import OpenShopState

_OPEN_FORM = forms.define_form("open-shop")
# Choosing a country also selects its currency, unless one is already chosen.
_SUGGEST_CURRENCY = """(chosen, {target}) => {
  const currency = target.form.elements.currency;
  if (!currency.value) currency.value = target.selectedOptions[0].dataset.currency || "";
}"""
_AVAILABILITY = browser.object_var(OpenShopState.slug_availability)


def open_shop_page() -> rx.Component:
    """The form for a new shop."""
    form = _OPEN_FORM
    return page_layout(
        el.div(
            el.h1("Open a shop", class_name="text-3xl sm:text-4xl"),
            el.p(
                "You can change everything later except the web address and the currency.",
                class_name="mt-2 mb-8 text-soft text-pretty",
            ),
            forms.form(form, *_fields(), el.div(forms.submit(form, "Open the shop")), action="/api/v1/shops"),
            el.p("Already have a shop? ", inline_link("Your shops", "/sell"), ".", class_name="mt-8 text-soft"),
            class_name="mx-auto w-full max-w-xl px-4 py-10 sm:py-14",
        ),
        is_ready=OpenShopState.status != "",
        has_footer=False,
    )


def _fields() -> tuple[rx.Component, ...]:
    form = _OPEN_FORM
    name = text_field(
        "name", "Shop name", form=form.name, error=forms.error(form, "name"), max_length=60,
        auto_complete="organization", on_change=browser.event_handler(OpenShopState.suggest_slug).debounce(300),
    )  # fmt: skip
    availability = el.p(
        _AVAILABILITY.message,
        role="status",
        class_name=rx.cond(_AVAILABILITY.is_available, "text-positive", "text-soft")
        + " mt-2 min-h-5 text-sm wrap-anywhere",
    )
    # Recreated for each new suggestion; there are none after the user has typed here.
    slug = text_field(
        "slug", "Web address", form=form.name, error=forms.error(form, "slug"), max_length=60, spell_check=False,
        auto_capitalize="none", auto_complete="off", default_value=OpenShopState.suggested_slug, key=OpenShopState.suggested_slug,
        hint="Lower-case letters, digits and hyphens. You can't change it later.",
        on_change=browser.event_handler(OpenShopState.check_slug).debounce(300),
    )  # fmt: skip
    country_options = rx.foreach(rx.Var.create(shops_presenters.country_options()), _country_option)
    country = select_field(
        "country", "Country", el.fragment(el.option("Choose a country", value=""), country_options), form=form.name,
        error=forms.error(form, "country"), on_change=browser.client_event(_SUGGEST_CURRENCY),
    )  # fmt: skip
    currency = option_select(form, "currency", "Currency", shops_presenters.currency_options(), "Choose a currency")
    language = option_select(
        form, "language", "Language of your listings", shops_presenters.language_options(), default_value="english"
    )
    return name, el.div(slug, availability), el.div(country, currency, class_name="grid gap-5 sm:grid-cols-2"), language


def _country_option(each: CountryOptionView) -> rx.Component:
    return el.option(each.label, value=each.value, custom_attrs={"data-currency": each.currency})


def option_select(form: forms.Form, name: str, label: str, options: list[SelectOptionView], placeholder: str = "", **props: Any) -> rx.Component:  # fmt: skip
    """A select field; with a `placeholder`, no option is selected at first."""
    option_list = rx.foreach(rx.Var.create(options), lambda each: el.option(each.label, value=each.value))
    placeholder_option = [el.option(placeholder, value="")] if placeholder else []
    return select_field(
        name,
        label,
        el.fragment(*placeholder_option, option_list),
        form=form.name,
        error=forms.error(form, name),
        **props,
    )


ROUTES = (private("/sell/open", open_shop_page, "Open a shop", OpenShopState.load),)
