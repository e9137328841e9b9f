"""A shop's mark and cover in its settings: what is shown, sending another, and taking it away."""

from typing import Any

import reflex as rx

from pages import forms
from pages.accounts.profile import saved
from pages.components import el
from pages.components.field import text_field
from pages.components.icon import icon
from pages.components.picture import mark, stored
from pages.components.uploader import picture_chooser
from state import runtime
from state.selling import ShopSettingsState
from state.selling_views import FaceView

_SHOP = runtime.view(ShopSettingsState.fields)
_MARK = runtime.view(ShopSettingsState.mark)
_COVER = runtime.view(ShopSettingsState.cover)
_NO_MARK = forms.named("shop-no-mark")
_NO_COVER = forms.named("shop-no-cover")
_WORDS = forms.named("shop-cover")
_SENDING = {name: runtime.browser_value(f"sending_{name}", []) for name in ("mark", "cover")}


def faces() -> rx.Component:
    """Both, one below the other."""
    shown = mark(_MARK.content, _SHOP.name, class_name="size-20 text-4xl sm:size-28")
    return el.div(
        el.div(
            shown,
            el.div(
                _title(
                    "Mark", "Square; it stands in a circle beside your shop's name. 400 pixels wide or more looks best."
                ),
                _sending("mark", _MARK, _NO_MARK),
                class_name="flex min-w-0 flex-1 flex-col gap-3",
            ),
            class_name="flex items-start gap-5",
        ),
        el.div(
            _title(
                "Cover",
                "Wide, at the head of your shop's page: 1600 by 533 pixels or more looks best. Wide screens show its middle.",
            ),
            _sending("cover", _COVER, _NO_COVER, _cover()),
            el.when(_COVER.content != "", _words()),
            class_name="flex flex-col gap-3 border-t border-line pt-8",
        ),
        class_name="flex flex-col gap-8",
    )


def _title(name: str, hint: str) -> rx.Component:
    return el.div(
        el.h3(name, class_name="font-sans text-[15px] font-medium"), el.p(hint, class_name="text-sm text-soft")
    )


def _sending(name: str, face: rx.vars.ObjectVar[FaceView], none: forms.Form, *children: rx.Component) -> rx.Component:
    """Where another is chosen, and how far it is; `none` is the form that takes away what is there."""
    sending = _SENDING[name]
    said = el.p(
        face.said,
        role="status",
        class_name=rx.cond(face.is_wrong, "text-danger ", "text-soft ") + "text-sm wrap-anywhere empty:hidden",
    )
    return el.div(
        picture_chooser(
            *children,
            name=name,
            label=rx.cond(face.content == "", f"Choose a {name}", f"Replace the {name}"),
            at=face.at,
            sending=sending.value.to(list[dict[str, str]]),
            update=sending.set,
            arrived=runtime.event_of(ShopSettingsState.refresh),
            beside=_remove(none, name, face),
        ),
        said,
        class_name="flex flex-col gap-3",
    )


def _cover() -> rx.Component:
    seen = el.img(
        src=stored(_COVER.content, 800), alt=_COVER.alt, width="800", height="267", class_name="size-full object-cover"
    )
    none = el.span(icon("image", size=24), class_name="grid size-full place-items-center text-soft")
    return el.div(
        el.either(_COVER.content != "", seen, none),
        class_name="aspect-3/1 w-full overflow-hidden rounded-card bg-sunken",
    )


def _remove(form: forms.Form, name: str, face: rx.vars.ObjectVar[FaceView]) -> rx.Component:
    """Takes it away; the keyboard is then where another is chosen."""
    refresh = runtime.event_of(ShopSettingsState.refresh)
    then: rx.Var[Any] = rx.Var(
        f"() => {{ ({refresh!s})(); document.getElementById('{name}-choose')?.focus(); }}",
        _var_data=refresh._get_all_var_data(),
    )
    sent = forms.sent(
        form,
        el.div(forms.button(form, f"Remove the {name}", quiet=True)),
        action=face.at,
        method="DELETE",
        then=then,
    )
    return el.when(face.content != "", sent)


def _words() -> rx.Component:
    form = _WORDS
    return forms.sent(
        form,
        text_field(
            "cover_alt", "What the cover shows", form=form.name, error=forms.error(form, "cover_alt"), optional=True,
            max_length=300, default_value=_COVER.alt, key=_COVER.content, hint="For those who cannot see it.",
        ),
        saved(form, forms.button(form, "Save", quiet=True), "Saved."),
        action=_SHOP.action,
        method="PATCH",
        keep=True,
        then=runtime.event_of(ShopSettingsState.refresh),
    )  # fmt: skip
