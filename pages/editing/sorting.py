"""Where a listing belongs: what buyers find it by."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_button
from pages.components.field import BOX, select_field, text_field
from pages.components.link import UNDERLINED
from pages.editing import parts
from pages.studio_frame import panel
from state import runtime
from state.editing import EditorState
from state.editing_views import ChoiceView, PropertyView

_WRITTEN = runtime.view(EditorState.written)


def sorting() -> rx.Component:
    """Category, condition, details and tags."""
    none = el.option("No category", value="")
    category = select_field(
        "category", "Category", el.fragment(none, rx.foreach(EditorState.categories, _choice)), form=parts.FORM,
        error=parts.error("category"), optional=True, default_value=_WRITTEN.category, key=parts.fresh("category"),
        on_change=lambda value: runtime.handler(EditorState.set_text)(EditorState.revision, "category", value),
    )  # fmt: skip
    condition = select_field(
        "condition", "Condition", el.fragment(*(el.option(label, value=value) for value, label in _CONDITIONS)),
        form=parts.FORM, error=parts.error("condition"), default_value=_WRITTEN.condition, key=parts.fresh("condition"),
        on_change=lambda value: runtime.handler(EditorState.set_text)(EditorState.revision, "condition", value),
    )  # fmt: skip
    tags = text_field(
        "tags", "Tags", form=parts.FORM, error=parts.error("tags"), optional=True, auto_complete="off",
        hint="Words that somebody may search for, with commas between them.", max_length=2000,
        default_value=_WRITTEN.tags, key=parts.fresh("tags"), **parts.typed(EditorState.set_text, "tags"),
    )  # fmt: skip
    return panel(
        "Where it belongs",
        "Buyers find it by its category and by its details, which they can filter by.",
        el.div(
            category,
            condition,
            el.div(
                el.h3("Details", class_name="mb-2 text-[15px] font-medium"),
                el.div(rx.foreach(EditorState.properties, _property), class_name="grid gap-3 sm:grid-cols-2"),
                _add_property(),
                el.p(parts.error("properties"), role="alert", class_name="mt-2 text-sm text-danger empty:hidden"),
            ),
            tags,
            class_name="flex flex-col gap-5",
        ),
    )


def _choice(each: rx.vars.ObjectVar[ChoiceView]) -> rx.Component:
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
            key=parts.fresh(name),
            max_length=80,
            auto_complete="off",
            custom_attrs={"list": "usual-" + name},
            class_name=f"{BOX} min-h-11!",
            **parts.typed(EditorState.set_property, name),
        ),
        el.datalist(rx.foreach(each.usual.to(list[str]), lambda value: el.option(value=value)), id="usual-" + name),
        key=name,
        class_name="min-w-0",
    )


def _add_property() -> rx.Component:
    return el.details(
        el.summary("Add another detail", class_name=f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}"),
        el.form(
            el.label("Its name", html_for="detail-name", class_name="sr-only"),
            el.input(
                id="detail-name",
                name="name",
                max_length=80,
                placeholder="Such as Technique",
                class_name=f"{BOX} min-h-11! w-44!",
            ),
            el.label("What it is", html_for="detail-value", class_name="sr-only"),
            el.input(
                id="detail-value",
                name="value",
                max_length=80,
                placeholder="Such as Thrown by hand",
                class_name=f"{BOX} min-h-11! w-48!",
            ),
            secondary_button("Add", type="submit"),
            on_submit=runtime.handler(EditorState.add_property),
            reset_on_submit=True,
            class_name="mt-2 flex flex-wrap gap-2",
        ),
    )
