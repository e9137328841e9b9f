"""The pages to sign in, sign up and reset a password."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import PASSWORD_HINT, auth_layout, inline_link, label_link
from pages.components import el
from pages.components.callout import callout
from pages.components.field import code_field, password_field, text_field
from pages.layout.route import private
from state.accounts import SignInState

_SIGN_IN_FORM = forms.define_form("sign-in")
_SIGN_UP_FORM = forms.define_form("sign-up")
_FORGOT_FORM = forms.define_form("forgot")
_RESET_FORM = forms.define_form("reset")


def sign_in_page() -> rx.Component:
    """The sign-in form, with a code for two-factor sign-in."""
    form = _SIGN_IN_FORM
    code = code_field(
        "code",
        "Code",
        form=form.name,
        error=forms.error(form, "code"),
        hint="The six digits that your authenticator app shows, or one of your recovery codes.",
        auto_focus=True,
    )
    return auth_layout(
        "Sign in",
        rx.cond(SignInState.reason != "", SignInState.reason, "Welcome back."),
        el.when(SignInState.message != "", callout(SignInState.message, kind="success")),
        forms.form(
            form,
            _email_field(form),
            password_field(
                "password",
                "Password",
                form=form.name,
                error=forms.error(form, "password"),
                label_action=label_link("Forgot password?", "/forgot"),
            ),
            el.when(forms.requires(form, "code"), code),
            forms.submit(form, "Sign in"),
            action="/auth/sign-in",
            extra_fields=forms.NEXT,
        ),
        footer=el.p("New here? ", inline_link("Create an account", "/sign-up" + SignInState.suffix), "."),
    )


def sign_up_page() -> rx.Component:
    """The sign-up form."""
    form = _SIGN_UP_FORM
    return auth_layout(
        "Create an account",
        "To buy, sell and save your favourites. It's free.",
        forms.form(
            form,
            text_field(
                "name",
                "Name",
                form=form.name,
                error=forms.error(form, "name"),
                hint="Shown to shops and other people.",
                auto_complete="name",
                max_length=80,
            ),
            _email_field(form),
            _new_password_field(form),
            forms.submit(form, "Create account"),
            action="/auth/sign-up",
            extra_fields=forms.NEXT,
        ),
        footer=el.p("Already have an account? ", inline_link("Sign in", "/sign-in" + SignInState.suffix), "."),
    )


def forgot_page() -> rx.Component:
    """The form that sends a link for a new password."""
    form = _FORGOT_FORM
    return auth_layout(
        "Forgot your password?",
        "Enter your account's e-mail address. We'll send you a link to choose a new password.",
        forms.form(form, _email_field(form), forms.submit(form, "Send the link"), action="/auth/forgot"),
        footer=el.p("Remembered it? ", inline_link("Sign in", "/sign-in"), "."),
    )


def reset_page() -> rx.Component:
    """The form for a new password, for visitors with the link."""
    form = _RESET_FORM
    return auth_layout(
        "Choose a new password",
        "You'll be signed out everywhere, and can then sign in with the new password.",
        forms.form(
            form,
            _new_password_field(form),
            forms.submit(form, "Change password"),
            action="/auth/reset",
            extra_fields=forms.TOKEN,
        ),
        footer=el.p("Link no longer works? ", inline_link("Send a new one", "/forgot"), "."),
    )


def _email_field(form: forms.Form) -> rx.Component:
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


def _new_password_field(form: forms.Form) -> rx.Component:
    return password_field(
        "password",
        "Password",
        form=form.name,
        error=forms.error(form, "password"),
        hint=PASSWORD_HINT,
        auto_complete="new-password",
    )


ROUTES = (
    private("/sign-in", sign_in_page, "Sign in", SignInState.load),
    private("/sign-up", sign_up_page, "Create an account", SignInState.load),
    private("/forgot", forgot_page, "Forgot your password?"),
    private("/reset", reset_page, "Choose a new password"),
)
