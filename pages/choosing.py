"""Choosing a variant. All of them are in the browser already, so price, stock and picture follow at once."""

from typing import Any, cast

import reflex as rx

from pages.components import el
from pages.components.option import option_group, option_value
from state import runtime
from state.catalog import ListingState
from state.listing_views import OptionView, VariantView

_LISTING = runtime.view(ListingState.listing)
# Which variant was picked, and of which listing: a pick means nothing on the next one.
_PICKED = runtime.browser_value("picked", {"at": "", "place": 0})


def variant() -> rx.vars.ObjectVar[VariantView]:
    """The variant that is shown."""
    shown: rx.Var[Any] = rx.Var(
        f"({_variants()}[{_place()}] ?? {_NO_VARIANT})", _var_type=VariantView, _var_data=_var_data()
    )
    return cast(rx.vars.ObjectVar[VariantView], shown.guess_type())


def picture_place() -> rx.Var[int]:
    """The place of the shown variant's picture in the gallery."""
    return rx.Var(f"Math.max(0, {variant()!s}.picture)", _var_type=int, _var_data=_var_data())


def choices() -> rx.Component:
    """A radio group for every option."""
    groups = el.div(rx.foreach(_LISTING.options, _option), class_name="mt-6 flex flex-col gap-5")
    return el.when(_LISTING.options.length() > 0, groups)


def _option(each: rx.vars.ObjectVar[OptionView], option: rx.Var[int]) -> rx.Component:
    def value(label: rx.Var[str], place: rx.Var[int]) -> rx.Component:
        return option_value(
            name="option-" + option.to_string(),
            label=label,
            checked=rx.Var(f"({variant()!s}.choice[{option!s}] === {place!s})", _var_type=bool, _var_data=_var_data()),
            gone=_is_gone(option, place),
            on_pick=_pick(option, place),
        )

    chosen: rx.Var[str] = rx.Var(
        f"({each!s}.labels[{variant()!s}.choice[{option!s}]] ?? '')", _var_type=str, _var_data=_var_data()
    )
    return option_group(each.name, chosen, rx.foreach(each.labels, value))


def _pick(option: rx.Var[int], place: rx.Var[int]) -> rx.Var[Any]:
    """Set the variant and bring its picture into view; a combination nobody offers moves the other options."""
    script = f"""() => {{
      const exact = {_exact(option, place)};
      const place = exact >= 0 ? exact : {_variants()}.findIndex((each) => each.choice[{option!s}] === {place!s});
      const picture = document.getElementById('picture-' + {_variants()}[place]?.picture);
      picture?.parentElement.scrollTo({{left: picture.offsetLeft, behavior: 'instant'}});
      ({_PICKED.set!s})({{at: {ListingState.loaded!s}, place: Math.max(0, place)}});
    }}"""
    return rx.Var(script, _var_data=_var_data()).to(rx.vars.FunctionVar, rx.EventChain)


def _is_gone(option: rx.Var[int], place: rx.Var[int]) -> rx.Var[bool]:
    """Whether this value, with the other options as they are, cannot be had."""
    return rx.Var(f"({_variants()}[{_exact(option, place)}]?.sold_out ?? true)", _var_type=bool, _var_data=_var_data())


def _exact(option: rx.Var[int], place: rx.Var[int]) -> str:
    same = f"each.choice.every((chosen, at) => chosen === (at === {option!s} ? {place!s} : {variant()!s}.choice[at]))"
    return f"{_variants()}.findIndex((each) => {same})"


_NO_VARIANT = '{choice: [], price: "", compare_at: "", saving: "", stock: "", sold_out: true, picture: -1}'


def _variants() -> str:
    return str(_LISTING.variants)


def _place() -> str:
    picked = str(_PICKED.value)
    return f"({picked}?.at === {ListingState.loaded!s} ? {picked}.place : {_LISTING.start!s})"


def _var_data() -> rx.vars.VarData | None:
    parts = (_LISTING, ListingState.loaded, _PICKED.value, _PICKED.set)
    return rx.vars.VarData.merge(*(part._get_all_var_data() for part in parts))
