"""The user's shops and invitations."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.callout import callout, empty_list
from pages.components.empty_state import error_state
from pages.components.icon import icon
from pages.components.link import link
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import private
from pages.layout.studio_layout import loading
from state.core import browser
from state.shops_presenters import ClosedShopView, InvitationView, MyShopView
from state.shops_studio import MyShopsState

_INVITATION_FORM = forms.define_form("invited")
_REOPEN_FORM = forms.define_form("reopen")


def my_shops_page() -> rx.Component:
    """The user's shops and invitations, or how to open the first shop."""
    state = MyShopsState
    content = el.div(
        el.when(state.invitations.length() > 0, _invitations()),
        el.if_else(state.shops.length() > 0, _shop_list(), _empty()),
        el.when(state.closed_shops.length() > 0, _closed_shops()),
        class_name="flex flex-col gap-12",
    )
    body = rx.match(
        state.status, ("ready", content), ("down", error_state(browser.event_handler(state.load))), loading()
    )  # fmt: skip
    return page_layout(
        el.div(
            el.when(state.flash != "", el.div(callout(state.flash, kind="success"), class_name="mb-8 max-w-3xl")),
            el.h1("Sell on Plaza", class_name="text-3xl sm:text-4xl"),
            el.p(
                "Your own shop, with its own web address. It takes a minute to open, and you stay in charge.",
                class_name="mt-2 mb-10 max-w-xl text-soft text-pretty",
            ),
            el.div(body, class_name="max-w-3xl"),
            class_name=f"{CONTAINER} pt-6 pb-12 lg:pt-12",
        ),
        is_ready=state.status != "",
    )


def _shop_list() -> rx.Component:
    return el.section(
        el.ul(rx.foreach(MyShopsState.shops, _shop_item), class_name="divide-y divide-line border-y border-line"),
        el.div(secondary_link(icon("plus", size=18), "Open another shop", href="/sell/open"), class_name="mt-6"),
        aria_label="Your shops",
    )


def _shop_item(each: rx.vars.ObjectVar[MyShopView]) -> rx.Component:
    name = link(
        each.name.to(str),
        href=each.href.to(str),
        class_name="after:absolute after:inset-0 after:content-[''] group-hover:underline underline-offset-4",
    )
    return el.li(
        icon("store", class_name="text-soft"),
        el.div(
            el.p(name, class_name="truncate font-medium"),
            el.p(each.role, class_name="truncate text-sm text-soft"),
            class_name="min-w-0 flex-1",
        ),
        icon("chevron-right", class_name="text-soft"),
        class_name="group relative flex min-h-18 items-center gap-4 py-3",
    )  # fmt: skip


def _closed_shops() -> rx.Component:
    return el.section(
        el.h2("Closed", class_name="mb-3 text-xl"),
        el.ul(
            rx.foreach(MyShopsState.closed_shops, _closed_shop),
            class_name="divide-y divide-line border-y border-line",
        ),
        aria_label="Closed shops",
    )


def _closed_shop(each: rx.vars.ObjectVar[ClosedShopView]) -> rx.Component:
    api_url = each.href.to(str)
    return el.li(
        el.div(
            el.p(each.name, class_name="font-medium wrap-anywhere"),
            el.p(each.deletion, ", unless you reopen it.", class_name="text-sm text-soft"),
            class_name="min-w-0 flex-1 basis-60",
        ),
        forms.form(
            _REOPEN_FORM,
            forms.submit(_REOPEN_FORM, "Reopen", context=each.name.to(str), instance=api_url, is_secondary=True),
            action=api_url,
            method="DELETE",
            instance=api_url,
        ),
        class_name="flex flex-wrap items-center gap-3 py-4",
    )


def _empty() -> rx.Component:
    return empty_list(
        "store",
        "No shops yet",
        "All you need now is a name. You can set up everything else later.",
        primary_link(icon("plus", size=18), "Open a shop", href="/sell/open"),
    )


def _invitations() -> rx.Component:
    return el.section(
        el.h2("You're invited", class_name="mb-3 text-xl"),
        el.ul(
            rx.foreach(MyShopsState.invitations, _invitation), class_name="divide-y divide-line border-y border-line"
        ),
        aria_label="Invitations",
    )


def _invitation(each: rx.vars.ObjectVar[InvitationView]) -> rx.Component:
    api_url = each.href.to(str)
    return el.li(
        el.div(
            el.p(each.title, class_name="font-medium wrap-anywhere"),
            el.p("Permissions: ", each.permissions, ". Expires on ", each.expires, ".", class_name="text-sm text-soft"),
            class_name="min-w-0 flex-1 basis-60",
        ),
        _answer_form(each, "Accept", api_url + "/accept", "POST"),
        _answer_form(each, "Decline", api_url, "DELETE"),
        key=api_url,
        class_name="flex flex-wrap items-center gap-3 py-4",
    )


def _answer_form(each: rx.vars.ObjectVar[InvitationView], label: str, action: rx.Var[str], method: str) -> rx.Component:
    return forms.form(
        _INVITATION_FORM,
        forms.submit(_INVITATION_FORM, label, context=each.title.to(str), instance=action, is_secondary=True),
        action=action,
        method=method,
        instance=action,
        on_success=browser.event_trigger(MyShopsState.refresh),
    )


ROUTES = (private("/sell", my_shops_page, "Sell", MyShopsState.load),)
