"""A shop's imports: a new upload, earlier imports and the export of all listings."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.button import SECONDARY
from pages.components.callout import empty_list
from pages.components.file_upload import INITIAL_STATE, file_upload
from pages.components.icon import icon
from pages.components.link import HOVER_UNDERLINE, PAGER_BUTTON, link
from pages.components.progress import progress_bar
from pages.layout.route import private
from pages.layout.studio_layout import studio_layout
from state.core import browser
from state.imports import ImportsState
from state.imports_presenters import ImportRowView

_BADGE = "whitespace-nowrap rounded-full border px-2.5 py-0.5 text-xs font-medium"
_UPLOAD = browser.client_state("import_upload", INITIAL_STATE)


def imports_page() -> rx.Component:
    """The upload area and the earlier imports."""
    export = el.a(
        icon("download", size=18),
        "Download all listings",
        href=ImportsState.api_url + "/export.csv",
        download=True,
        class_name=SECONDARY,
    )
    return studio_layout(
        ImportsState,
        "Imports",
        "Import listings from a file. You see what would change before anything does, and can undo it afterwards.",
        _new_import(),
        _earlier_imports(),
        actions=export,
    )


def _new_import() -> rx.Component:
    base = ImportsState.base_url
    on_uploaded: rx.Var[Any] = rx.Var(
        f"(id) => window.location.assign({base!s} + '/imports/' + id)", _var_data=browser.var_data(base)
    )
    upload = file_upload(
        upload_state=_UPLOAD.value,
        set_upload_state=_UPLOAD.set,
        start_url=ImportsState.api_url + "/imports",
        on_uploaded=on_uploaded,
        accept=".csv,.tsv,.txt,.xml,.xlsx",
        hint="CSV, Excel (XLSX) or a product feed (XML), up to 100 MB. Exports of Shopify, WooCommerce, Etsy and others work as they are.",
    )
    return el.section(upload, aria_label="New import")


def _earlier_imports() -> rx.Component:
    run_list = el.ul(rx.foreach(ImportsState.runs, _import_row), class_name="divide-y divide-line border-y border-line")
    empty = empty_list(
        "file-up",
        "No imports yet",
        "Start with a file from another shop or your own spreadsheet. Nothing goes on sale before you have seen it.",
    )
    latest = link("Latest imports", href=ImportsState.base_url + "/imports", class_name=PAGER_BUTTON)
    pager = el.nav(
        el.when(ImportsState.is_older_page, latest),
        el.when(
            ImportsState.older_href != "", link("Older imports", href=ImportsState.older_href, class_name=PAGER_BUTTON)
        ),
        aria_label="More imports",
        class_name="mt-4 flex gap-3",
    )
    return el.section(
        el.h2("Earlier imports", class_name="mb-4 text-xl"),
        el.if_else(ImportsState.runs.length() > 0, run_list, el.when(~ImportsState.is_older_page, empty)),
        el.when(ImportsState.is_older_page | (ImportsState.older_href != ""), pager),
        aria_label="Earlier imports",
    )


def _import_row(each: rx.vars.ObjectVar[ImportRowView]) -> rx.Component:
    tone = rx.match(
        each.tone,
        ("good", f"{_BADGE} border-positive text-positive"),
        ("bad", f"{_BADGE} border-danger text-danger"),
        f"{_BADGE} border-edge text-soft",
    )
    running = el.div(
        progress_bar(each.percent.to(int), label="Progress of " + each.name.to(str)),
        el.p(each.pace.to(str), class_name="text-sm text-soft tabular-nums"),
        class_name="mt-2 flex max-w-md flex-col gap-1",
    )
    return el.li(
        el.div(
            link(
                each.name.to(str),
                href=each.href.to(str),
                class_name=f"inline-flex min-h-11 items-center font-medium wrap-anywhere {HOVER_UNDERLINE}",
            ),
            el.p(each.summary.to(str), class_name="text-sm text-soft tabular-nums wrap-anywhere empty:hidden"),
            el.when(each.is_running.to(bool), running),
            class_name="min-w-0 flex-1",
        ),
        el.div(
            el.span(
                each.label.to(str),
                class_name=tone,
            ),
            el.span(each.when.to(str), class_name="whitespace-nowrap text-sm text-soft tabular-nums"),
            class_name="flex shrink-0 items-center gap-3 sm:min-h-11 sm:flex-row-reverse",
        ),
        class_name="flex flex-col gap-x-6 gap-y-1 py-3 sm:flex-row",
    )


ROUTES = (private("/sell/[shop]/imports", imports_page, "Imports", ImportsState.load),)
