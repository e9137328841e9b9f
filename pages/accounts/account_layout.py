"""The layouts of the account pages: a narrow column for signing in, and navigation beside the account's pages."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.callout import callout
from pages.components.empty_state import error_state
from pages.components.field import code_field
from pages.components.link import UNDERLINED, link
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import account_links
from state.accounts import PrivatePage
from state.core import browser

PASSWORD_HINT = "At least 8 characters. A few words that do not belong together are easy to remember and hard to guess."  # noqa: S105


def auth_layout(
    title: str, description: rx.Component | str, *children: rx.Component, footer: rx.Component | None = None
) -> rx.Component:
    """A page for signed-out visitors with one form; `footer` links to other pages."""
    no_script_notice = el.noscript(
        callout("This page needs JavaScript. Please turn it on and reload the page.", kind="warning")
    )
    return page_layout(
        el.div(
            el.h1(title, class_name="text-4xl sm:text-[2.75rem] leading-tight"),
            el.p(description, class_name="mt-3 text-soft text-pretty"),
            el.div(no_script_notice, *children, class_name="mt-8 flex flex-col gap-6"),
            *([el.div(footer, class_name="mt-8 border-t border-line pt-6 text-soft")] if footer else []),
            class_name="mx-auto w-full max-w-md px-4 py-10 sm:py-16",
        ),
        is_ready=rx.Var.create(True),
    )


def account_layout(state: type[PrivatePage], title: str, description: str, *sections: rx.Component) -> rx.Component:
    """A page of the signed-in user's account."""
    flash = el.div(callout(state.flash, kind="success"), class_name="mb-8")
    content = rx.match(
        state.status,
        ("ready", el.div(*sections, class_name="flex flex-col gap-12")),
        ("down", error_state(browser.event_handler(state.load))),
        _loading(),
    )
    return page_layout(
        el.div(
            _navigation(),
            el.div(
                el.when(state.flash != "", flash),
                el.h1(title, class_name="text-3xl sm:text-4xl"),
                el.p(description, class_name="mt-2 mb-10 max-w-xl text-soft text-pretty"),
                content,
                class_name="min-w-0 max-w-2xl flex-1",
            ),
            class_name=f"{CONTAINER} gap-16 pt-4 pb-10 lg:flex lg:pt-12",
        ),
        is_ready=state.status != "",
    )


def section(title: str, description: rx.Component | str, *children: rx.Component) -> rx.Component:
    """A section of an account page."""
    return el.section(
        el.h2(title, class_name="text-2xl"),
        el.p(description, class_name="mt-1 mb-6 text-soft text-pretty") if description else el.fragment(),
        *children,
        aria_label=title,
        class_name="border-t border-line pt-8 first:border-0 first:pt-0",
    )


def second_factor(form: forms.Form, has_totp: rx.Var[bool]) -> rx.Component:
    """The field for a code that a change of the account needs if two-factor sign-in is on."""
    return el.when(has_totp, code_field("code", "Code", form=form.name, error=forms.error(form, "code")))


def inline_link(label: str, href: str | rx.Var[str]) -> rx.Component:
    """A link in a sentence."""
    return link(label, href=href, class_name=f"text-ink {UNDERLINED}")


def label_link(label: str, href: str) -> rx.Component:
    """A link beside a field's label, large enough to tap."""
    return link(
        label,
        href=href,
        class_name=f"-my-3 inline-flex min-h-11 items-center text-sm text-soft hover:text-ink {UNDERLINED}",
    )


def _navigation() -> rx.Component:
    return el.nav(
        el.ul(
            *(el.li(_navigation_link(label, path)) for label, path in account_links()),
            class_name="no-scrollbar -mx-4 flex gap-1 overflow-x-auto px-4 lg:mx-0 lg:flex-col lg:px-0",
        ),
        aria_label="Account",
        class_name="mb-8 border-b border-line lg:mb-0 lg:w-44 lg:shrink-0 lg:border-0",
    )


def _navigation_link(label: str, href: str) -> rx.Component:
    is_current = browser.pathname() == href
    current_class = "border-accent text-ink font-medium "
    return link(
        label,
        href=href,
        custom_attrs={"aria-current": rx.cond(is_current, "page", None)},
        class_name=rx.cond(is_current, current_class, "border-transparent text-soft hover:text-ink ")
        + "inline-flex min-h-12 items-center whitespace-nowrap border-b-2 px-3 text-[15px] lg:min-h-11 lg:border-b-0 lg:border-s-2 lg:px-4",
    )


def _loading() -> rx.Component:
    placeholders = (el.div(class_name=f"skeleton h-12 {width}") for width in ("w-full", "w-4/5", "w-full", "w-1/2"))
    return el.div(
        el.p("Loading…", role="status", class_name="sr-only"),
        el.div(*placeholders, custom_attrs={"aria-hidden": "true"}, class_name="show-after-200ms flex flex-col gap-5"),
    )
