"""The page that reports a listing to the operator."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import secondary_link
from pages.components.callout import callout
from pages.components.empty_state import error_state
from pages.components.field import text_area
from pages.components.link import UNDERLINED, link
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import private
from pages.shops.open_shop import option_select
from platform_app.domain.reports.rules import MAX_TEXT, Reason
from state.core import browser
from state.reports import ReportListingState
from state.shops_presenters import SelectOptionView

_FORM = forms.define_form("report")
_STATE = ReportListingState
_IS_CURRENT = (_STATE.status != "") & (_STATE.loaded == browser.pathname())


def report_page() -> rx.Component:
    """A form about the listing, and thanks once it is sent."""
    content = rx.match(
        _STATE.status,
        ("missing", not_found.not_found_message("listing")),
        ("down", error_state(browser.event_handler(_STATE.load), level=1)),
        _report(),
    )
    loading = el.p("Loading…", role="status", class_name="show-after-200ms py-14 text-soft")
    return page_layout(el.div(rx.cond(_IS_CURRENT, content, loading), class_name=CONTAINER), is_ready=_IS_CURRENT)


def _report() -> rx.Component:
    thanks = el.div(
        callout("Thank you. The people who run this marketplace have your report.", kind="success"),
        el.div(secondary_link("Back to the listing", href=_STATE.listing_href)),
        class_name="flex flex-col gap-6",
    )
    return el.div(
        el.h1("Report this listing", class_name="text-3xl sm:text-4xl"),
        el.p(
            link(_STATE.listing_title, href=_STATE.listing_href, class_name=UNDERLINED),
            " by ",
            _STATE.shop_name,
            class_name="mt-3 mb-8 text-soft wrap-anywhere",
        ),
        el.if_else(forms.is_submitted(_FORM, instance=_STATE.listing_href), thanks, _form()),
        class_name="mx-auto max-w-xl py-8 sm:py-14",
    )


def _form() -> rx.Component:
    form = _FORM
    reasons = [SelectOptionView(each.value, each.label) for each in Reason]
    return forms.form(
        form,
        el.input(type="hidden", name="shop", value=_STATE.shop_slug, read_only=True),
        el.input(type="hidden", name="listing", value=_STATE.listing_slug, read_only=True),
        option_select(form, "reason", "What is wrong?", reasons, "Choose a reason"),
        text_area(
            "text", "Details", form=form.name, error=forms.error(form, "text"), max_length=MAX_TEXT,
            hint="What should we look at? The shop does not see your report.",
        ),
        el.div(forms.submit(form, "Send report", instance=_STATE.listing_href)),
        action="/api/v1/reports",
        instance=_STATE.listing_href,
    )  # fmt: skip


ROUTES = (private("/shops/[shop]/[listing]/report", report_page, "Report a listing", ReportListingState.load),)
