"""The button that waits for a sold-out variant, and the page of all that the viewer waits for."""

import reflex as rx

from pages.accounts.account_layout import account_layout
from pages.components import el, unfinished
from pages.components.button import SECONDARY, primary_link, secondary_button
from pages.components.empty_state import empty_state
from pages.components.icon import icon
from pages.components.link import link
from pages.layout.route import private
from state.core import browser
from state.layout import LayoutState
from state.stock_alerts import StockAlertButtonState, StockAlertsState, StockAlertView

_TOGGLE = """(event) => {
  const isWaiting = event.currentTarget.getAttribute('aria-pressed') !== 'true';
  event.currentTarget.setAttribute('aria-pressed', String(isWaiting));
  %s
  (%s)();
}"""
# The button that had the focus is gone: a keyboard goes on from the list, not from the top of the page.
_KEEP_FOCUS = "() => document.activeElement === document.body && document.getElementById('stock-alerts')?.focus()"


def stock_alert_button(listing_id: rx.Var[str], variant_id: rx.Var[str]) -> rx.Component:
    """Whether the viewer waits for a variant. It changes before the answer is there, as hearts do."""
    state = StockAlertButtonState
    key = listing_id.to(str) + "/" + variant_id.to(str)
    event = browser.event_handler(state.toggle)(key, rx.Var("isWaiting", _var_type=bool))
    handler = rx.Var.create(rx.EventChain.create(value=event, args_spec=rx.event.no_args_event_spec))
    kept = unfinished.keep("stock_alert", key, is_visitor=browser.object_var(LayoutState.user).name == "")
    return el.button(
        icon("bell", size=18, class_name="group-aria-pressed:hidden"),
        icon("check", size=18, class_name="hidden group-aria-pressed:block"),
        el.span("Tell me when it's back", class_name="group-aria-pressed:hidden"),
        el.span("We'll tell you when it's back", class_name="hidden group-aria-pressed:inline"),
        type="button",
        key=variant_id.to(str) + state.render_key,
        custom_attrs={
            "aria-pressed": rx.cond(state.waiting.contains(variant_id), "true", "false"),
            "onClick": rx.Var(_TOGGLE % (kept, handler), _var_data=browser.var_data(handler, kept)),
        },
        class_name=f"group mt-4 {SECONDARY} aria-pressed:border-accent aria-pressed:text-accent",
    )


def unfinished_stock_alert() -> rx.Component:
    """Waits for the variant that a visitor pressed before they had an account."""
    event = browser.event_handler(StockAlertButtonState.toggle)(unfinished.KEY, rx.Var("true", _var_type=bool))
    return el.when(browser.object_var(LayoutState.user).name != "", unfinished.finish("stock_alert", event))


def stock_alerts_page() -> rx.Component:
    """What the viewer waits for, newest first, each with a button to stop."""
    rows = el.ul(
        rx.foreach(StockAlertsState.alerts, _alert_item),
        aria_label="Items you wait for",
        class_name="divide-y divide-line border-y border-line",
    )
    empty = empty_state(
        "bell",
        "You wait for nothing",
        "Press “Tell me when it's back” on something sold out, and we tell you when it is in stock again.",
        primary_link("See what is new", href="/search"),
    )
    return account_layout(
        StockAlertsState,
        "Stock alerts",
        "We tell you once when one of these is back in stock.",
        el.div(
            el.if_else(StockAlertsState.alerts.length() > 0, rows, empty),
            id="stock-alerts",
            custom_attrs={"tabIndex": -1},
            class_name="outline-none",
        ),
    )


def _alert_item(each: rx.vars.ObjectVar[StockAlertView]) -> rx.Component:
    title = link(
        each.title.to(str),
        href=each.href.to(str),
        class_name="inline-flex min-h-11 items-center font-medium wrap-anywhere underline-offset-4 hover:underline",
    )
    unavailable = el.p(each.title, class_name="flex min-h-11 items-center font-medium wrap-anywhere")
    stop = secondary_button(
        "Stop",
        el.span(" waiting for ", each.title.to(str), class_name="sr-only"),
        on_click=browser.event_handler(StockAlertButtonState.toggle)(each.key, False),
    )
    return el.li(
        el.div(
            rx.cond(each.href != "", title, unavailable),
            el.p(each.choice, class_name="text-sm text-soft wrap-anywhere"),
            el.p(
                rx.cond(each.href != "", each.shop_name, "Not for sale at the moment"),
                class_name="truncate text-sm text-soft",
            ),
            class_name="min-w-0 flex-1",
        ),
        stop,
        _focus_keeper(),
        key=each.key,
        class_name="flex items-center gap-4 py-3",
    )


@rx.memo
def _focus_keeper() -> rx.Component:
    """A component of its own in each row, so that it goes when that one goes."""
    return el.span(on_unmount=browser.client_event(_KEEP_FOCUS), class_name="hidden")


ROUTES = (private("/stock-alerts", stock_alerts_page, "Stock alerts", StockAlertsState.load, account_position=35),)
