"""The listing's category, condition, properties and tags, by which buyers find it."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button
from pages.components.field import INPUT, select_field, text_field
from pages.components.link import UNDERLINED
from pages.components.unsent import SEQUENCE
from pages.editing import shared
from pages.editing.web_address import web_address
from pages.layout.studio_layout import panel
from platform_app.domain.catalog.rules import MAX_LABEL, MAX_TAGS
from state.core import browser
from state.editing import EditorState
from state.editing_presenters import PropertyView, SelectOptionView
from state.sections import ListingSectionState

_FIELDS = browser.object_var(EditorState.basic_fields)


def categorisation() -> rx.Component:
    """Category, condition, details and tags."""
    no_category = el.option("No category", value="")
    category = select_field(
        "category", "Category", el.fragment(no_category, rx.foreach(EditorState.categories, _select_option)), form=shared.FORM,
        error=shared.error("category"), optional=True, default_value=_FIELDS.category, key=shared.revision_key("category"),
        on_change=lambda value: browser.event_handler(EditorState.set_field)(SEQUENCE, "category", value),
    )  # fmt: skip
    condition = select_field(
        "condition", "Condition", el.fragment(*(el.option(label, value=value) for value, label in _CONDITIONS)),
        form=shared.FORM, error=shared.error("condition"), default_value=_FIELDS.condition, key=shared.revision_key("condition"),
        on_change=lambda value: browser.event_handler(EditorState.set_field)(SEQUENCE, "condition", value),
    )  # fmt: skip
    tags = text_field(
        "tags", "Tags", form=shared.FORM, error=shared.error("tags"), optional=True, auto_complete="off",
        hint=f"Words that buyers may search for, separated by commas: up to {MAX_TAGS}, of {MAX_LABEL} characters each.", max_length=2000,
        default_value=_FIELDS.tags, key=shared.revision_key("tags"), **shared.autosave(EditorState.set_field, "tags"),
    )  # fmt: skip
    return panel(
        "Search and filters",
        "Buyers find your listing by its category, and can filter by its details.",
        el.div(
            category,
            condition,
            el.when(ListingSectionState.options.length() > 0, _section()),
            el.div(
                el.h3("Details", class_name="mb-2 text-[15px] font-medium"),
                el.div(rx.foreach(EditorState.properties, _property), class_name="grid gap-3 sm:grid-cols-2"),
                _add_property_form(),
                el.p(shared.error("properties"), role="alert", class_name="mt-2 text-sm text-danger empty:hidden"),
            ),
            tags,
            web_address(),
            class_name="flex flex-col gap-5",
        ),
    )


def _section() -> rx.Component:
    """The section of the shop's page; it applies at once. A listing that was never saved has none yet."""
    state = ListingSectionState
    return select_field(
        "section", "Section of your shop's page",
        el.fragment(el.option("No section", value=""), rx.foreach(state.options, _select_option)), form=shared.FORM,
        error=rx.Var.create(""), optional=True, hint="Applies at once.", default_value=state.selected,
        key=state.listing_id + state.selected, on_change=browser.event_handler(state.choose),
    )  # fmt: skip


def _select_option(each: rx.vars.ObjectVar[SelectOptionView]) -> rx.Component:
    return el.option(each.label.to(str), value=each.value.to(str))


_CONDITIONS = (
    ("new", "New"),
    ("used_like_new", "Used, like new"),
    ("used_good", "Used, good"),
    ("refurbished", "Refurbished"),
)


def _property(each: rx.vars.ObjectVar[PropertyView]) -> rx.Component:
    name = each.name.to(str)
    return el.div(
        el.label(name, html_for="detail-" + name, class_name="mb-1 block text-sm text-soft"),
        el.input(
            id="detail-" + name,
            default_value=each.value,
            key=shared.revision_key(name),
            max_length=500,
            auto_complete="off",
            custom_attrs={"list": "usual-" + name},
            class_name=f"{INPUT} min-h-11!",
            **shared.autosave(EditorState.set_property, name),
        ),
        el.datalist(
            rx.foreach(each.suggestions.to(list[str]), lambda value: el.option(value=value)), id="usual-" + name
        ),
        key=name,
        class_name="min-w-0",
    )


def _add_property_form() -> rx.Component:
    return el.details(
        el.summary("Add another detail", class_name=f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}"),
        el.form(
            el.label("Detail name", html_for="detail-name", class_name="sr-only"),
            el.input(
                id="detail-name",
                name="name",
                max_length=80,
                placeholder="e.g. Technique",
                class_name=f"{INPUT} min-h-11! w-44!",
            ),
            el.label("Detail value", html_for="detail-value", class_name="sr-only"),
            el.input(
                id="detail-value",
                name="value",
                max_length=500,
                placeholder="e.g. Hand-thrown",
                class_name=f"{INPUT} min-h-11! w-48!",
            ),
            secondary_button("Add", type="submit"),
            on_submit=browser.event_handler(EditorState.add_property),
            reset_on_submit=True,
            class_name="mt-2 flex flex-wrap gap-2",
        ),
    )
