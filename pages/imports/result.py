"""The result of a check or an import: counts, sample rows of each outcome, and actions."""

from typing import Any

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.button import SECONDARY
from pages.components.callout import callout
from pages.components.icon import icon
from pages.imports.mapping import column_table
from state.core import browser
from state.imports import ImportState
from state.imports_presenters import CountView, DifferenceView, ImportView, PreviewRowView
from state.studio import StudioState

_RUN_FORM = forms.define_form("import-run")
_UNDO_FORM = forms.define_form("import-undo")
_DISCARD_FORM = forms.define_form("import-discard")
_SUMMARY = "inline-flex min-h-11 items-center text-[15px] underline underline-offset-4 decoration-1"


def check_result() -> rx.Component:
    """The result of a check: what would change, and the button that imports it."""
    details = browser.object_var(ImportState.details)
    run = forms.form(
        _RUN_FORM,
        el.div(forms.submit(_RUN_FORM, "Import now")),
        action=details.api_url.to(str) + "/run",
        on_success=browser.event_trigger(ImportState.refresh),
    )
    nothing_to_import = callout(
        "There is nothing to import: no row of this file would change anything.", kind="info", role="note"
    )
    return el.div(
        callout("This was a check. Nothing has been changed yet.", kind="info", role="note"),
        _counts(),
        _remark(details),
        el.if_else(details.can_run.to(bool), run, nothing_to_import),
        _preview_rows("Would be changed", ImportState.updated),
        _preview_rows("Would be created", ImportState.created),
        _preview_rows("Refused", ImportState.refused),
        el.div(
            _report_link(details),
            el.details(
                el.summary("Match the columns again", class_name=_SUMMARY), el.div(column_table(), class_name="pt-4")
            ),
            _discard_action(details),
            class_name="flex flex-col items-start gap-3 border-t border-line pt-6 [&>details]:w-full",
        ),
        class_name="flex max-w-4xl flex-col gap-8",
    )


def import_result() -> rx.Component:
    """The result of an import: what changed, the report, and the button that undoes it."""
    details = browser.object_var(ImportState.details)
    return el.div(
        el.when(
            details.message != "",
            callout("The import stopped early: ", el.span(details.message), kind="warning", role="alert"),
        ),
        el.when(details.undo_summary != "", callout(details.undo_summary, kind="success")),
        _counts(),
        _remark(details),
        el.div(
            _report_link(details),
            el.when(details.can_undo.to(bool), _undo_action(details)),
            class_name="flex flex-col items-start gap-3",
        ),
        _preview_rows("Changed", ImportState.updated),
        _preview_rows("Created", ImportState.created),
        _preview_rows("Refused", ImportState.refused),
        class_name="flex max-w-4xl flex-col gap-8",
    )


def _counts() -> rx.Component:
    def count(each: rx.vars.ObjectVar[CountView]) -> rx.Component:
        return el.div(
            el.dt(each.label.to(str), class_name="text-sm text-soft"),
            el.dd(each.count.to(str), class_name="text-2xl tabular-nums"),
            class_name="flex flex-col-reverse border-s border-line ps-4",
        )

    return el.dl(rx.foreach(ImportState.counts, count), class_name="grid grid-cols-2 gap-4 sm:grid-cols-4")


def _remark(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.when(details.remark != "", el.p(details.remark.to(str), class_name="text-[15px] wrap-anywhere"))


def _preview_rows(title: str, rows: Any) -> rx.Component:
    section = el.section(
        el.h2(title, class_name="text-xl"),
        el.p(
            "Only the first rows are shown here. The report has all of them.", class_name="mt-1 mb-3 text-sm text-soft"
        ),
        el.ul(rx.foreach(rows, _preview_row), class_name="divide-y divide-line border-y border-line"),
        aria_label=title,
    )
    return el.when(rows.length() > 0, section)


def _preview_row(each: rx.vars.ObjectVar[PreviewRowView]) -> rx.Component:
    differences = each.differences.to(list[DifferenceView])
    note: rx.Var[bool] = (each.note != "") & (differences.length() == 0)
    return el.li(
        el.span("line ", each.line.to(str), class_name="w-24 shrink-0 text-sm leading-6 text-soft tabular-nums"),
        el.div(
            el.p(each.title.to(str), class_name="font-medium wrap-anywhere empty:hidden"),
            el.when(note, el.p(each.note.to(str), class_name="wrap-anywhere")),
            el.when(
                differences.length() > 0,
                el.dl(rx.foreach(differences, _difference), class_name="mt-1 flex flex-col gap-1 text-sm"),
            ),
            class_name="min-w-0 flex-1",
        ),
        class_name="flex flex-col gap-x-4 py-3 text-[15px] sm:flex-row",
    )


def _difference(each: rx.vars.ObjectVar[DifferenceView]) -> rx.Component:
    return el.div(
        el.dt(each.field.to(str), class_name="text-soft sm:w-44 sm:shrink-0 wrap-anywhere"),
        el.dd(
            el.s(el.span("from ", class_name="sr-only"), each.before.to(str), class_name="text-soft"),
            icon("arrow-right", size=14, class_name="mx-2 inline shrink-0 text-soft"),
            el.span(el.span("to ", class_name="sr-only"), each.after.to(str)),
            class_name="min-w-0 wrap-anywhere",
        ),
        class_name="flex flex-col gap-x-4 sm:flex-row",
    )


def _report_link(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.a(
        icon("download", size=18),
        "Download the report",
        href=details.api_url.to(str) + "/report.csv",
        download=True,
        class_name=SECONDARY,
    )


def _undo_action(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    confirmation = forms.form(
        _UNDO_FORM,
        el.p(
            "Listings that this import created are deleted, and those it changed are restored. "
            "Listings that were changed since then stay as they are.",
            class_name="max-w-xl text-soft text-pretty",
        ),
        el.div(forms.submit(_UNDO_FORM, "Yes, undo this import", is_secondary=True)),
        action=details.api_url.to(str) + "/undo",
        on_success=browser.event_trigger(ImportState.refresh),
    )
    return el.details(el.summary("Undo this import", class_name=_SUMMARY), el.div(confirmation, class_name="pt-2 pb-4"))


def _discard_action(details: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    base = StudioState.base_url
    go_to_list: rx.Var[Any] = rx.Var(
        f"() => window.location.assign({base!s} + '/imports?discarded=1')", _var_data=browser.var_data(base)
    )
    confirmation = forms.form(
        _DISCARD_FORM,
        el.p("The file and this check are deleted. Your shop doesn't change.", class_name="text-soft"),
        el.div(forms.submit(_DISCARD_FORM, "Yes, discard it", is_secondary=True)),
        action=details.api_url.to(str),
        method="DELETE",
        on_success=go_to_list,
    )
    return el.details(el.summary("Discard", class_name=_SUMMARY), el.div(confirmation, class_name="pt-2 pb-4"))
