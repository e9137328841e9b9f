"""Bars by day, one row of them above the other: drawn by the server, walked along by pointer, finger or arrow keys."""

from typing import Any

import reflex as rx

from pages.components import el


def day_chart(chart: Any, *, names: tuple[str, str], at: rx.Var[Any], update: rx.Var[Any]) -> rx.Component:
    """A chart of two figures; `at` and `update` are which day is pointed at, in the browser, and what sets it.

    `chart` has `at`, `width`, `days` (each with its name and both figures) and two rows of bars, `views` and `favourites`.
    The slider that lies over it is what a keyboard and a screen reader walk along.
    """
    data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (chart, at, update)))
    last = f"({chart.days!s}.length - 1)"
    place = f"({at!s}?.of === {chart.at!s} ? Math.min({at!s}.place, {last}) : {last})"

    def value(script: str, kind: type) -> Any:
        return rx.Var(script, _var_type=kind, _var_data=data).guess_type()

    def sets(found: str) -> Any:
        script = f"(event) => ({update!s})({{of: {chart.at!s}, place: {found}}})"
        return rx.Var(script, _var_data=data).to(rx.vars.FunctionVar, rx.EventChain)

    shown = f"{chart.days!s}[{place}]"
    words = f"{shown}[0] + ' · {names[0]} ' + {shown}[1] + ' · {names[1]} ' + {shown}[2]"
    said = value(f"({shown} ? {words} : '')", str)
    box = "event.currentTarget.getBoundingClientRect()"
    pointed = f"Math.max(0, Math.min({last}, Math.floor((event.clientX - {box}.left) / {box}.width * ({last} + 1))))"
    slider = el.input(
        type="range",
        min=0,
        max=value(last, int),
        step=1,
        aria_label="Day",
        # As attributes, since Reflex would have a field with both wait for more to be typed.
        custom_attrs={
            "value": value(place, int),
            "aria-valuetext": said,
            "onChange": sets("Number(event.target.value)"),
            "onMouseMove": sets(pointed),
        },
        class_name="absolute inset-0 size-full cursor-crosshair appearance-none opacity-0",
    )
    marked = el.div(
        style={
            "left": value(f"(100 * {place} / ({last} + 1) + '%')", str),
            "width": value(f"(100 / ({last} + 1) + '%')", str),
        },
        class_name="absolute inset-y-0 rounded-sm bg-ink/8 group-has-[:focus-visible]/chart:outline-2 outline-accent",
    )
    return el.div(
        el.p(said, class_name="mb-3 font-medium tabular-nums", custom_attrs={"aria-hidden": "true"}),
        el.div(
            slider,
            el.div(
                _bars(names[0], chart.views, chart.width, marked, look="h-40 text-accent"),
                _bars(names[1], chart.favourites, chart.width, marked, look="h-20 text-soft"),
                class_name="pointer-events-none flex flex-col gap-5",
            ),
            class_name="group/chart relative touch-pan-y",
        ),
        el.div(
            *(
                el.span(value(f"({chart.days!s}[{which}]?.[0] ?? '')", str))
                for which in ("0", f"Math.floor({last} / 2)", last)
            ),
            class_name="mt-2 flex justify-between text-sm text-soft tabular-nums",
            custom_attrs={"aria-hidden": "true"},
        ),
    )


def _bars(name: str, bars: Any, width: Any, marked: rx.Component, *, look: str) -> rx.Component:
    """A row of bars below the top of its scale; a screen reader is told what there is to see."""
    drawn = rx.el.svg(
        rx.el.path(d=bars.path, stroke="currentColor", stroke_width="8"),
        view_box="0 0 " + width.to_string() + " 100",
        preserve_aspect_ratio="none",
        role="img",
        aria_label=name + ": " + bars.told,
        class_name=f"block w-full {look}",
    )
    return el.div(
        el.div(
            el.span(name, class_name="text-sm font-medium"),
            el.span(bars.top, class_name="text-sm text-soft tabular-nums", custom_attrs={"aria-hidden": "true"}),
            class_name="mb-1 flex items-baseline justify-between",
        ),
        el.div(drawn, marked, class_name="relative border-y border-line"),
    )
