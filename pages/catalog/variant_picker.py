"""Chooses a variant. The browser has all of them, so price, stock and picture change at once; the URL names the choice."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import reflex as rx

from pages.components import el
from pages.components.gallery import show_picture
from pages.components.radio_group import radio_group, radio_option
from platform_app.presenters.catalog import OptionView, VariantView
from state.catalog import ListingState
from state.core import browser

_SCRIPT = Path(__file__).with_suffix(".js").read_text()
_LISTING = browser.object_var(ListingState.listing)
# The index of the chosen variant and its listing's URL: the choice does not apply to other listings.
_SELECTED = browser.client_state("selected_variant", {"listing": "", "index": 0})


def selected_variant() -> rx.vars.ObjectVar[VariantView]:
    """The chosen variant."""
    selected: rx.Var[Any] = rx.Var(
        f"({_variants()}[{_selected_index()}] ?? {_NO_VARIANT})", _var_type=VariantView, _var_data=_var_data()
    )
    return cast(rx.vars.ObjectVar[VariantView], selected.guess_type())


def variant_price() -> rx.Component:
    """The price of the selected variant, with its former price and its price per unit."""
    variant = selected_variant()
    former_price = el.fragment(
        el.s(el.span("Was ", class_name="sr-only"), variant.compare_at, class_name="text-lg text-soft decoration-1"),
        el.span(variant.saving, class_name="text-[15px] font-medium text-accent"),
    )
    return el.p(
        el.span(variant.price, class_name="text-2xl font-semibold wrap-anywhere"),
        el.when(variant.compare_at != "", former_price),
        el.when(variant.unit_price != "", el.span(variant.unit_price, class_name="text-[15px] text-soft")),
        custom_attrs={"aria-live": "polite"},
        class_name="mt-4 flex flex-wrap items-baseline gap-x-3 gap-y-1 tabular-nums",
    )


def variant_picker() -> rx.Component:
    """A radio group for each option. At first, the gallery shows the picture of the variant in the URL."""
    show: rx.Var[Any] = rx.Var(
        f"() => {{ if (location.search) {show_picture(f'{selected_variant()!s}.picture')}; }}", _var_data=_var_data()
    )
    groups = el.div(
        rx.foreach(_LISTING.options, _option_group),
        on_mount=show.to(rx.vars.FunctionVar, rx.EventChain),
        class_name="mt-6 flex flex-col gap-5",
    )
    return _VariantPicker.create(el.when(_LISTING.options.length() > 0, groups))


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
      const found = exact >= 0 ? exact : {_variants()}.findIndex((each) => each.choice[{option!s}] === {index!s});
      const index = Math.max(0, found);
      {show_picture(f"{_variants()}[index]?.picture")};
      ({_SELECTED.set!s})({{listing: {ListingState.loaded!s}, index}});
      globalThis.plazaVariants.write({_variants()}, {_LISTING.options!s}, index, {_LISTING.default_variant!s});
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
        VariantView(
            choice=[],
            price="",
            compare_at="",
            saving="",
            unit_price="",
            stock="",
            in_stock=False,
            sold_out=True,
            picture=-1,
        )
    )
)


def _variants() -> str:
    return str(_LISTING.variants)


def _selected_index() -> str:
    selected = str(_SELECTED.value)
    in_url = f"globalThis.plazaVariants.chosen({_variants()}, {_LISTING.options!s}, {_LISTING.default_variant!s})"
    return f"({selected}?.listing === {ListingState.loaded!s} ? {selected}.index : {in_url})"


def _var_data() -> rx.vars.VarData | None:
    sources = (_LISTING, ListingState.loaded, _SELECTED.value, _SELECTED.set)
    return browser.var_data(*sources)


class _VariantPicker(rx.Component):
    """Adds the script to the page, once."""

    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """The script."""
        return [_SCRIPT]
