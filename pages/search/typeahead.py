"""The search field with suggestions: the server finds them, the browser opens the list and moves the selection."""

from typing import Any, cast

import reflex as rx

from pages.components import combobox
from pages.components.header import search_field
from state.core import browser
from state.presenters import SuggestionView
from state.search_typeahead import TypeaheadState

DEBOUNCE_MILLISECONDS = 150  # after the last key
_CLOSED = "{open: false, index: -1, typed: ''}"
# The typed text and the index of the selected suggestion; -1 is the field itself.
_TYPEAHEAD = browser.client_state("typeahead", {"open": False, "index": -1, "typed": ""})


def typeahead(*, name: str, query: rx.Var[str] | str, large: bool = False) -> rx.Component:
    """A search field with suggestions below; without JavaScript it is a plain form."""
    options = rx.foreach(TypeaheadState.options, lambda each, place: _option(each, place, name=name))
    label, close = "Suggestions", _client_event(f"() => ({_TYPEAHEAD.set!s})({_CLOSED})")
    return search_field(
        combobox.listbox(options, field_name=name, label=label, expanded=_is_open(), on_select=close),
        name=name,
        query=query,
        large=large,
        expanded=_is_open(),
        active=cast(
            rx.Var[str],
            _var(
                f"({_is_open()!s} && {_TYPEAHEAD.value!s}.index >= 0 ? '{name}-option-' + {_TYPEAHEAD.value!s}.index : null)",
                str,
            ),
        ),
        on_change=browser.event_handler(TypeaheadState.suggest).debounce(DEBOUNCE_MILLISECONDS),
        on_blur=close,
        # As attributes, because Reflex's event triggers do not pass on the whole event.
        custom_attrs={
            "onInput": _client_event(
                f"(event) => ({_TYPEAHEAD.set!s})({{open: true, index: -1, typed: event.target.value}})"
            ),
            "onKeyDown": _on_key_down(name),
        },
    )


def _option(each: rx.vars.ObjectVar[SuggestionView], index: rx.Var[int], *, name: str) -> rx.Component:
    return combobox.option(
        option_id=f"{name}-option-" + index.to_string(),
        kind=each.kind,
        label=each.label,
        detail=each.detail,
        href=each.href,
        picture=each.picture,
        is_active=cast(rx.Var[bool], _var(f"({_TYPEAHEAD.value!s}.index === {index!s})", bool)),
    )


def _is_open() -> rx.Var[bool]:
    """Whether there are suggestions for the typed text or its beginning, so that more letters do not close the list."""
    query = str(TypeaheadState.query)
    is_match = f"{query} !== '' && {_TYPEAHEAD.value!s}.typed.startsWith({query})"
    return cast(
        rx.Var[bool], _var(f"({_TYPEAHEAD.value!s}.open && {is_match} && {TypeaheadState.options!s}.length > 0)", bool)
    )


def _on_key_down(name: str) -> rx.Var[Any]:
    """Arrow keys select, cycling through the list and the field; Enter opens the selection; Escape closes the list."""
    return _client_event(f"""(event) => {{
      const current = {_TYPEAHEAD.value!s}, set = {_TYPEAHEAD.set!s}, isOpen = {_is_open()!s};
      const options = document.getElementById('{name}-options').children;
      if (event.nativeEvent.isComposing) return;
      if (event.key === 'Enter') {{
        if (isOpen && current.index >= 0) {{ event.preventDefault(); options[current.index]?.click(); }}
        set({_CLOSED});
      }} else if (event.key === 'Escape' && isOpen) {{
        event.preventDefault();
        set({_CLOSED});
      }} else if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options.length) {{
        event.preventDefault();
        const stops = options.length + 1, step = event.key === 'ArrowDown' ? 1 : stops - 1;
        const index = ((isOpen ? current.index : -1) + 1 + step) % stops - 1;
        options[index]?.scrollIntoView({{block: 'nearest'}});
        set({{open: true, index, typed: event.target.value}});
      }}
    }}""")


def _client_event(script: str) -> rx.Var[Any]:
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _var(script: str, type_: type) -> rx.Var[Any]:
    return rx.Var(script, _var_type=type_, _var_data=_var_data()).guess_type()


def _var_data() -> rx.vars.VarData | None:
    sources: tuple[Any, ...] = (TypeaheadState.query, TypeaheadState.options, _TYPEAHEAD.value, _TYPEAHEAD.set)
    return browser.var_data(*sources)
