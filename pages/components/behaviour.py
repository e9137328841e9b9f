"""What every page does in the browser: it keeps the scroll position on the way back, and the focus after a removal."""

from pathlib import Path

import reflex as rx

_SCRIPTS = [(Path(__file__).parent / name).read_text() for name in ("scroll_position.js", "focus.js")]


def page_behaviour() -> rx.Component:
    """Adds the scripts to the page that contains this, once."""
    return _Behaviour.create()


class _Behaviour(rx.Component):
    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """The scripts."""
        return _SCRIPTS
