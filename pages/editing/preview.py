"""The preview of a listing: its page as buyers would see it, for members of its shop."""

import reflex as rx

from pages.catalog.listing import listing_content
from pages.components import el
from pages.components.button import secondary_link
from pages.components.empty_state import error_state
from pages.components.icon import icon
from pages.layout import not_found
from pages.layout.layout import CONTAINER, page_layout
from pages.layout.route import private
from pages.layout.studio_layout import forbidden, loading
from state.core import browser
from state.editing_preview import PreviewState


def preview_page() -> rx.Component:
    """The listing's own page, made of the saved draft, and a bar that says so."""
    content = rx.match(
        PreviewState.status,
        ("missing", not_found.not_found_message("listing")),
        ("forbidden", forbidden()),
        ("down", error_state(browser.event_handler(PreviewState.load), level=1)),
        ("ready", el.fragment(listing_content(is_preview=True), _preview_bar())),
        loading(),
    )
    return page_layout(el.div(content, class_name=CONTAINER), is_ready=PreviewState.status != "", has_footer=False)


def _preview_bar() -> rx.Component:
    """What this page is, and the way back; it stays visible while scrolling."""
    return el.section(
        el.div(
            el.p(icon("eye", size=18), "Preview", class_name="flex items-center gap-2 font-medium"),
            el.p(PreviewState.notice, class_name="text-[15px] text-soft text-pretty"),
            class_name="min-w-0 flex-[1_1_16rem]",
        ),
        secondary_link(icon("arrow-left", size=18), "Back to the editor", href=PreviewState.editor_url),
        aria_label="Preview",
        class_name="sticky bottom-0 z-10 -mx-4 mt-12 flex flex-wrap items-center justify-between gap-x-6 gap-y-2 border-t border-line bg-paper px-4 py-3 lg:-mx-8 lg:px-8",
    )


ROUTES = (private("/sell/[shop]/listings/[listing]/preview", preview_page, "Preview", PreviewState.load),)
