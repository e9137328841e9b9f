"""The mapping of a file's columns to fields: from its known format, or by the seller."""

import reflex as rx

from pages import forms
from pages.components import el
from pages.components.callout import callout
from pages.components.check_field import check_field
from pages.components.icon import icon
from state.core import browser
from state.imports import ImportState
from state.imports_presenters import FIELDS, ColumnView

_KNOWN_FORM = forms.define_form("import-known")
_MAPPING_FORM = forms.define_form("import-columns")
_SELECTED_COLUMNS = """{format: 'auto', columns: Object.fromEntries(
  [...event.currentTarget.querySelectorAll('select[data-column]')].map((each) => [each.dataset.column, each.value]))}"""
_HEADING = "sticky top-0 bg-paper py-2 pe-4 text-start text-sm font-medium text-soft"


def column_mapping() -> rx.Component:
    """The mapping form, which leads to the check."""
    details = browser.object_var(ImportState.details)
    return el.if_else(details.known_format != "", _known_format(), column_table())


def column_table() -> rx.Component:
    """The file's columns with sample values and the field of each."""
    details = browser.object_var(ImportState.details)
    table = el.table(
        el.thead(
            el.tr(
                el.th("Column", scope="col", class_name=_HEADING),
                el.th("Sample values", scope="col", class_name=f"{_HEADING} hidden sm:table-cell"),
                el.th("Field", scope="col", class_name=_HEADING),
            )
        ),
        el.tbody(rx.foreach(ImportState.columns, _column_row), class_name="divide-y divide-line border-y border-line"),
        class_name="w-full table-fixed text-[15px]",
    )
    return el.section(
        el.h2("Match the columns", class_name="text-xl"),
        el.p(
            "Title and Price are required. Columns without a field are not imported. "
            "Plaza will remember your choice for files with the same columns.",
            class_name="mt-1 mb-6 max-w-2xl text-[15px] text-soft text-pretty",
        ),
        forms.form(
            _MAPPING_FORM,
            table,
            _as_drafts(_MAPPING_FORM),
            el.div(forms.submit(_MAPPING_FORM, "Check what would change")),
            action=details.api_url.to(str) + "/mapping",
            method="PUT",
            extra_fields=_SELECTED_COLUMNS,
            keep_values=True,
            on_success=browser.event_trigger(ImportState.refresh),
        ),
        aria_label="Columns",
    )


def _known_format() -> rx.Component:
    details = browser.object_var(ImportState.details)
    default_form = forms.form(
        _KNOWN_FORM,
        _as_drafts(_KNOWN_FORM),
        el.div(forms.submit(_KNOWN_FORM, "Check what would change")),
        action=details.api_url.to(str) + "/mapping",
        method="PUT",
        extra_fields=f"{{format: {details.format_code!s}, columns: {{}}}}",
        on_success=browser.event_trigger(ImportState.refresh),
    )
    return el.div(
        callout(
            "This is a ",
            el.span(details.known_format),
            ". Plaza recognises its columns.",
            kind="success",
            role="note",
        ),
        default_form,
        el.details(
            el.summary(
                "Match the columns yourself",
                class_name="inline-flex min-h-11 items-center text-[15px] underline underline-offset-4 decoration-1",
            ),
            el.div(column_table(), class_name="pt-4"),
        ),
        class_name="flex max-w-4xl flex-col gap-6",
    )


def _as_drafts(form: forms.Form) -> rx.Component:
    return check_field(
        "as_drafts",
        "Add new listings as drafts",
        form=form.name,
        hint="Whatever the file says. Listings you already have keep their status.",
        default_checked=browser.object_var(ImportState.details).as_drafts.to(bool),
    )


def _column_row(each: rx.vars.ObjectVar[ColumnView]) -> rx.Component:
    samples = each.samples.to(str)
    options = [el.option("Not imported", value=""), *(el.option(label, value=name) for name, label in FIELDS)]
    field_select = el.div(
        el.select(
            *options,
            default_value=each.field.to(str),
            custom_attrs={"data-column": each.name, "aria-label": "Field for " + each.name.to(str)},
            class_name="w-full min-h-11 appearance-none truncate rounded-xl border border-edge bg-raised ps-3 pe-9 text-[15px] text-ink hover:border-ink",
        ),
        icon("chevron-down", size=18, class_name="pointer-events-none absolute end-3 top-3.5 text-soft"),
        class_name="relative max-w-64",
    )
    return el.tr(
        el.th(
            el.span(each.name.to(str), class_name="block wrap-anywhere"),
            el.span(samples, class_name="block text-sm font-normal text-soft wrap-anywhere line-clamp-2 sm:hidden"),
            scope="row",
            class_name="py-2 pe-4 text-start align-top font-medium leading-7 pt-3",
        ),
        el.td(
            el.span(samples, class_name="line-clamp-2 wrap-anywhere"),
            class_name="hidden py-3 pe-4 align-top text-soft sm:table-cell",
        ),
        el.td(field_select, class_name="py-2 align-top"),
    )
