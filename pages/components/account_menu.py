"""The header's sign-in link, or the account menu of the signed-in user."""

import reflex as rx

from pages.components import el
from pages.components.button import ICON
from pages.components.icon import icon
from pages.components.link import link

_HIDE = "() => document.getElementById('account-menu')?.hidePopover()"
_SIGN_OUT = """async () => {
  const sent = await fetch('/auth/sign-out', {method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
  if (sent.ok) window.location.assign('/');
}"""
_ITEM = "flex min-h-12 w-full items-center gap-3 rounded-xl px-3 text-start text-[15px] hover:bg-sunken"
# Both have the same width, so that the header does not shift.
_BUTTON = f"{ICON} sm:w-30! gap-2 text-[15px] sm:px-3 sm:justify-end"


def account_button(*, name: rx.Var[str], first_name: rx.Var[str], initial: rx.Var[str]) -> rx.Component:
    """The sign-in link; for signed-in users, the button that opens the account menu."""
    sign_in_link = link(
        icon("circle-user-round"),
        el.span("Sign in", class_name="hidden sm:inline"),
        href="/sign-in",
        aria_label="Sign in",
        class_name=_BUTTON,
    )
    # Drawn by the stylesheet: as text, it would be a part of the button's visible words that its name lacks.
    avatar = el.span(
        custom_attrs={"aria-hidden": "true", "data-initial": initial},
        class_name="before:content-[attr(data-initial)] grid size-7 shrink-0 place-items-center rounded-full bg-accent text-sm font-medium text-accent-ink",
    )
    menu_button = el.button(
        avatar,
        el.span(first_name, class_name="hidden min-w-0 truncate sm:inline"),
        type="button",
        aria_label=name.to(str) + ", account",
        custom_attrs={"popoverTarget": "account-menu"},
        class_name=_BUTTON,
    )
    return el.if_else(name == "", sign_in_link, menu_button)


def account_menu(
    *, name: rx.Var[str], email: rx.Var[str], shop_label: rx.Var[str], shop_href: rx.Var[str]
) -> rx.Component:
    """Links to the account's pages, and the sign-out button."""
    hide = rx.Var(_HIDE).to(rx.vars.FunctionVar, rx.EventChain)
    links = (
        ("Account", "/account", "user-round"),
        ("Notifications", "/account/notifications", "bell"),
        ("Security", "/account/security", "shield-check"),
    )
    return el.div(
        el.div(
            el.p(name, class_name="truncate font-medium"),
            el.p(email, class_name="truncate text-sm text-soft"),
            class_name="border-b border-line px-3 pt-1 pb-3",
        ),
        el.nav(
            *(
                link(icon(icon_name), label, href=href, on_click=hide, class_name=_ITEM)
                for label, href, icon_name in links
            ),
            link(icon("store"), shop_label, href=shop_href, on_click=hide, class_name=_ITEM),
            aria_label="Your account",
            class_name="py-2",
        ),
        el.button(
            icon("log-out"),
            "Sign out",
            type="button",
            on_click=rx.Var(_SIGN_OUT).to(rx.vars.FunctionVar, rx.EventChain),
            class_name=_ITEM,
        ),
        id="account-menu",
        custom_attrs={"popover": "auto"},
        class_name="absolute start-auto end-[max(1rem,calc((100vw-80rem)/2+2rem))] top-17 bottom-auto m-0 w-64 rounded-card border border-edge bg-raised p-2 text-ink",
    )
