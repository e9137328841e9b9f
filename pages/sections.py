"""The sections and pinned listings of a shop, in the studio."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import icon_button, secondary_button
from pages.components.field import INPUT, text_field
from pages.components.icon import icon
from pages.components.link import UNDERLINED
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from platform_app.domain.sections.rules import MAX_PINNED, MAX_SECTIONS, MAX_TITLE
from state.core import browser
from state.sections import PinnedRowView, SectionRowView, SectionsState

_ADD_FORM = forms.define_form("add-section")
_RENAME_FORM = forms.define_form("rename-section")


def sections_page() -> rx.Component:
    """The sections in order, and the pinned listings."""
    sections = el.ol(
        rx.foreach(SectionsState.sections, _section),
        aria_label="Sections",
        class_name="divide-y divide-line border-y border-line empty:hidden",
    )
    pinned = el.ol(
        rx.foreach(SectionsState.pinned, _pinned),
        aria_label="Pinned listings",
        class_name="divide-y divide-line border-y border-line",
    )
    no_pins = el.p("Nothing is pinned. Select listings in the table, and choose Pin.", class_name="text-soft")
    return studio_layout(
        SectionsState,
        "Sections",
        "Group your listings, and choose which come first on your shop's page.",
        el.div(
            panel(
                "Sections",
                f"Up to {MAX_SECTIONS}. Visitors see those that have a listing for sale, in this order. To fill one, select listings in the table, or choose it in a listing.",
                el.div(sections, _add_form(), class_name="flex flex-col gap-5"),
            ),
            panel(
                "Pinned listings",
                f"Up to {MAX_PINNED} listings that come first on your shop's page.",
                el.if_else(SectionsState.pinned.length() > 0, pinned, no_pins),
            ),
            class_name="flex flex-col gap-10",
        ),
    )


def _add_form() -> rx.Component:
    return forms.form(
        _ADD_FORM,
        text_field(
            "title", "New section", form=_ADD_FORM.name, error=forms.error(_ADD_FORM, "title"), max_length=MAX_TITLE,
            auto_complete="off",
        ),
        el.div(forms.submit(_ADD_FORM, "Add section", is_secondary=True)),
        action=SectionsState.add_url,
        on_success=browser.event_trigger(SectionsState.refresh),
    )  # fmt: skip


def _section(each: rx.vars.ObjectVar[SectionRowView]) -> rx.Component:
    title = each.title.to(str)
    summary = el.summary(
        "Rename",
        el.span(": ", title, class_name="sr-only"),
        class_name=f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}",
    )
    remove = secondary_button(
        "Delete",
        el.span(": ", title, class_name="sr-only"),
        on_click=browser.event_handler(SectionsState.remove)(each.id),
    )
    return el.li(
        el.div(
            el.div(
                el.p(title, class_name="font-medium wrap-anywhere"),
                el.p(each.listings, class_name="text-sm text-soft"),
                class_name="min-w-0 flex-1",
            ),
            _move_button(
                "arrow-up", "Move up: " + title, browser.event_handler(SectionsState.move)(each.id.to(str), -1)
            ),
            _move_button(
                "arrow-down", "Move down: " + title, browser.event_handler(SectionsState.move)(each.id.to(str), 1)
            ),
            remove,
            class_name="flex items-center gap-2",
        ),
        el.details(summary, el.div(_rename_form(each), class_name="pt-1 pb-3")),
        key=each.id.to(str),
        class_name="py-3",
    )


def _rename_form(each: rx.vars.ObjectVar[SectionRowView]) -> rx.Component:
    api_url, title = each.api_url.to(str), each.title.to(str)
    return forms.form(
        _RENAME_FORM,
        el.input(
            name="title",
            default_value=title,
            aria_label="Title",
            max_length=MAX_TITLE,
            auto_complete="off",
            class_name=INPUT,
        ),
        el.p(
            forms.error(_RENAME_FORM, "title", api_url),
            role="alert",
            class_name="-mt-3 text-sm text-danger empty:hidden",
        ),
        el.input(type="hidden", name="version", value=each.version.to_string(), read_only=True),
        el.div(forms.submit(_RENAME_FORM, "Save", context=title, instance=api_url, is_secondary=True)),
        action=api_url,
        method="PATCH",
        instance=api_url,
        keep_values=True,
        on_success=browser.event_trigger(SectionsState.refresh),
    )


def _pinned(each: rx.vars.ObjectVar[PinnedRowView]) -> rx.Component:
    title, listing_id = each.title.to(str), each.id.to(str)
    return el.li(
        el.p(title, class_name="min-w-0 flex-1 wrap-anywhere"),
        _move_button("arrow-up", "Move up: " + title, browser.event_handler(SectionsState.move_pinned)(listing_id, -1)),
        _move_button(
            "arrow-down", "Move down: " + title, browser.event_handler(SectionsState.move_pinned)(listing_id, 1)
        ),
        secondary_button(
            "Unpin",
            el.span(": ", title, class_name="sr-only"),
            on_click=browser.event_handler(SectionsState.unpin)(listing_id),
        ),
        key=listing_id,
        class_name="flex items-center gap-2 py-3",
    )


def _move_button(icon_name: str, label: rx.Var[str], on_click: browser.BoundEvent) -> rx.Component:
    return icon_button(icon(icon_name), label=label, on_click=on_click)


ROUTES = (private("/sell/[shop]/sections", sections_page, "Sections", SectionsState.load),)
