"""The page of an import: column mapping, check, progress and result."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_link
from pages.components.callout import callout
from pages.components.empty_state import empty_state
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.components.progress import progress_bar
from pages.imports.mapping import column_mapping
from pages.imports.result import check_result, import_result
from pages.layout.route import private
from pages.layout.studio_layout import studio_layout
from state.core import browser
from state.imports import ImportState
from state.imports_presenters import ImportView
from state.studio import StudioState


def import_page() -> rx.Component:
    """An import in any stage; the page updates itself."""
    details = browser.object_var(ImportState.details)
    subtitle = el.fragment(
        el.span(details.label, class_name="font-medium text-ink"),
        el.when(details.file_details != "", el.span(" · ", details.file_details)),
    )
    content = rx.match(
        details.stage,
        ("uploading", _not_uploaded()),
        ("looking", _pending("Analysing the file…")),
        ("mapping", column_mapping()),
        ("queued", _pending("Waiting to start…")),
        ("running", _running(details)),
        ("checked", check_result()),
        ("refused", _refused(details)),
        ("discarded", _not_found()),
        ("missing", _not_found()),
        import_result(),
    )
    back_link = link(
        icon("arrow-left", size=18),
        "All imports",
        href=StudioState.base_url + "/imports",
        class_name=f"inline-flex min-h-11 items-center gap-2 text-[15px] text-soft hover:text-ink {UNDERLINED}",
    )
    title: rx.Var[str] = rx.cond(details.name != "", details.name, "Import")
    return studio_layout(ImportState, title, subtitle, el.div(content), actions=back_link)


def _pending(text: str) -> rx.Component:
    return el.p(
        icon("loader-circle", size=18, class_name="animate-spin motion-reduce:animate-none"),
        text,
        role="status",
        class_name="flex items-center gap-3 py-8 text-soft",
    )


def _running(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.section(
        el.h2(details.action_text, class_name="text-xl", role="status"),
        progress_bar(details.percent.to(int), label=details.action_text.to(str)),
        el.p(
            el.span(details.progress),
            el.when(details.pace != "", el.span(details.pace, class_name="text-soft")),
            class_name="flex flex-wrap justify-between gap-x-6 text-[15px] tabular-nums",
        ),
        el.p(
            "You can close this page: the import continues, and you can follow it on any device.",
            class_name="text-sm text-soft",
        ),
        aria_label="Progress",
        class_name="flex max-w-2xl flex-col gap-3",
    )


def _refused(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.div(
        callout(details.message, kind="warning", role="alert"),
        el.p("Nothing was imported and nothing was changed.", class_name="text-soft"),
        el.div(secondary_link("Upload another file", href=StudioState.base_url + "/imports")),
        class_name="flex max-w-2xl flex-col gap-5",
    )


def _not_uploaded() -> rx.Component:
    return el.div(
        callout(
            "The file is still being uploaded. Keep the page with the upload open.",
            kind="info",
        ),
        class_name="max-w-2xl",
    )


def _not_found() -> rx.Component:
    return empty_state(
        "file-x",
        "We can't find this import",
        "It may have been discarded, or belong to another shop.",
        secondary_link("All imports", href=StudioState.base_url + "/imports"),
    )


ROUTES = (private("/sell/[shop]/imports/[import_id]", import_page, "Import", ImportState.load),)
