"""Password, two-factor sign-in, and the browsers that are signed in."""

import reflex as rx

from pages import forms
from pages.accounts.frame import PASSWORD_HINT, account, part
from pages.accounts.two_factor import two_factor
from pages.components import el
from pages.components.field import password_field
from pages.components.icon import icon
from state import runtime
from state.account_views import SessionView
from state.accounts import SecurityState

_PASSWORD = forms.named("password")
_SESSION = forms.named("session")
_PROFILE = runtime.view(SecurityState.profile)
_EVERYWHERE = "/api/v1/account/sessions"


def security_page() -> rx.Component:
    """What keeps others out."""
    return account(
        SecurityState,
        "Security",
        "What keeps others out of your account.",
        part("Password", "Changing it signs you out everywhere else.", _password()),
        part("Two-factor sign-in", "A code from your phone, besides the password: a stolen password alone opens nothing.", two_factor()),
        part("Where you are signed in", "You do not know one of these? End it, then change your password.", _sessions()),
    )  # fmt: skip


def _password() -> rx.Component:
    form = _PASSWORD
    return forms.sent(
        form,
        # Without a name it is not sent: it tells a password manager whose password this is.
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
        el.div(forms.button(form, "Change password", quiet=True)),
        action="/auth/password",
    )


def _sessions() -> rx.Component:
    everywhere = forms.sent(
        _SESSION,
        el.div(forms.button(_SESSION, "Sign out everywhere", of=_EVERYWHERE, quiet=True)),
        action=_EVERYWHERE,
        method="DELETE",
        of=_EVERYWHERE,
    )
    return el.div(
        el.ul(
            rx.foreach(SecurityState.sessions, _session),
            aria_label="Sessions",
            class_name="divide-y divide-line border-y border-line",
        ),
        el.div(everywhere, class_name="mt-6"),
    )


def _session(each: rx.vars.ObjectVar[SessionView]) -> rx.Component:
    here = el.span(
        "This browser", class_name="rounded-full border border-positive px-2.5 py-0.5 text-xs font-medium text-positive"
    )
    end = forms.sent(
        _SESSION,
        forms.button(_SESSION, "Sign out", about=each.device, of=each.href, quiet=True),
        action=each.href,
        method="DELETE",
        of=each.href,
    )
    return el.li(
        icon("monitor-smartphone", class_name="text-soft"),
        el.div(
            el.p(each.device, class_name="font-medium"),
            el.p(each.seen, " · ", each.where, class_name="text-sm text-soft wrap-anywhere"),
            class_name="min-w-0 flex-1",
        ),
        el.either(each.is_this, here, end),
        class_name="flex min-h-18 items-center gap-4 py-3",
    )
