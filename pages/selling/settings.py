"""A shop's settings: profile, policies, holidays."""

import reflex as rx

from pages import forms
from pages.accounts.profile import saved
from pages.components import el
from pages.components.field import text_area, text_field
from pages.components.notice import notice, row, rows
from pages.selling.faces import faces
from pages.selling.opening import choice
from pages.studio_frame import panel, studio
from state import account_views, runtime, selling_views
from state.selling import ShopSettingsState
from state.selling_views import OptionView

_PROFILE = forms.named("shop-profile")
_POLICIES = forms.named("shop-policies")
_AWAY = forms.named("shop-holiday")
_BACK = forms.named("shop-back")
_SHOP = runtime.view(ShopSettingsState.fields)
_REFRESH = ShopSettingsState.refresh


def settings_page() -> rx.Component:
    """What the shop says about itself."""
    return studio(
        ShopSettingsState,
        "Settings",
        "What visitors read about your shop.",
        panel("Profile", "Who you are. It stands at the head of your shop's page.", _profile()),
        el.div(
            panel("Pictures", "By which visitors know your shop again. They are shown as soon as they are ready.", faces()),
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Policies", "How you send things and take them back, in your own words.", _policies()),
            id="policies",
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Holiday", "Your listings stay visible, marked, and cannot be bought until you are back.", _holiday()),
            class_name="border-t border-line pt-8",
        ),
        el.div(
            panel("Fixed", "Chosen when the shop was opened.", rows(row("Address", _SHOP.address), row("Currency", _SHOP.currency))),
            class_name="border-t border-line pt-8",
        ),
    )  # fmt: skip


def _profile() -> rx.Component:
    form = _PROFILE
    countries = [OptionView(each.code, each.name) for each in account_views.countries()]
    return _sent(
        form,
        text_field(
            "name", "Name", form=form.name, error=forms.error(form, "name"), max_length=60, default_value=_SHOP.name,
            key=_SHOP.name,
        ),
        text_field(
            "tagline", "Tagline", form=form.name, error=forms.error(form, "tagline"), optional=True, max_length=120,
            default_value=_SHOP.tagline, key=_SHOP.tagline, hint="What the shop is, in one line.",
        ),
        text_area(
            "about", "About", form=form.name, error=forms.error(form, "about"), max_length=5000,
            default_value=_SHOP.about, key=_SHOP.about, hint="Where your things come from, and who makes them.",
        ),
        el.div(
            choice(form, "country", "Country", countries, default_value=_SHOP.country, key=_SHOP.country),
            choice(
                form, "language", "Language of its listings", selling_views.languages(),
                default_value=_SHOP.language, key=_SHOP.language,
            ),
            class_name="grid gap-5 sm:grid-cols-2",
        ),
    )  # fmt: skip


def _policies() -> rx.Component:
    form = _POLICIES
    return _sent(
        form,
        text_area(
            "shipping_policy", "Shipping", form=form.name, error=forms.error(form, "shipping_policy"), max_length=5000,
            default_value=_SHOP.shipping, key=_SHOP.shipping, hint="When things leave, how they travel, and where to.",
        ),
        text_area(
            "returns_policy", "Returns", form=form.name, error=forms.error(form, "returns_policy"), max_length=5000,
            default_value=_SHOP.returns, key=_SHOP.returns, hint="How long somebody can send something back, and who pays.",
        ),
    )  # fmt: skip


def _holiday() -> rx.Component:
    form, back = _AWAY, _BACK
    begin = forms.sent(
        form,
        text_field(
            "until", "Open again on", form=form.name, error=forms.error(form, "until"), type="date",
            default_value=_SHOP.away_until, key=_SHOP.away_until, min=_SHOP.soonest, max=_SHOP.latest,
        ),
        text_field(
            "note", "Note for visitors", form=form.name, error=forms.error(form, "note"), optional=True, max_length=300,
            default_value=_SHOP.away_note, key=_SHOP.away_note,
        ),
        saved(form, forms.button(form, rx.cond(_SHOP.away != "", "Change", "Begin the holiday"), quiet=True), "Saved."),
        action=_SHOP.holiday,
        method="PUT",
        keep=True,
        then=runtime.event_of(_REFRESH),
    )  # fmt: skip
    end = forms.sent(
        back,
        el.div(forms.button(back, "Open the shop now")),
        action=_SHOP.holiday,
        method="DELETE",
        then=runtime.event_of(_REFRESH),
    )
    said = el.div(notice(_SHOP.away, ".", kind="warning"), end, class_name="flex flex-col gap-5")
    return el.div(el.when(_SHOP.away != "", said), begin, class_name="flex flex-col gap-8")


def _sent(form: forms.Form, *fields: rx.Component) -> rx.Component:
    return forms.sent(
        form,
        *fields,
        saved(form, forms.button(form, "Save", quiet=True), "Saved."),
        action=_SHOP.action,
        method="PATCH",
        keep=True,
        then=runtime.event_of(_REFRESH),
    )
