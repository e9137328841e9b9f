"""One import: its file, what would change, how far it is, what became of it."""

import reflex as rx

from pages.components import el
from pages.components.button import secondary_link
from pages.components.icon import icon
from pages.components.link import UNDERLINED, link
from pages.components.message import message
from pages.components.notice import notice
from pages.components.progress import progress
from pages.imports.mapping import mapping
from pages.imports.outcome import checked, ended
from pages.studio_frame import studio
from state import runtime
from state.import_views import ImportView
from state.imports import ImportState
from state.studio import StudioState


def import_page() -> rx.Component:
    """An import from its upload to its undoing; whatever happens to it shows at once."""
    shown = runtime.view(ImportState.shown)
    facts = el.fragment(
        el.span(shown.label, class_name="font-medium text-ink"), el.when(shown.facts != "", el.span(" · ", shown.facts))
    )
    parts = rx.match(
        shown.stage,
        ("uploading", _not_there()),
        ("looking", _waiting("Looking at the file…")),
        ("mapping", mapping()),
        ("queued", _waiting("Waiting for its turn…")),
        ("running", _running(shown)),
        ("checked", checked()),
        ("refused", _refused(shown)),
        ("discarded", _gone()),
        ("missing", _gone()),
        ended(),
    )
    back = link(
        icon("arrow-left", size=18),
        "All imports",
        href=StudioState.base + "/imports",
        class_name=f"inline-flex min-h-11 items-center gap-2 text-[15px] text-soft hover:text-ink {UNDERLINED}",
    )
    title: rx.Var[str] = rx.cond(shown.name != "", shown.name, "Import")
    return studio(ImportState, title, facts, el.div(parts), beside=back)


def _waiting(text: str) -> rx.Component:
    return el.p(
        icon("loader-circle", size=18, class_name="animate-spin motion-reduce:animate-none"),
        text,
        role="status",
        class_name="flex items-center gap-3 py-8 text-soft",
    )


def _running(shown: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.section(
        el.h2(shown.doing, class_name="text-xl", role="status"),
        progress(shown.percent.to(int), label=shown.doing.to(str)),
        el.p(
            el.span(shown.progress),
            el.when(shown.pace != "", el.span(shown.pace, class_name="text-soft")),
            class_name="flex flex-wrap justify-between gap-x-6 text-[15px] tabular-nums",
        ),
        el.p(
            "You can close this page. It goes on, and shows here and on your other devices.",
            class_name="text-sm text-soft",
        ),
        aria_label="Progress",
        class_name="flex max-w-2xl flex-col gap-3",
    )


def _refused(shown: rx.vars.ObjectVar[ImportView]) -> rx.Component:
    return el.div(
        notice(shown.message, kind="warning", role="alert"),
        el.p("Nothing was imported and nothing was changed.", class_name="text-soft"),
        el.div(secondary_link("Upload another file", href=StudioState.base + "/imports")),
        class_name="flex max-w-2xl flex-col gap-5",
    )


def _not_there() -> rx.Component:
    return el.div(
        notice(
            "The file of this import has not arrived yet. Keep the page open on which it is being uploaded.",
            kind="info",
        ),
        class_name="max-w-2xl",
    )


def _gone() -> rx.Component:
    return message(
        "file-x",
        "There is no such import",
        "It may have been discarded, or belong to another shop.",
        secondary_link("All imports", href=StudioState.base + "/imports"),
    )
