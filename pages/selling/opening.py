"""Opening a shop."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.frame import inline_link
from pages.components import el
from pages.components.field import select_field, text_field
from pages.frame import page
from state import runtime, selling_views
from state.selling import OpeningState
from state.selling_views import LandView, OptionView

_OPEN = forms.named("open-shop")
# A country has its currency follow, unless one was chosen.
_SUGGEST_CURRENCY = """(chosen, {target}) => {
  const currency = target.form.elements.currency;
  if (!currency.value) currency.value = target.selectedOptions[0].dataset.currency || "";
}"""
_ADDRESS = runtime.view(OpeningState.address)


def opening_page() -> rx.Component:
    """A name, an address and what prices are in."""
    form = _OPEN
    return page(
        el.div(
            el.h1("Open a shop", class_name="text-3xl sm:text-4xl"),
            el.p(
                "You can change all of this later, but for the address and the currency.",
                class_name="mt-2 mb-8 text-soft text-pretty",
            ),
            forms.sent(form, *_fields(), el.div(forms.button(form, "Open the shop")), action="/api/v1/shops"),
            el.p("You have one already? ", inline_link("Your shops", "/sell"), ".", class_name="mt-8 text-soft"),
            class_name="mx-auto w-full max-w-xl px-4 py-10 sm:py-14",
        ),
        ready=OpeningState.status != "",
        has_footer=False,
    )


def _fields() -> tuple[rx.Component, ...]:
    form = _OPEN
    name = text_field(
        "name", "Name of the shop", form=form.name, error=forms.error(form, "name"), max_length=60,
        auto_complete="organization", on_change=runtime.handler(OpeningState.suggest).debounce(300),
    )  # fmt: skip
    word = el.p(
        _ADDRESS.word,
        role="status",
        class_name=rx.cond(_ADDRESS.is_free, "text-positive", "text-soft") + " mt-2 min-h-5 text-sm wrap-anywhere",
    )
    # Made anew when another address is suggested, which is only as long as nobody has written one here.
    slug = text_field(
        "slug", "Address", form=form.name, error=forms.error(form, "slug"), max_length=60, spell_check=False,
        auto_capitalize="none", auto_complete="off", default_value=OpeningState.suggested, key=OpeningState.suggested,
        hint="Lower-case letters, digits and hyphens. It stays the shop's address for good.",
        on_change=runtime.handler(OpeningState.choose).debounce(300),
    )  # fmt: skip
    lands = rx.foreach(rx.Var.create(selling_views.lands()), _land)
    country = select_field(
        "country", "Country", el.fragment(el.option("Choose a country", value=""), lands), form=form.name,
        error=forms.error(form, "country"), on_change=runtime.in_browser(_SUGGEST_CURRENCY),
    )  # fmt: skip
    currency = choice(form, "currency", "Currency of its prices", selling_views.currencies(), "Choose a currency")
    language = choice(form, "language", "Language of its listings", selling_views.languages(), default_value="english")
    return name, el.div(slug, word), el.div(country, currency, class_name="grid gap-5 sm:grid-cols-2"), language


def _land(each: LandView) -> rx.Component:
    return el.option(each.label, value=each.value, custom_attrs={"data-currency": each.currency})


def choice(form: forms.Form, name: str, label: str, options: list[OptionView], none: str = "", **props: Any) -> rx.Component:  # fmt: skip
    """One of many, at first none of them where `none` says so."""
    listed = rx.foreach(rx.Var.create(options), lambda each: el.option(each.label, value=each.value))
    first = [el.option(none, value="")] if none else []
    return select_field(
        name, label, el.fragment(*first, listed), form=form.name, error=forms.error(form, name), **props
    )
