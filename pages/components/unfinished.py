"""What a visitor pressed before they had an account: kept in the browser for an hour, and done once they are signed in."""

import reflex as rx

from pages.components import el
from state.core import browser

# A mail may lie in between, which opens in a tab of its own, so that a tab's own storage would not do.
_KEEP = (
    """if (%(is_visitor)s) localStorage.setItem('plaza-%(name)s', JSON.stringify({key: %(key)s, at: Date.now()}));"""
)
# Removed before it is parsed, so that what cannot be read is not read again.
_FINISH = """() => {
  const stored = localStorage.getItem('plaza-%(name)s');
  localStorage.removeItem('plaza-%(name)s');
  const kept = JSON.parse(stored ?? 'null');
  if (kept && Date.now() - kept.at < 3600000) { const key = kept.key; (%(act)s)(); }
}"""
KEY: rx.Var[str] = rx.Var("key", _var_type=str)  # what was kept, as an argument of the event that finishes it


def keep(name: str, key: rx.Var[str], *, is_visitor: rx.Var[bool]) -> rx.Var[str]:
    """JavaScript that keeps what a visitor pressed; nothing for a signed-in user."""
    script = _KEEP % {"name": name, "key": key, "is_visitor": is_visitor}
    return rx.Var(script, _var_type=str, _var_data=browser.var_data(key, is_visitor))


def finish(name: str, event: browser.BoundEvent) -> rx.Component:
    """Sends the event, which takes `KEY`, if something was kept; for a place that only signed-in users get."""
    act = rx.Var.create(rx.EventChain.create(value=event, args_spec=rx.event.no_args_event_spec))
    script: rx.Var[object] = rx.Var(_FINISH % {"name": name, "act": act}, _var_data=browser.var_data(act))
    return el.span(on_mount=script.to(rx.vars.FunctionVar, rx.EventChain), class_name="hidden")
