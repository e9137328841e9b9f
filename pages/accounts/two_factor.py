"""Setting two-factor sign-in up and off. Secret and recovery codes stay in the browser: no state ever holds them."""

from typing import Any

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import SECONDARY, secondary_button
from pages.components.field import code_field, password_field
from pages.components.icon import icon
from pages.components.notice import notice
from state import runtime
from state.accounts import SecurityState

_BEGIN = forms.named("two-factor")
_CONFIRM = forms.named("two-factor-code")
_DISABLE = forms.named("two-factor-off")
_CODES = forms.named("recovery-codes")
_NOTHING: dict[str, object] = {"secret": "", "qr_svg": "", "codes": []}
_SEEN = runtime.browser_value("two_factor", _NOTHING)
_PROFILE = runtime.view(SecurityState.profile)


def two_factor() -> rx.Component:
    """Off, being set up, showing its recovery codes, or on."""
    return el.fragment(
        rx.cond(
            _var("codes.length > 0", bool),
            _codes(),
            rx.cond(_PROFILE.has_totp, _on(), rx.cond(_var("secret !== ''", bool), _setting_up(), _off())),
        )
    )


def _off() -> rx.Component:
    form = _BEGIN
    begin = forms.sent(
        form,
        el.p("You need an authenticator app on your phone; most phones come with one."),
        password_field("password", "Your password", form=form.name, error=forms.error(form, "password")),
        el.div(forms.button(form, "Set it up", quiet=True)),
        action="/auth/totp/begin",
        then=_keep("secret: answer.secret, qr_svg: answer.qr_svg"),
    )
    return _folded("Set up two-factor sign-in", begin)


def _setting_up() -> rx.Component:
    form = _CONFIRM
    svg = f"{_SEEN.value!s}.qr_svg.replace('<svg', '<svg xmlns=\"http://www.w3.org/2000/svg\"')"
    picture: rx.Var[str] = rx.Var(
        f"('data:image/svg+xml,' + encodeURIComponent({svg}))", _var_type=str, _var_data=_data()
    )
    spaced: rx.Var[str] = rx.Var(
        f"{_SEEN.value!s}.secret.replace(/(.{{4}})/g, '$1 ').trim()", _var_type=str, _var_data=_data()
    )
    return el.div(
        el.ol(
            _step("1", "Scan this with your authenticator app.", el.img(
                src=picture, alt="QR code for your authenticator app", width="200", height="200",
                class_name="mt-4 size-50 rounded-card border border-edge bg-white p-2",
            )),
            _step("2", "Or type this key into it.", el.code(
                spaced, class_name="mt-2 block font-sans tracking-wider tabular-nums wrap-anywhere select-all",
            )),
            _step("3", "Then enter the code it shows.", el.div(forms.sent(
                form,
                code_field("code", "Code", form=form.name, error=forms.error(form, "code")),
                el.div(
                    forms.button(form, "Switch it on"),
                    secondary_button("Cancel", on_click=_put(_NOTHING)),
                    class_name="flex flex-wrap gap-3",
                ),
                action="/auth/totp/confirm",
                then=_keep("codes: answer.codes"),
            ), class_name="mt-4")),
            class_name="flex flex-col gap-6",
        ),
    )  # fmt: skip


def _codes() -> rx.Component:
    codes = rx.Var(f"{_SEEN.value!s}.codes", _var_type=list[str], _var_data=_data()).guess_type()
    listed = el.ul(
        rx.foreach(codes, lambda each: el.li(each, class_name="py-1")),
        aria_label="Recovery codes",
        class_name="grid max-w-lg gap-x-8 rounded-card border border-edge bg-raised px-6 py-4 whitespace-nowrap tracking-wide tabular-nums sm:grid-cols-2",
    )
    return el.div(
        notice(
            "Two-factor sign-in is on. Keep these recovery codes somewhere safe: each signs you in once when your "
            "phone is not at hand. They are shown this one time.",
            kind="good",
        ),
        listed,
        el.div(
            _script_button("copy", "Copy", f"await navigator.clipboard.writeText({codes!s}.join('\\n'))", "Copied"),
            _script_button("download", "Download", _download(str(codes)), "Saved"),
            secondary_button("I have kept them", on_click=_done()),
            class_name="flex flex-wrap gap-3",
        ),
        class_name="flex flex-col gap-6",
    )


def _on() -> rx.Component:
    off, codes = _DISABLE, _CODES
    return el.div(
        notice("Two-factor sign-in is on. ", _PROFILE.codes, ".", kind="good", role="note"),
        _folded("Make new recovery codes", forms.sent(
            codes,
            el.p("The old ones stop working."),
            password_field("password", "Your password", form=codes.name, error=forms.error(codes, "password")),
            el.div(forms.button(codes, "Make new codes", quiet=True)),
            action="/auth/totp/codes",
            then=_keep("codes: answer.codes"),
        )),
        _folded("Switch two-factor sign-in off", forms.sent(
            off,
            password_field("password", "Your password", form=off.name, error=forms.error(off, "password")),
            code_field("code", "Code", form=off.name, error=forms.error(off, "code")),
            el.div(forms.button(off, "Switch it off", quiet=True)),
            action="/auth/totp/disable",
            then=runtime.event_of(SecurityState.refresh),
        )),
        class_name="flex flex-col gap-4",
    )  # fmt: skip


def _step(number: str, text: str, shown: rx.Component) -> rx.Component:
    mark = el.span(
        number, class_name="grid size-7 shrink-0 place-items-center rounded-full bg-sunken text-sm font-medium"
    )
    return el.li(mark, el.div(el.p(text), shown, class_name="min-w-0 flex-1"), class_name="flex gap-4")


def _folded(label: str, shown: rx.Component) -> rx.Component:
    return el.details(
        el.summary(label, class_name="inline-flex min-h-11 items-center underline underline-offset-4 decoration-1"),
        el.div(shown, class_name="pt-2 pb-4"),
    )


def _script_button(name: str, label: str, script: str, done: str) -> rx.Component:
    """A button that says for a moment that it has done something."""
    run = f"""async (event) => {{
      const label = event.currentTarget.lastElementChild;
      {script};
      label.textContent = '{done}';
      setTimeout(() => {{ label.textContent = '{label}'; }}, 2000);
    }}"""
    return el.button(
        icon(name, size=18),
        el.span(label, custom_attrs={"aria-live": "polite"}),
        type="button",
        custom_attrs={"onClick": rx.Var(run, _var_data=_data())},
        class_name=SECONDARY,
    )


def _download(codes: str) -> str:
    return (
        f"const url = URL.createObjectURL(new Blob([{codes}.join('\\n') + '\\n'], {{type: 'text/plain'}}));"
        "Object.assign(document.createElement('a'), {href: url, download: 'plaza-recovery-codes.txt'}).click();"
        "setTimeout(() => URL.revokeObjectURL(url), 1000)"
    )


def _keep(parts: str) -> rx.Var[Any]:
    """Keep these parts of an answer, to be shown."""
    script = f"(answer) => ({_SEEN.set!s})({{...({_SEEN.value!s}), {parts}}})"
    return rx.Var(script, _var_data=_data())


def _put(value: dict[str, object]) -> rx.Var[Any]:
    script = f"() => ({_SEEN.set!s})({rx.Var.create(value)!s})"
    return rx.Var(script, _var_data=_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _done() -> rx.Var[Any]:
    """Forget the codes, and see that it is on."""
    refresh = runtime.event_of(SecurityState.refresh)
    script = f"() => {{ ({_SEEN.set!s})({rx.Var.create(_NOTHING)!s}); ({refresh!s})(); }}"
    data = rx.vars.VarData.merge(_data(), refresh._get_all_var_data())
    return rx.Var(script, _var_data=data).to(rx.vars.FunctionVar, rx.EventChain)


def _var(script: str, kind: type) -> rx.Var[Any]:
    return rx.Var(f"({_SEEN.value!s}.{script})", _var_type=kind, _var_data=_data()).guess_type()


def _data() -> rx.vars.VarData | None:
    return rx.vars.VarData.merge(*(part._get_all_var_data() for part in (_SEEN.value, _SEEN.set)))
