"""In, or on the way there: signing in and up, and a password that was forgotten."""

import reflex as rx

from pages import forms
from pages.accounts.frame import PASSWORD_HINT, corner_link, door, inline_link
from pages.components import el
from pages.components.field import code_field, password_field, text_field
from pages.components.notice import notice
from state.accounts import SignInState

_SIGN_IN = forms.named("sign-in")
_SIGN_UP = forms.named("sign-up")
_FORGOT = forms.named("forgot")
_RESET = forms.named("reset")


def sign_in_page() -> rx.Component:
    """E-mail address and password, and a code from whoever set that up."""
    form = _SIGN_IN
    code = code_field(
        "code",
        "Code",
        form=form.name,
        error=forms.error(form, "code"),
        hint="The six digits that your authenticator app shows, or one of your recovery codes.",
        auto_focus=True,
    )
    return door(
        "Sign in",
        "Welcome back.",
        el.when(SignInState.greeting != "", notice(SignInState.greeting, kind="good")),
        forms.sent(
            form,
            _email(form),
            password_field(
                "password",
                "Password",
                form=form.name,
                error=forms.error(form, "password"),
                beside=corner_link("Forgot it?", "/forgot"),
            ),
            el.when(forms.needs(form, "code"), code),
            forms.button(form, "Sign in"),
            action="/auth/sign-in",
            extra=forms.NEXT,
        ),
        other=el.p("New here? ", inline_link("Create an account", "/sign-up"), "."),
    )


def sign_up_page() -> rx.Component:
    """A name, an e-mail address and a password."""
    form = _SIGN_UP
    return door(
        "Create an account",
        "To buy, to sell, and to find again what you liked. It is free.",
        forms.sent(
            form,
            text_field(
                "name",
                "Name",
                form=form.name,
                error=forms.error(form, "name"),
                hint="As shops and other people will see it.",
                auto_complete="name",
                max_length=80,
            ),
            _email(form),
            _new_password(form),
            forms.button(form, "Create account"),
            action="/auth/sign-up",
        ),
        other=el.p("You have an account already? ", inline_link("Sign in", "/sign-in"), "."),
    )


def forgot_page() -> rx.Component:
    """Where to send the link that sets a new password."""
    form = _FORGOT
    return door(
        "Forgot your password?",
        "Tell us the e-mail address of your account. We send you a link that lets you choose a new password.",
        forms.sent(form, _email(form), forms.button(form, "Send the link"), action="/auth/forgot"),
        other=el.p("It came back to you? ", inline_link("Sign in", "/sign-in"), "."),
    )


def reset_page() -> rx.Component:
    """A new password, for whoever has the link."""
    form = _RESET
    return door(
        "Choose a new password",
        "You are then signed out everywhere, and sign in with the new one.",
        forms.sent(
            form,
            _new_password(form),
            forms.button(form, "Change password"),
            action="/auth/reset",
            extra=forms.TOKEN,
        ),
        other=el.p("The link does not work any more? ", inline_link("Send a new one", "/forgot"), "."),
    )


def _email(form: forms.Form) -> rx.Component:
    return text_field(
        "email",
        "E-mail address",
        form=form.name,
        error=forms.error(form, "email"),
        type="email",
        auto_complete="username",
        max_length=254,
        spell_check=False,
        auto_capitalize="none",
    )


def _new_password(form: forms.Form) -> rx.Component:
    return password_field(
        "password",
        "Password",
        form=form.name,
        error=forms.error(form, "password"),
        hint=PASSWORD_HINT,
        auto_complete="new-password",
    )
