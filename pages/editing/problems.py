"""Why the listing could not be saved: a summary that names each field and leads to it."""

import reflex as rx

from pages.components import el
from pages.components.link import UNDERLINED
from state.core import browser
from state.editing import EditorState
from state.editing_problems import ProblemView

SUMMARY_ID = "problems"
# Moves the focus to the element of a link's hash, also inside closed details.
_GO_TO_FIELD = """(event) => {
  const field = document.getElementById(event.currentTarget.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  for (let each = field.closest('details'); each; each = each.parentElement.closest('details')) each.open = true;
  field.focus();
  field.scrollIntoView({block: 'center'});
}"""
_SHOW_SUMMARY = f"(count) => {{ if (count) setTimeout(() => document.getElementById('{SUMMARY_ID}')?.focus()); }}"


def problem_summary() -> rx.Component:
    """The problems of a save that was refused; it gets the focus, and goes when all are mended."""
    shown = el.section(
        el.h2(
            EditorState.problem_summary,
            id=SUMMARY_ID,
            tab_index=-1,
            class_name="text-lg text-danger outline-none scroll-mt-24",
        ),
        el.ul(rx.foreach(EditorState.problems, _problem), class_name="mt-2 flex flex-col gap-1 text-[15px]"),
        aria_labelledby=SUMMARY_ID,
        class_name="rounded-card border border-danger bg-raised p-4",
    )
    return el.div(
        el.when(EditorState.is_refused & (EditorState.problems.length() > 0), shown),
        custom_attrs={"data-refusals": browser.run_on_change(EditorState.refusals, _SHOW_SUMMARY)},
        class_name="empty:hidden",
    )


def problem_note() -> rx.Component:
    """The same in short, with a link to the summary."""
    link = el.a(
        EditorState.problem_summary,
        href=f"#{SUMMARY_ID}",
        custom_attrs={"onClick": rx.Var(_GO_TO_FIELD)},
        class_name=f"inline-flex min-h-11 items-center {UNDERLINED}",
    )
    return el.p(
        el.when(
            EditorState.problem_summary != "",
            el.if_else(EditorState.is_refused, link, el.span(EditorState.problem_summary)),
        ),
        role="alert",
        class_name="text-sm text-danger empty:hidden",
    )


def _problem(each: rx.vars.ObjectVar[ProblemView]) -> rx.Component:
    return el.li(
        el.a(
            each.label,
            href="#" + each.target.to(str),
            custom_attrs={"onClick": rx.Var(_GO_TO_FIELD)},
            class_name=f"inline-flex min-h-11 min-w-11 items-center font-medium {UNDERLINED}",
        ),
        el.span(each.message, class_name="ms-2"),
        class_name="wrap-anywhere",
    )
