"""All imports of a shop: where one begins, how the others went, and all listings to take along."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.button import SECONDARY
from pages.components.icon import icon
from pages.components.link import PAGER, QUIET, link
from pages.components.notice import nothing_yet
from pages.components.progress import progress
from pages.components.upload import AT_FIRST, upload_zone
from pages.studio_frame import studio
from state import runtime
from state.import_views import RunView
from state.imports import ImportsState

_LABEL = "whitespace-nowrap rounded-full border px-2.5 py-0.5 text-xs font-medium"
_FILE = runtime.browser_value("import_file", AT_FIRST)


def imports_page() -> rx.Component:
    """Upload a file, and see what became of earlier ones."""
    export = el.a(
        icon("download", size=18),
        "Download all listings",
        href=ImportsState.api + "/export.csv",
        download=True,
        class_name=SECONDARY,
    )
    return studio(
        ImportsState,
        "Imports",
        "Bring listings in from a file. You see what would change before anything does, and can take it back afterwards.",
        _begin(),
        _earlier(),
        beside=export,
    )


def _begin() -> rx.Component:
    base = ImportsState.base
    goes: rx.Var[Any] = rx.Var(
        f"(id) => window.location.assign({base!s} + '/imports/' + id)", _var_data=base._get_all_var_data()
    )
    zone = upload_zone(
        at=_FILE.value,
        update=_FILE.set,
        begin=ImportsState.api + "/imports",
        goes=goes,
        accept=".csv,.tsv,.txt,.xlsx",
        hint="CSV or Excel (XLSX), up to 100 MB. Shopify and WooCommerce exports work as they are.",
    )
    return el.section(zone, aria_label="New import")


def _earlier() -> rx.Component:
    some = el.ul(rx.foreach(ImportsState.runs, _run), class_name="divide-y divide-line border-y border-line")
    none = nothing_yet(
        "file-up",
        "No import yet",
        "A file from another shop, or from your own spreadsheet, is a good start. Nothing is for sale before you have seen it.",
    )
    latest = link("Latest imports", href=ImportsState.base + "/imports", class_name=PAGER)
    pager = el.nav(
        el.when(ImportsState.is_older, latest),
        el.when(ImportsState.older_href != "", link("Older imports", href=ImportsState.older_href, class_name=PAGER)),
        aria_label="More imports",
        class_name="mt-4 flex gap-3",
    )
    return el.section(
        el.h2("Earlier imports", class_name="mb-4 text-xl"),
        el.either(ImportsState.runs.length() > 0, some, el.when(~ImportsState.is_older, none)),
        el.when(ImportsState.is_older | (ImportsState.older_href != ""), pager),
        aria_label="Earlier imports",
    )


def _run(each: rx.vars.ObjectVar[RunView]) -> rx.Component:
    tone = rx.match(
        each.tone,
        ("good", f"{_LABEL} border-positive text-positive"),
        ("bad", f"{_LABEL} border-danger text-danger"),
        f"{_LABEL} border-edge text-soft",
    )
    going = el.div(
        progress(each.percent.to(int), label="Progress of " + each.name.to(str)),
        el.p(each.pace.to(str), class_name="text-sm text-soft tabular-nums"),
        class_name="mt-2 flex max-w-md flex-col gap-1",
    )
    return el.li(
        el.div(
            link(
                each.name.to(str),
                href=each.href.to(str),
                class_name=f"inline-flex min-h-11 items-center font-medium wrap-anywhere {QUIET}",
            ),
            el.p(each.told.to(str), class_name="text-sm text-soft tabular-nums wrap-anywhere empty:hidden"),
            el.when(each.is_going.to(bool), going),
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
