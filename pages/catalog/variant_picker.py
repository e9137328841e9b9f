"""Chooses a variant. The browser has all of them, so price, stock and picture change at once."""

import json
from dataclasses import asdict
from typing import Any, cast

import reflex as rx

from pages.components import el
from pages.components.radio_group import radio_group, radio_option
from platform_app.presenters.catalog import OptionView, VariantView
from state.catalog import ListingState
from state.core import browser

_LISTING = browser.object_var(ListingState.listing)
# The index of the chosen variant and its listing's URL: the choice does not apply to other listings.
_SELECTED = browser.client_state("selected_variant", {"listing": "", "index": 0})


def selected_variant() -> rx.vars.ObjectVar[VariantView]:
    """The chosen variant."""
    selected: rx.Var[Any] = rx.Var(
        f"({_variants()}[{_selected_index()}] ?? {_NO_VARIANT})", _var_type=VariantView, _var_data=_var_data()
    )
    return cast(rx.vars.ObjectVar[VariantView], selected.guess_type())


def picture_index() -> rx.Var[int]:
    """The index of the chosen variant's picture in the gallery."""
    return rx.Var(f"Math.max(0, {selected_variant()!s}.picture)", _var_type=int, _var_data=_var_data())


def variant_picker() -> rx.Component:
    """A radio group for each option."""
    groups = el.div(rx.foreach(_LISTING.options, _option_group), class_name="mt-6 flex flex-col gap-5")
    return el.when(_LISTING.options.length() > 0, groups)


def _option_group(each: rx.vars.ObjectVar[OptionView], option: rx.Var[int]) -> rx.Component:
    def option_value(label: rx.Var[str], index: rx.Var[int]) -> rx.Component:
        return radio_option(
            name="option-" + option.to_string(),
            label=label,
            checked=rx.Var(
                f"({selected_variant()!s}.choice[{option!s}] === {index!s})", _var_type=bool, _var_data=_var_data()
            ),
            is_unavailable=_is_unavailable(option, index),
            on_select=_select(option, index),
        )

    selected_label: rx.Var[str] = rx.Var(
        f"({each!s}.labels[{selected_variant()!s}.choice[{option!s}]] ?? '')", _var_type=str, _var_data=_var_data()
    )
    return radio_group(each.name, selected_label, rx.foreach(each.labels, option_value))


def _select(option: rx.Var[int], index: rx.Var[int]) -> rx.Var[Any]:
    """Choose a variant and scroll to its picture; if the combination does not exist, the other options change."""
    script = f"""() => {{
      const exact = {_exact_match(option, index)};
      const index = exact >= 0 ? exact : {_variants()}.findIndex((each) => each.choice[{option!s}] === {index!s});
      const picture = document.getElementById('picture-' + {_variants()}[index]?.picture);
      picture?.parentElement.scrollTo({{left: picture.offsetLeft, behavior: 'instant'}});
      ({_SELECTED.set!s})({{listing: {ListingState.loaded!s}, index: Math.max(0, index)}});
    }}"""
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _is_unavailable(option: rx.Var[int], index: rx.Var[int]) -> rx.Var[bool]:
    """Whether no variant with this value and the other chosen options is in stock; holidays do not matter."""
    return rx.Var(
        f"!({_variants()}[{_exact_match(option, index)}]?.in_stock ?? false)", _var_type=bool, _var_data=_var_data()
    )


def _exact_match(option: rx.Var[int], index: rx.Var[int]) -> str:
    same = f"each.choice.every((value, position) => value === (position === {option!s} ? {index!s} : {selected_variant()!s}.choice[position]))"
    return f"{_variants()}.findIndex((each) => {same})"


_NO_VARIANT = json.dumps(
    asdict(
        VariantView(choice=[], price="", compare_at="", saving="", stock="", in_stock=False, sold_out=True, picture=-1)
    )
)


def _variants() -> str:
    return str(_LISTING.variants)


def _selected_index() -> str:
    selected = str(_SELECTED.value)
    return f"({selected}?.listing === {ListingState.loaded!s} ? {selected}.index : {_LISTING.default_variant!s})"


def _var_data() -> rx.vars.VarData | None:
    sources = (_LISTING, ListingState.loaded, _SELECTED.value, _SELECTED.set)
    return browser.var_data(*sources)
