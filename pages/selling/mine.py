"""The shops one runs, and where to open one."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import primary_link, secondary_link
from pages.components.icon import icon
from pages.components.link import link
from pages.components.message import out_of_reach
from pages.components.notice import nothing_yet
from pages.frame import WIDE, page
from pages.studio_frame import waiting
from state import runtime
from state.selling import MyShopsState
from state.selling_views import InvitationView, MyShopView

_INVITED = forms.named("invited")


def my_shops_page() -> rx.Component:
    """One's shops and invitations; for whoever has neither, what selling here is."""
    state = MyShopsState
    ready = el.div(
        el.when(state.invited.length() > 0, _invitations()),
        el.either(state.shops.length() > 0, _shops(), _none()),
        class_name="flex flex-col gap-12",
    )
    shown = rx.match(
        state.status, ("ready", ready), ("down", out_of_reach(runtime.handler(state.load))), waiting()
    )  # fmt: skip
    return page(
        el.div(
            el.h1("Sell on Plaza", class_name="text-3xl sm:text-4xl"),
            el.p(
                "A shop of your own, with an address of its own. It is open in a minute, and you stay in charge of it.",
                class_name="mt-2 mb-10 max-w-xl text-soft text-pretty",
            ),
            el.div(shown, class_name="max-w-3xl"),
            class_name=f"{WIDE} pt-6 pb-12 lg:pt-12",
        ),
        ready=state.status != "",
    )


def _shops() -> rx.Component:
    return el.section(
        el.ul(rx.foreach(MyShopsState.shops, _shop), class_name="divide-y divide-line border-y border-line"),
        el.div(secondary_link(icon("plus", size=18), "Open another shop", href="/sell/open"), class_name="mt-6"),
        aria_label="Your shops",
    )


def _shop(each: rx.vars.ObjectVar[MyShopView]) -> rx.Component:
    name = link(
        each.name.to(str),
        href=each.href.to(str),
        class_name="after:absolute after:inset-0 after:content-[''] group-hover:underline underline-offset-4",
    )
    return el.li(
        icon("store", class_name="text-soft"),
        el.div(
            el.p(name, class_name="truncate font-medium"),
            el.p(each.part, class_name="truncate text-sm text-soft"),
            class_name="min-w-0 flex-1",
        ),
        icon("chevron-right", class_name="text-soft"),
        class_name="group relative flex min-h-18 items-center gap-4 py-3",
    )  # fmt: skip


def _none() -> rx.Component:
    return nothing_yet(
        "store",
        "No shop yet",
        "All it takes now is a name. What you sell, and how, comes after.",
        primary_link(icon("plus", size=18), "Open a shop", href="/sell/open"),
    )


def _invitations() -> rx.Component:
    return el.section(
        el.h2("You are invited", class_name="mb-3 text-xl"),
        el.ul(rx.foreach(MyShopsState.invited, _invitation), class_name="divide-y divide-line border-y border-line"),
        aria_label="Invitations",
    )


def _invitation(each: rx.vars.ObjectVar[InvitationView]) -> rx.Component:
    where = each.href.to(str)
    return el.li(
        el.div(
            el.p(each.title, class_name="font-medium wrap-anywhere"),
            el.p("You may: ", each.may, ". Open until ", each.until, ".", class_name="text-sm text-soft"),
            class_name="min-w-0 flex-1 basis-60",
        ),
        _answer(each, "Accept", where + "/accept", "POST"),
        _answer(each, "Decline", where, "DELETE"),
        class_name="flex flex-wrap items-center gap-3 py-4",
    )


def _answer(each: rx.vars.ObjectVar[InvitationView], label: str, where: rx.Var[str], method: str) -> rx.Component:
    return forms.sent(
        _INVITED,
        forms.button(_INVITED, label, about=each.title.to(str), of=where, quiet=True),
        action=where,
        method=method,
        of=where,
        then=runtime.event_of(MyShopsState.refresh),
    )
