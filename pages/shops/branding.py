"""A shop's logo and banner in its settings: preview, upload and removal."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.profile import save_button
from pages.components import el
from pages.components.field import text_field
from pages.components.icon import icon
from pages.components.picture import picture_url, shop_logo
from pages.components.picture_upload import single_picture_upload
from state.core import browser
from state.shops_presenters import ShopImageView
from state.shops_studio import ShopSettingsState

_SHOP = browser.object_var(ShopSettingsState.fields)
_LOGO = browser.object_var(ShopSettingsState.logo)
_BANNER = browser.object_var(ShopSettingsState.banner)
_REMOVE_LOGO_FORM = forms.define_form("shop-remove-logo")
_REMOVE_BANNER_FORM = forms.define_form("shop-remove-banner")
_ALT_TEXT_FORM = forms.define_form("shop-banner")
_UPLOADS = {name: browser.client_state(f"uploads_{name}", []) for name in ("logo", "banner")}


def branding() -> rx.Component:
    """The logo and the banner."""
    logo = shop_logo(_LOGO.content, _SHOP.name, class_name="size-20 text-4xl sm:size-28")
    return el.div(
        el.div(
            logo,
            el.div(
                _title(
                    "Logo", "Square, shown in a circle beside your shop's name. At least 400 pixels wide looks best."
                ),
                _image_upload("logo", _LOGO, _REMOVE_LOGO_FORM),
                class_name="flex min-w-0 flex-1 flex-col gap-3",
            ),
            class_name="flex items-start gap-5",
        ),
        el.div(
            _title(
                "Banner",
                "Shown across the top of your shop's page. At least 1600 by 533 pixels looks best. Wide screens show the middle.",
            ),
            _image_upload("banner", _BANNER, _REMOVE_BANNER_FORM, _banner()),
            el.when(_BANNER.content != "", _alt_text_form()),
            class_name="flex flex-col gap-3 border-t border-line pt-8",
        ),
        class_name="flex flex-col gap-8",
    )


def _title(name: str, hint: str) -> rx.Component:
    return el.div(
        el.h3(name, class_name="font-sans text-[15px] font-medium"), el.p(hint, class_name="text-sm text-soft")
    )


def _image_upload(
    name: str, image: rx.vars.ObjectVar[ShopImageView], remove_form: forms.Form, *children: rx.Component
) -> rx.Component:
    """The upload area with its progress; `remove_form` removes the current picture."""
    uploads = _UPLOADS[name]
    status = el.p(
        image.status_text,
        role="status",
        class_name=rx.cond(image.is_failed, "text-danger ", "text-soft ") + "text-sm wrap-anywhere empty:hidden",
    )
    return el.div(
        single_picture_upload(
            *children,
            name=name,
            label=rx.cond(image.content == "", f"Choose a {name}", f"Replace the {name}"),
            api_url=image.api_url,
            uploads=uploads.value.to(list[dict[str, str]]),
            set_uploads=uploads.set,
            on_uploaded=browser.event_trigger(ShopSettingsState.refresh),
            actions=_remove_button(remove_form, name, image),
        ),
        status,
        class_name="flex flex-col gap-3",
    )


def _banner() -> rx.Component:
    image = el.img(
        src=picture_url(_BANNER.content, 800),
        alt=_BANNER.alt,
        width="800",
        height="267",
        class_name="size-full object-cover",
    )
    placeholder = el.span(icon("image", size=24), class_name="grid size-full place-items-center text-soft")
    return el.div(
        el.if_else(_BANNER.content != "", image, placeholder),
        class_name="aspect-3/1 w-full overflow-hidden rounded-card bg-sunken",
    )


def _remove_button(form: forms.Form, name: str, image: rx.vars.ObjectVar[ShopImageView]) -> rx.Component:
    """The button that removes the picture and then moves the focus to the upload button."""
    refresh = browser.event_trigger(ShopSettingsState.refresh)
    on_removed: rx.Var[Any] = rx.Var(
        f"() => {{ ({refresh!s})(); document.getElementById('{name}-choose')?.focus(); }}",
        _var_data=browser.var_data(refresh),
    )
    form_element = forms.form(
        form,
        el.div(forms.submit(form, f"Remove the {name}", is_secondary=True)),
        action=image.api_url,
        method="DELETE",
        on_success=on_removed,
    )
    return el.when(image.content != "", form_element)


def _alt_text_form() -> rx.Component:
    form = _ALT_TEXT_FORM
    return forms.form(
        form,
        text_field(
            "cover_alt", "Alt text of the banner", form=form.name, error=forms.error(form, "cover_alt"), optional=True,
            max_length=300, default_value=_BANNER.alt, key=_BANNER.content, hint="For people who can't see it.",
        ),
        save_button(form, forms.submit(form, "Save", is_secondary=True), "Saved."),
        action=_SHOP.api_url,
        method="PATCH",
        keep_values=True,
        on_success=browser.event_trigger(ShopSettingsState.refresh),
    )  # fmt: skip
