"""Password, two-factor sign-in and sessions."""

import reflex as rx

from pages import forms
from pages.accounts.account_layout import PASSWORD_HINT, account_layout, second_factor, section
from pages.accounts.two_factor import two_factor
from pages.components import el
from pages.components.field import password_field
from pages.components.icon import icon
from pages.layout.route import private
from state.accounts import SecurityState
from state.accounts_presenters import SessionView
from state.core import browser

_PASSWORD_FORM = forms.define_form("password")
_SESSION_FORM = forms.define_form("session")
_PROFILE = browser.object_var(SecurityState.profile)
_SESSIONS_URL = "/api/v1/account/sessions"


def security_page() -> rx.Component:
    """The account's security settings."""
    return account_layout(
        SecurityState,
        "Security",
        "Keep your account safe.",
        section("Password", "Changing it signs you out everywhere else.", _password_form()),
        section("Two-factor sign-in", "A code from your phone as well as your password, so that a stolen password is not enough.", two_factor()),
        section("Where you are signed in", "Don't recognise one of these? Sign it out, then change your password.", _session_list()),
    )  # fmt: skip


def _password_form() -> rx.Component:
    form = _PASSWORD_FORM
    return forms.form(
        form,
        # Only for password managers: without a name, it is not sent.
        el.input(
            type="email",
            value=_PROFILE.email,
            read_only=True,
            auto_complete="username",
            aria_label="E-mail address",
            class_name="hidden",
        ),
        password_field("current", "Current password", form=form.name, error=forms.error(form, "current")),
        password_field(
            "password",
            "New password",
            form=form.name,
            error=forms.error(form, "password"),
            hint=PASSWORD_HINT,
            auto_complete="new-password",
        ),
        second_factor(form, _PROFILE.has_totp),
        el.div(forms.submit(form, "Change password", is_secondary=True)),
        action="/auth/password",
    )


def _session_list() -> rx.Component:
    sign_out_everywhere = forms.form(
        _SESSION_FORM,
        el.div(forms.submit(_SESSION_FORM, "Sign out everywhere", instance=_SESSIONS_URL, is_secondary=True)),
        action=_SESSIONS_URL,
        method="DELETE",
        instance=_SESSIONS_URL,
    )
    return el.div(
        el.ul(
            rx.foreach(SecurityState.sessions, _session_item),
            aria_label="Sessions",
            class_name="divide-y divide-line border-y border-line",
        ),
        el.div(sign_out_everywhere, class_name="mt-6"),
    )


def _session_item(each: rx.vars.ObjectVar[SessionView]) -> rx.Component:
    current_badge = el.span(
        "This browser", class_name="rounded-full border border-positive px-2.5 py-0.5 text-xs font-medium text-positive"
    )
    sign_out = forms.form(
        _SESSION_FORM,
        forms.submit(_SESSION_FORM, "Sign out", context=each.device, instance=each.href, is_secondary=True),
        action=each.href,
        method="DELETE",
        instance=each.href,
    )
    return el.li(
        icon("monitor-smartphone", class_name="text-soft"),
        el.div(
            el.p(each.device, class_name="font-medium"),
            el.p(each.last_seen, " · ", each.ip, class_name="text-sm text-soft wrap-anywhere"),
            class_name="min-w-0 flex-1",
        ),
        el.if_else(each.is_current, current_badge, sign_out),
        key=each.href,
        class_name="flex min-h-18 items-center gap-4 py-3",
    )


ROUTES = (private("/account/security", security_page, "Security", SecurityState.load, account_position=40),)
