"""A shop's settings: profile, branding, policies and holidays."""

import reflex as rx

from pages import forms
from pages.accounts.profile import save_button
from pages.components import el
from pages.components.button import secondary_link
from pages.components.callout import callout, description_item, description_list
from pages.components.field import text_area, text_field
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from pages.shops.branding import branding
from pages.shops.open_shop import option_select
from state import accounts_presenters, shops_presenters
from state.core import browser
from state.shops_presenters import SelectOptionView
from state.shops_studio import ShopSettingsState

_PROFILE_FORM = forms.define_form("shop-profile")
_DELIVERY_FORM = forms.define_form("shop-delivery")
_POLICIES_FORM = forms.define_form("shop-policies")
_HOLIDAY_FORM = forms.define_form("shop-holiday")
_REOPEN_FORM = forms.define_form("shop-back")
_SHOP = browser.object_var(ShopSettingsState.fields)
_REFRESH = ShopSettingsState.refresh


def shop_settings_page() -> rx.Component:
    """All settings of a shop."""
    return studio_layout(
        ShopSettingsState,
        "Settings",
        "What visitors read about your shop.",
        panel("Profile", "Who you are. Shown at the top of your shop's page.", _profile_form()),
        el.div(
            panel("Pictures", "Your shop's logo and banner. They appear as soon as they are ready.", branding()),
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Delivery and returns", "Shown beside the price of every listing. What you leave empty is not mentioned.", _delivery_form()),
            id="delivery",
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Policies", "How you ship orders and handle returns, in your own words.", _policies_form()),
            id="policies",
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Holiday", "Your listings stay visible with a note, but can't be bought until you are back.", _holiday_form()),
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Permanent settings", "Chosen when the shop was opened. They can't be changed.", description_list(description_item("Web address", _SHOP.public_path), description_item("Currency", _SHOP.currency))),
            class_name="border-t border-line pt-8",
        ),
        el.when(_SHOP.close_href != "", el.div(panel("Close the shop", "You can reopen it within 30 days.", secondary_link("Close this shop…", href=_SHOP.close_href)), class_name="border-t border-line pt-8")),
    )  # fmt: skip


def _profile_form() -> rx.Component:
    form = _PROFILE_FORM
    countries = [SelectOptionView(each.code, each.name) for each in accounts_presenters.countries()]
    return _settings_form(
        form,
        text_field(
            "name", "Name", form=form.name, error=forms.error(form, "name"), max_length=60, default_value=_SHOP.name,
            key=_SHOP.name,
        ),
        text_field(
            "tagline", "Tagline", form=form.name, error=forms.error(form, "tagline"), optional=True, max_length=120,
            default_value=_SHOP.tagline, key=_SHOP.tagline, hint="Your shop in one line.",
        ),
        text_area(
            "about", "About", form=form.name, error=forms.error(form, "about"), max_length=5000,
            default_value=_SHOP.about, key=_SHOP.about, hint="Where your products come from, and who makes them.",
        ),
        el.div(
            option_select(form, "country", "Country", countries, default_value=_SHOP.country, key=_SHOP.country),
            option_select(
                form, "language", "Language of your listings", shops_presenters.language_options(),
                default_value=_SHOP.language, key=_SHOP.language,
            ),
            class_name="grid gap-5 sm:grid-cols-2",
        ),
    )  # fmt: skip


def _delivery_form() -> rx.Component:
    amounts = el.div(
        _number_field("delivery_cost", "Delivery cost", _SHOP.delivery_cost, "Within your country. 0 is free.", input_mode="decimal"),
        _number_field("free_delivery_from", "Free delivery from", _SHOP.free_delivery_from, "The amount of an order.", input_mode="decimal"),
        class_name="grid gap-5 sm:grid-cols-2",
    )  # fmt: skip
    days = el.div(
        _number_field(
            "delivery_days_from", "Earliest arrival, in days", _SHOP.delivery_days_from, "From the order on, packing included."
        ),
        _number_field("delivery_days_to", "Latest arrival, in days", _SHOP.delivery_days_to),
        class_name="grid gap-5 sm:grid-cols-2",
    )  # fmt: skip
    returns = _number_field(
        "returns_days", "Returns accepted for, in days", _SHOP.returns_days, "0 if you take no returns."
    )
    return _settings_form(_DELIVERY_FORM, amounts, days, returns)


def _number_field(
    name: str, label: str, value: rx.Var[str], hint: str = "", *, input_mode: str = "numeric"
) -> rx.Component:
    form = _DELIVERY_FORM
    return text_field(
        name, label, form=form.name, error=forms.error(form, name), optional=True, max_length=20, hint=hint,
        default_value=value, key=value, input_mode=input_mode, auto_complete="off",
    )  # fmt: skip


def _policies_form() -> rx.Component:
    form = _POLICIES_FORM
    return _settings_form(
        form,
        text_area(
            "shipping_policy", "Shipping", form=form.name, error=forms.error(form, "shipping_policy"), max_length=5000,
            default_value=_SHOP.shipping, key=_SHOP.shipping, hint="When you ship, how, and where to.",
        ),
        text_area(
            "returns_policy", "Returns", form=form.name, error=forms.error(form, "returns_policy"), max_length=5000,
            default_value=_SHOP.returns, key=_SHOP.returns, hint="How long buyers can return an order, and who pays for shipping.",
        ),
    )  # fmt: skip


def _holiday_form() -> rx.Component:
    form, reopen_form = _HOLIDAY_FORM, _REOPEN_FORM
    holiday = forms.form(
        form,
        text_field(
            "until", "Reopen on", form=form.name, error=forms.error(form, "until"), type="date",
            default_value=_SHOP.holiday_until, key=_SHOP.holiday_until, min=_SHOP.earliest_return, max=_SHOP.latest_return,
        ),
        text_field(
            "note", "Note for visitors", form=form.name, error=forms.error(form, "note"), optional=True, max_length=300,
            default_value=_SHOP.holiday_note, key=_SHOP.holiday_note,
        ),
        save_button(form, forms.submit(form, rx.cond(_SHOP.holiday_text != "", "Change", "Start holiday"), is_secondary=True), "Saved."),
        action=_SHOP.holiday_url,
        method="PUT",
        keep_values=True,
        on_success=browser.event_trigger(_REFRESH),
    )  # fmt: skip
    reopen = forms.form(
        reopen_form,
        el.div(forms.submit(reopen_form, "Reopen the shop now")),
        action=_SHOP.holiday_url,
        method="DELETE",
        on_success=browser.event_trigger(_REFRESH),
    )
    status = el.div(callout(_SHOP.holiday_text, ".", kind="warning"), reopen, class_name="flex flex-col gap-5")
    return el.div(el.when(_SHOP.holiday_text != "", status), holiday, class_name="flex flex-col gap-8")


def _settings_form(form: forms.Form, *fields: rx.Component) -> rx.Component:
    return forms.form(
        form,
        *fields,
        save_button(form, forms.submit(form, "Save", is_secondary=True), "Saved."),
        action=_SHOP.api_url,
        method="PATCH",
        keep_values=True,
        on_success=browser.event_trigger(_REFRESH),
    )


ROUTES = (private("/sell/[shop]/settings", shop_settings_page, "Shop settings", ShopSettingsState.load),)
