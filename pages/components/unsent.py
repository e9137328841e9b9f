"""Text that was typed and not saved: the browser keeps it until the server has acknowledged it."""

from pathlib import Path
from typing import Any

import reflex as rx

from pages.components import el
from state.core import browser

SCRIPT = Path(__file__).with_suffix(".js").read_text()
# The number of the text that the field of the current event holds, 0 if nothing was typed. Autosave events carry it.
SEQUENCE: rx.Var[int] = rx.Var("globalThis.plazaUnsent.sequence", _var_type=int).guess_type()


def keep_unsent(*children: rx.Component, name: str, acknowledged: rx.Var[Any], **props: Any) -> rx.Component:
    """Keep what is typed into the fields inside until the number of its text is `acknowledged`.

    A field that is rendered again gets its text back and loses the focus once, so that its `on_blur` event sends it.
    """
    on_acknowledged = browser.run_on_change(acknowledged, "globalThis.plazaUnsent.acknowledge")
    return _UnsentArea.create(
        el.div(
            *children,
            id=name,
            custom_attrs={"data-unsent": "autosave", "data-on-acknowledged": on_acknowledged},
            **props,
        )
    )


def forgetting(method: object) -> rx.Var[Any]:
    """An event trigger that drops all text that is not saved, and sends this event."""
    send = browser.event_trigger(method)
    script = f"() => {{ globalThis.plazaUnsent.forget(); ({send!s})(); }}"
    return rx.Var(script, _var_data=browser.var_data(send)).to(rx.vars.FunctionVar, rx.EventChain)


def save_status(status: rx.Var[str]) -> rx.Component:
    """What was saved, or that some text is not saved yet."""
    return el.div(
        el.p("Not saved yet", class_name="hidden in-data-unsent-text:block"),
        el.p(status, role="status", class_name="in-data-unsent-text:hidden"),
        class_name="me-auto text-sm text-soft",
    )


class _UnsentArea(rx.Component):
    """Adds the script to the page, once."""

    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """The script."""
        return [SCRIPT]
