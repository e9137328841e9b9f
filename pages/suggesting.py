"""The search field that suggests: the web tier says what, the browser keeps whether it is open and where one is in it."""

from typing import Any, cast

import reflex as rx

from pages.components import combobox
from pages.components.header import search_field
from state import runtime
from state.suggestions import SuggestionsState
from state.views import SuggestionView

PATIENCE = 150  # milliseconds without a key
_CLOSED = "{open: false, place: -1, typed: ''}"
# What was typed last, and which of the suggestions is chosen; -1 is the field itself.
_AT = runtime.browser_value("suggesting", {"open": False, "place": -1, "typed": ""})


def search(*, name: str, query: rx.Var[str] | str, large: bool = False) -> rx.Component:
    """A search field with suggestions below; without JavaScript it is a plain form."""
    options = rx.foreach(SuggestionsState.options, lambda each, place: _option(each, place, name=name))
    label, close = "Suggestions", _script(f"() => ({_AT.set!s})({_CLOSED})")
    return search_field(
        combobox.listbox(options, of=name, label=label, expanded=_is_open(), on_choose=close),
        name=name,
        query=query,
        large=large,
        expanded=_is_open(),
        active=cast(
            rx.Var[str],
            _var(f"({_is_open()!s} && {_AT.value!s}.place >= 0 ? '{name}-option-' + {_AT.value!s}.place : null)", str),
        ),
        on_change=runtime.handler(SuggestionsState.suggest).debounce(PATIENCE),
        on_blur=close,
        # As attributes, since Reflex hands an event's own triggers less than the event.
        custom_attrs={
            "onInput": _script(f"(event) => ({_AT.set!s})({{open: true, place: -1, typed: event.target.value}})"),
            "onKeyDown": _on_key(name),
        },
    )


def _option(each: rx.vars.ObjectVar[SuggestionView], place: rx.Var[int], *, name: str) -> rx.Component:
    return combobox.option(
        identity=f"{name}-option-" + place.to_string(),
        kind=each.kind,
        label=each.label,
        note=each.note,
        href=each.href,
        picture=each.picture,
        chosen=cast(rx.Var[bool], _var(f"({_AT.value!s}.place === {place!s})", bool)),
    )


def _is_open() -> rx.Var[bool]:
    """Whether there is something to show that belongs to what is typed; more letters do not close it."""
    words = str(SuggestionsState.words)
    belongs = f"{words} !== '' && {_AT.value!s}.typed.startsWith({words})"
    return cast(
        rx.Var[bool], _var(f"({_AT.value!s}.open && {belongs} && {SuggestionsState.options!s}.length > 0)", bool)
    )


def _on_key(name: str) -> rx.Var[Any]:
    """Arrows choose, round and round by way of the field; Enter goes there; Escape closes."""
    return _script(f"""(event) => {{
      const at = {_AT.value!s}, set = {_AT.set!s}, isOpen = {_is_open()!s};
      const options = document.getElementById('{name}-options').children;
      if (event.nativeEvent.isComposing) return;
      if (event.key === 'Enter') {{
        if (isOpen && at.place >= 0) {{ event.preventDefault(); options[at.place]?.click(); }}
        set({_CLOSED});
      }} else if (event.key === 'Escape' && isOpen) {{
        event.preventDefault();
        set({_CLOSED});
      }} else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {{
        event.preventDefault();
        const stops = options.length + 1, step = event.key === 'ArrowDown' ? 1 : stops - 1;
        const place = ((isOpen ? at.place : -1) + 1 + step) % stops - 1;
        options[place]?.scrollIntoView({{block: 'nearest'}});
        set({{open: true, place, typed: event.target.value}});
      }}
    }}""")


def _script(script: str) -> rx.Var[Any]:
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _var(script: str, kind: type) -> rx.Var[Any]:
    return rx.Var(script, _var_type=kind, _var_data=_var_data()).guess_type()


def _var_data() -> rx.vars.VarData | None:
    parts: tuple[Any, ...] = (SuggestionsState.words, SuggestionsState.options, _AT.value, _AT.set)
    return rx.vars.VarData.merge(*(part._get_all_var_data() for part in parts))
