"""Turns two-factor sign-in on and off. Secret and recovery codes stay in the browser: no state ever gets them."""

from typing import Any

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import SECONDARY, script_button, secondary_button
from pages.components.callout import callout
from pages.components.field import code_field, password_field
from pages.components.link import link
from state.accounts import SecurityState
from state.core import browser

_SETUP_FORM = forms.define_form("two-factor")
_CONFIRM_FORM = forms.define_form("two-factor-code")
_DISABLE_FORM = forms.define_form("two-factor-off")
_CODES_FORM = forms.define_form("recovery-codes")
_EMPTY: dict[str, object] = {"secret": "", "uri": "", "qr_svg": "", "codes": []}
_SECRETS = browser.client_state("two_factor", _EMPTY)
_PROFILE = browser.object_var(SecurityState.profile)


def two_factor() -> rx.Component:
    """One of four views: off, setup, new recovery codes, or on."""
    return el.fragment(
        rx.cond(
            _secret_var("codes.length > 0", bool),
            _recovery_codes(),
            rx.cond(_PROFILE.has_totp, _enabled(), rx.cond(_secret_var("secret !== ''", bool), _setup(), _disabled())),
        )
    )


def _disabled() -> rx.Component:
    form = _SETUP_FORM
    setup_form = forms.form(
        form,
        el.p("You need an authenticator app on your phone; most phones come with one."),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        el.div(forms.submit(form, "Set it up", is_secondary=True)),
        action="/auth/totp/begin",
        on_success=_store_answer("secret: answer.secret, uri: answer.uri, qr_svg: answer.qr_svg"),
    )
    return _disclosure("Set up two-factor sign-in", setup_form)


def _setup() -> rx.Component:
    form = _CONFIRM_FORM
    svg = f"{_SECRETS.value!s}.qr_svg.replace('<svg', '<svg xmlns=\"http://www.w3.org/2000/svg\"')"
    qr_code: rx.Var[str] = rx.Var(
        f"('data:image/svg+xml,' + encodeURIComponent({svg}))", _var_type=str, _var_data=_var_data()
    )
    secret: rx.Var[str] = rx.Var(f"{_SECRETS.value!s}.secret", _var_type=str, _var_data=_var_data())
    setup_url: rx.Var[str] = rx.Var(f"{_SECRETS.value!s}.uri", _var_type=str, _var_data=_var_data())
    spaced_secret: rx.Var[str] = rx.Var(
        f"{_SECRETS.value!s}.secret.replace(/(.{{4}})/g, '$1 ').trim()", _var_type=str, _var_data=_var_data()
    )
    return el.div(
        el.ol(
            _step("1", "Scan this with your authenticator app.", el.img(
                src=qr_code, alt="QR code for your authenticator app", width="200", height="200",
                class_name="mt-4 size-50 rounded-card border border-edge bg-white p-2",
            )),
            _step("2", "Or type this key into it.", el.div(
                el.code(
                    spaced_secret, class_name="block font-sans tracking-wider tabular-nums wrap-anywhere select-all",
                ),
                el.div(
                    script_button("copy", "Copy key", _copy_script(str(secret)), done_label="Copied", data=_var_data()),
                    link("Open in an app on this device", href=setup_url, class_name=SECONDARY),
                    class_name="mt-3 flex flex-wrap gap-3",
                ),
                class_name="mt-2",
            )),
            _step("3", "Then enter the code it shows.", el.div(forms.form(
                form,
                code_field("code", "Code", form=form.name, error=forms.error(form, "code"), input_mode="numeric"),
                el.div(
                    forms.submit(form, "Turn it on"),
                    secondary_button("Cancel", on_click=_set_secrets(_EMPTY)),
                    class_name="flex flex-wrap gap-3",
                ),
                action="/auth/totp/confirm",
                on_success=_store_answer("codes: answer.codes"),
            ), class_name="mt-4")),
            class_name="flex flex-col gap-6",
        ),
    )  # fmt: skip


def _recovery_codes() -> rx.Component:
    codes = rx.Var(f"{_SECRETS.value!s}.codes", _var_type=list[str], _var_data=_var_data()).guess_type()
    code_list = el.ul(
        rx.foreach(codes, lambda each: el.li(each, class_name="py-1")),
        aria_label="Recovery codes",
        class_name="grid max-w-lg gap-x-8 rounded-card border border-edge bg-raised px-6 py-4 whitespace-nowrap tracking-wide tabular-nums sm:grid-cols-2",
    )
    return el.div(
        callout(
            "Two-factor sign-in is on. Keep these recovery codes somewhere safe: each signs you in once if you don't "
            "have your phone. They are shown only once.",
            kind="success",
        ),
        code_list,
        el.div(
            script_button(
                "copy", "Copy", _copy_script(f"{codes!s}.join('\\n')"), done_label="Copied", data=_var_data()
            ),
            script_button("download", "Download", _download_script(str(codes)), done_label="Saved", data=_var_data()),
            secondary_button("I've saved them", on_click=_finish()),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="flex flex-col gap-6",
    )


def _enabled() -> rx.Component:
    disable_form, codes_form = _DISABLE_FORM, _CODES_FORM
    return el.div(
        callout("Two-factor sign-in is on. ", _PROFILE.recovery_codes, ".", kind="success", role="note"),
        _disclosure("Create new recovery codes", forms.form(
            codes_form,
            el.p("The old ones stop working."),
            password_field("password", "Your password", form=codes_form.name, error=forms.error(codes_form, "password")),
            code_field("code", "Code", form=codes_form.name, error=forms.error(codes_form, "code")),
            el.div(forms.submit(codes_form, "Create new codes", is_secondary=True)),
            action="/auth/totp/codes",
            on_success=_store_answer("codes: answer.codes"),
        )),
        _disclosure("Turn off two-factor sign-in", forms.form(
            disable_form,
            password_field("password", "Your password", form=disable_form.name, error=forms.error(disable_form, "password")),
            code_field("code", "Code", form=disable_form.name, error=forms.error(disable_form, "code")),
            el.div(forms.submit(disable_form, "Turn it off", is_secondary=True)),
            action="/auth/totp/disable",
            on_success=browser.event_trigger(SecurityState.refresh),
        )),
        class_name="flex flex-col gap-4",
    )  # fmt: skip


def _step(number: str, text: str, content: rx.Component) -> rx.Component:
    badge = el.span(
        number, class_name="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-sm font-medium"
    )
    return el.li(badge, el.div(el.p(text), content, class_name="min-w-0 flex-1"), class_name="flex gap-4")


def _disclosure(label: str, content: rx.Component) -> rx.Component:
    return el.details(
        el.summary(label, class_name="inline-flex min-h-11 items-center underline underline-offset-4 decoration-1"),
        el.div(content, class_name="pt-2 pb-4"),
    )


def _copy_script(text: str) -> str:
    return f"await navigator.clipboard.writeText({text})"


def _download_script(codes: str) -> str:
    return (
        f"const url = URL.createObjectURL(new Blob([{codes}.join('\\n') + '\\n'], {{type: 'text/plain'}}));"
        "Object.assign(document.createElement('a'), {href: url, download: 'plaza-recovery-codes.txt'}).click();"
        "setTimeout(() => URL.revokeObjectURL(url), 1000)"
    )


def _store_answer(fields: str) -> rx.Var[Any]:
    """A handler that stores these fields of an answer in the browser."""
    script = f"(answer) => ({_SECRETS.set!s})({{...({_SECRETS.value!s}), {fields}}})"
    return rx.Var(script, _var_data=_var_data())


def _set_secrets(value: dict[str, object]) -> rx.Var[Any]:
    script = f"() => ({_SECRETS.set!s})({rx.Var.create(value)!s})"
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _finish() -> rx.Var[Any]:
    """An event that clears the codes and reloads the page's data."""
    refresh = browser.event_trigger(SecurityState.refresh)
    script = f"() => {{ ({_SECRETS.set!s})({rx.Var.create(_EMPTY)!s}); ({refresh!s})(); }}"
    data = browser.var_data(_SECRETS.value, _SECRETS.set, refresh)
    return rx.Var(script, _var_data=data).to(rx.vars.FunctionVar, rx.EventChain)


def _secret_var(script: str, type_: type) -> rx.Var[Any]:
    return rx.Var(f"({_SECRETS.value!s}.{script})", _var_type=type_, _var_data=_var_data()).guess_type()


def _var_data() -> rx.vars.VarData | None:
    return browser.var_data(_SECRETS.value, _SECRETS.set)
