"""The editor of a listing."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import primary_button, secondary_button, secondary_link
from pages.components.callout import callout
from pages.components.field import text_area, text_field
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.components.unsent import forgetting, keep_unsent, save_status
from pages.editing import shared
from pages.editing.categorisation import categorisation
from pages.editing.options import options
from pages.editing.pictures import pictures
from pages.editing.prices import price_history
from pages.editing.problems import problem_note, problem_summary
from pages.editing.variants import variants
from pages.layout.route import private
from pages.layout.studio_layout import panel, studio_layout
from state.core import browser
from state.editing import EditorState
from state.studio import StudioState

_FIELDS = browser.object_var(EditorState.basic_fields)
_DELETE_FORM = forms.define_form("delete-listing")
_API_URL = browser.pathname().to(rx.vars.StringVar).replace("/sell/", "/api/v1/shops/")  # of the listing
_IS_NEW = EditorState.stage == ""


def editor_page() -> rx.Component:
    """Everything that buyers will see of a listing; changes are saved as a draft while the seller types."""
    return studio_layout(
        EditorState,
        EditorState.name,
        rx.match(
            EditorState.stage,
            ("published", "For sale. Buyers see your changes once you save them."),
            ("archived", "Archived. Buyers can't see it."),
            ("draft", "Draft. Buyers can't see it until you publish it."),
            ("gone", "It may have been deleted before it was saved, or the link is wrong."),
            "New. Buyers can't see it until you publish it.",
        ),
        el.if_else(EditorState.stage == "gone", _not_found(), el.fragment(*_sections())),
        actions=el.when(EditorState.public_url != "", _public_link()),
    )


def _sections() -> list[rx.Component]:
    return [
        el.when(EditorState.conflict != "", _conflict()),
        problem_summary(),
        keep_unsent(
            _description(),
            pictures(),
            options(),
            variants(),
            categorisation(),
            name="listing-fields",
            acknowledged=EditorState.acknowledged,
            class_name="contents",
        ),
        el.when(EditorState.prices.length() > 0, price_history()),
        _other_actions(),
        _save_bar(),
    ]


def _not_found() -> rx.Component:
    return el.div(secondary_link("All listings", href=StudioState.base_url + "/listings"))


def _conflict() -> rx.Component:
    """The choices after a conflict with another tab; until then, this tab's changes are not saved."""
    return callout(
        el.p(EditorState.conflict, class_name="font-medium"),
        el.p("Until you choose, your changes here are not saved.", class_name="mt-1"),
        el.div(
            secondary_button("Load the current version", on_click=forgetting(EditorState.reload)),
            secondary_button("Keep mine as a copy", on_click=forgetting(EditorState.save_as_copy)),
            class_name="mt-3 flex flex-wrap gap-3",
        ),
        kind="warning",
        role="alert",
    )


def _description() -> rx.Component:
    return panel(
        "Basics",
        "Say what it is in the title. Describe its size, its material and how it was made.",
        el.div(
            text_field(
                "title", "Title", form=shared.FORM, error=shared.error("title"), max_length=255, auto_complete="off",
                default_value=_FIELDS.title, key=shared.revision_key("title"), **shared.autosave(EditorState.set_field, "title"),
            ),
            text_area(
                "description", "Description", form=shared.FORM, error=shared.error("description"), rows=7, max_length=50_000, default_value=_FIELDS.description, key=shared.revision_key("description"),
                **shared.autosave(EditorState.set_field, "description"),
            ),
            class_name="flex flex-col gap-5",
        ),
    )  # fmt: skip


def _other_actions() -> rx.Component:
    """Less common actions."""
    save = browser.event_handler(EditorState.save)
    discard = el.details(
        el.summary(
            "Discard changes",
            class_name=f"inline-flex min-h-11 items-center px-3 text-[15px] {UNDERLINED}",
        ),
        el.div(
            el.p("This can't be undone.", class_name="mb-3 text-soft"),
            secondary_button("Yes, discard them", on_click=forgetting(EditorState.discard)),
        ),
    )
    return panel(
        "More",
        "",
        el.div(
            el.when(
                ~_IS_NEW,
                secondary_button(
                    icon("copy", size=18), "Duplicate", on_click=browser.event_handler(EditorState.save_as_copy)
                ),
            ),
            el.when(EditorState.stage == "published", secondary_button("Take down", on_click=save("draft"))),
            el.when(
                (~_IS_NEW) & (EditorState.stage != "archived"), secondary_button("Archive", on_click=save("archived"))
            ),
            el.when(EditorState.stage == "archived", secondary_button("Restore as a draft", on_click=save("draft"))),
            el.when(EditorState.has_changes, discard),
            el.when((EditorState.stage == "draft") | (EditorState.stage == "archived"), _deletion()),
            class_name="flex flex-wrap items-start gap-3",
        ),
    )


def _deletion() -> rx.Component:
    form = _DELETE_FORM
    text = "The listing and its pictures are deleted for good. People who liked it keep its title, and its link leads nowhere."
    confirmation = forms.form(
        form,
        el.p(text, class_name="text-soft text-pretty"),
        el.div(forms.submit(form, "Yes, delete it for good", is_secondary=True)),
        action=_API_URL,
        method="DELETE",
    )
    return el.details(
        el.summary(
            "Delete this listing", class_name=f"inline-flex min-h-11 items-center px-3 text-[15px] {UNDERLINED}"
        ),
        el.div(confirmation, class_name="max-w-md pt-1"),
    )


def _save_bar() -> rx.Component:
    """A bar with the save status and the main action; it stays visible while scrolling."""
    save, is_public = browser.event_handler(EditorState.save), EditorState.stage == "published"
    return el.div(
        problem_note(),
        el.div(
            save_status(EditorState.save_status),
            secondary_link("Preview", href=browser.pathname().to(rx.vars.StringVar) + "/preview"),
            el.when(~is_public, secondary_button("Save", on_click=save(""))),
            el.if_else(
                is_public,
                primary_button("Save changes", on_click=save("")),
                primary_button("Publish", on_click=save("published")),
            ),
            class_name="flex flex-wrap items-center justify-end gap-2",
        ),
        class_name="sticky bottom-0 z-10 -mx-4 flex flex-col gap-2 border-t border-line bg-paper px-4 py-3 lg:mx-0 lg:px-0",
    )


def _public_link() -> rx.Component:
    return link(
        "View in your shop",
        href=EditorState.public_url,
        class_name=f"inline-flex min-h-11 items-center text-[15px] {UNDERLINED}",
    )


ROUTES = (private("/sell/[shop]/listings/[listing]", editor_page, "Listing", EditorState.load),)
