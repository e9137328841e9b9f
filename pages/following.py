"""The button that follows a shop, and the page of all shops that the viewer follows."""

import reflex as rx

from pages.accounts.account_layout import account_layout
from pages.components import el, unfinished
from pages.components.button import SECONDARY, primary_link, secondary_button
from pages.components.empty_state import empty_state
from pages.components.icon import icon
from pages.components.link import link
from pages.components.picture import shop_logo
from pages.layout.route import private
from state.core import browser
from state.following import FollowButtonState, FollowedShopView, FollowingState
from state.layout import LayoutState

_TOGGLE = """(event) => {
  const isFollowing = event.currentTarget.getAttribute('aria-pressed') !== 'true';
  event.currentTarget.setAttribute('aria-pressed', String(isFollowing));
  %s
  (%s)();
}"""
# The button that had the focus is gone: a keyboard goes on from the list, not from the top of the page.
_KEEP_FOCUS = "() => document.activeElement === document.body && document.getElementById('following')?.focus()"


def follow_button(shop_name: rx.Var[str], followers: rx.Var[str]) -> rx.Component:
    """Whether the viewer follows the shop, and how many do. It changes before the answer is there, as hearts do."""
    state = FollowButtonState
    event = browser.event_handler(state.toggle)(state.shop, rx.Var("isFollowing", _var_type=bool))
    handler = rx.Var.create(rx.EventChain.create(value=event, args_spec=rx.event.no_args_event_spec))
    kept = unfinished.keep("follow", state.shop, is_visitor=browser.object_var(LayoutState.user).name == "")
    button = el.button(
        icon("plus", size=18, class_name="group-aria-pressed:hidden"),
        icon("check", size=18, class_name="hidden group-aria-pressed:block"),
        el.span("Follow", class_name="group-aria-pressed:hidden"),
        el.span("Following", class_name="hidden group-aria-pressed:inline"),
        el.span(" ", shop_name, class_name="sr-only"),
        type="button",
        key=state.render_key,
        custom_attrs={
            "aria-pressed": rx.cond(state.is_following, "true", "false"),
            "onClick": rx.Var(_TOGGLE % (kept, handler), _var_data=browser.var_data(handler, kept)),
        },
        class_name=f"group min-w-34 {SECONDARY} aria-pressed:border-accent aria-pressed:text-accent",
    )
    finishing = browser.event_handler(state.toggle)(unfinished.KEY, rx.Var("true", _var_type=bool))
    return el.div(
        button,
        el.when(browser.object_var(LayoutState.user).name != "", unfinished.finish("follow", finishing)),
        el.p(followers, class_name="text-soft tabular-nums"),
        class_name="mt-2 flex flex-wrap items-center gap-x-4 gap-y-1",
    )


def following_page() -> rx.Component:
    """The shops, the one followed last first, each with a button to unfollow it."""
    rows = el.ul(
        rx.foreach(FollowingState.shops, _shop_item),
        aria_label="Shops you follow",
        class_name="divide-y divide-line border-y border-line",
    )
    empty = empty_state(
        "store",
        "You follow no shop yet",
        "Press Follow on a shop's page, and we tell you when it has new listings.",
        primary_link("See what is new", href="/search"),
    )
    total = el.p(FollowingState.total, custom_attrs={"aria-live": "polite"}, class_name="mb-3 text-soft")
    return account_layout(
        FollowingState,
        "Following",
        "We tell you when these shops have new listings. Nobody else can see which they are.",
        el.div(
            el.if_else(FollowingState.shops.length() > 0, el.fragment(total, rows), empty),
            id="following",
            custom_attrs={"tabIndex": -1},
            class_name="outline-none",
        ),
    )


def _shop_item(each: rx.vars.ObjectVar[FollowedShopView]) -> rx.Component:
    name = link(
        each.name.to(str),
        href=each.href.to(str),
        class_name="inline-flex min-h-11 items-center font-medium wrap-anywhere underline-offset-4 hover:underline",
    )
    unfollow = secondary_button(
        "Unfollow",
        el.span(" ", each.name.to(str), class_name="sr-only"),
        on_click=browser.event_handler(FollowButtonState.toggle)(each.slug, False),
    )
    return el.li(
        shop_logo(each.logo.to(str), each.name.to(str), class_name="size-12 text-xl"),
        el.div(name, el.p(each.tagline, class_name="truncate text-sm text-soft"), class_name="min-w-0 flex-1"),
        unfollow,
        _focus_keeper(),
        key=each.slug,
        class_name="flex items-center gap-4 py-3",
    )


@rx.memo
def _focus_keeper() -> rx.Component:
    """A component of its own in each row, so that it goes when that one goes."""
    return el.span(on_unmount=browser.client_event(_KEEP_FOCUS), class_name="hidden")


ROUTES = (private("/following", following_page, "Following", FollowingState.load, account_position=30),)
