"""Bars by day, one row of them above the other, walked along by pointer, finger or arrow keys."""

from typing import Any

import reflex as rx

from pages.components import el

STEP, HIGH = 10, 100  # of the SVG: how wide a day is, and how high the highest bar could be


def day_chart(chart: Any, *, names: tuple[str, str], at: rx.Var[Any], update: rx.Var[Any]) -> rx.Component:
    """A chart of two figures; `at` and `update` are which day is pointed at, in the browser, and what sets it.

    `chart` has `at`, `days` (each with its name and both figures) and two rows of bars, `views` and `favourites`.
    The slider that lies over it is what a keyboard and a screen reader walk along.
    """
    walk = _Walk(chart, at, update)
    day = f"{chart.days!s}[{walk.place}]"
    words = f"{day}[0] + ' · {names[0]} ' + {_counted(f'{day}[1]')} + ' · {names[1]} ' + {_counted(f'{day}[2]')}"
    said = walk.value(f"({day} ? {words} : '')", str)
    marked = el.div(
        style={
            "left": walk.value(f"(100 * {walk.place} / ({walk.last} + 1) + '%')", str),
            "width": walk.value(f"(100 / ({walk.last} + 1) + '%')", str),
        },
        class_name="absolute inset-y-0 rounded-sm bg-ink/8 group-has-[:focus-visible]/chart:outline-2 outline-accent",
    )
    marks = (walk.value(f"({chart.days!s}[{each}]?.[0] ?? '')", str) for each in ("0", walk.middle, walk.last))
    return el.div(
        el.p(said, class_name="mb-3 font-medium tabular-nums", custom_attrs={"aria-hidden": "true"}),
        el.div(
            _slider(walk, said),
            el.div(
                _bars(walk, names[0], chart.views, figure=1, marked=marked, look="h-40 text-accent"),
                _bars(walk, names[1], chart.favourites, figure=2, marked=marked, look="h-20 text-soft"),
                class_name="pointer-events-none flex flex-col gap-5",
            ),
            class_name="group/chart relative touch-pan-y",
        ),
        el.div(
            *(el.span(each) for each in marks),
            class_name="mt-2 flex justify-between text-sm text-soft tabular-nums",
            custom_attrs={"aria-hidden": "true"},
        ),
    )


def counted(number: rx.Var[Any]) -> rx.vars.StringVar[str]:
    """A number as text, in the browser."""
    return rx.Var(_counted(str(number)), _var_type=str, _var_data=number._get_all_var_data()).to(str)


class _Walk:
    """Where one is on a chart, in JavaScript: at the last day, until one points at another of these days."""

    def __init__(self, chart: Any, at: rx.Var[Any], update: rx.Var[Any]) -> None:
        self._of, self._update = str(chart.at), str(update)
        self._data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (chart, at, update)))
        self.days = str(chart.days)
        self.last = f"({self.days}.length - 1)"
        self.middle = f"Math.floor({self.last} / 2)"
        self.place = f"({at!s}?.of === {self._of} ? Math.min({at!s}.place, {self.last}) : {self.last})"

    def value(self, script: str, kind: type) -> Any:
        return rx.Var(script, _var_type=kind, _var_data=self._data).guess_type()

    def to(self, place: str) -> Any:
        """An event trigger that goes to this day."""
        script = f"(event) => ({self._update})({{of: {self._of}, place: {place}}})"
        return rx.Var(script, _var_data=self._data).to(rx.vars.FunctionVar, rx.EventChain)


def _slider(walk: _Walk, said: rx.Var[str]) -> rx.Component:
    box = "event.currentTarget.getBoundingClientRect()"
    share = f"(event.clientX - {box}.left) / {box}.width"
    return el.input(
        type="range",
        min=0,
        max=walk.value(walk.last, int),
        step=1,
        aria_label="Day",
        # As attributes, since Reflex would have a field with both wait for more to be typed.
        custom_attrs={
            "value": walk.value(walk.place, int),
            "aria-valuetext": said,
            "onChange": walk.to("Number(event.target.value)"),
            "onMouseMove": walk.to(f"Math.max(0, Math.min({walk.last}, Math.floor({share} * ({walk.last} + 1))))"),
        },
        class_name="absolute inset-0 size-full cursor-crosshair appearance-none opacity-0",
    )


def _bars(walk: _Walk, name: str, bars: Any, *, figure: int, marked: rx.Component, look: str) -> rx.Component:
    """A row of bars below the top of its scale; a screen reader is told what there is to see.

    There is a bar for each day on which there was something; one that is hardly anything can still be seen.
    """
    high = f"Math.max(1, Math.round({HIGH} * day[{figure}] / {bars.end!s}))"
    bar = f"'M' + ({STEP} * place + {STEP // 2}) + ' {HIGH}v-' + {high}"
    path = f"{walk.days}.map((day, place) => day[{figure}] ? {bar} : '').join('')"
    drawn = rx.el.svg(
        rx.el.path(d=walk.value(path, str), stroke="currentColor", stroke_width="8"),
        view_box=walk.value(f"`0 0 ${{{STEP} * ({walk.last} + 1)}} {HIGH}`", str),
        preserve_aspect_ratio="none",
        role="img",
        aria_label=name + ": " + bars.told,
        class_name=f"block w-full {look}",
    )
    return el.div(
        el.div(
            el.span(name, class_name="text-sm font-medium"),
            el.span(
                walk.value(_counted(str(bars.end)), str),
                class_name="text-sm text-soft tabular-nums",
                custom_attrs={"aria-hidden": "true"},
            ),
            class_name="mb-1 flex items-baseline justify-between",
        ),
        el.div(drawn, marked, class_name="relative border-y border-line"),
    )


def _counted(number: str) -> str:
    """JavaScript for a number as text."""
    return f"{number}.toLocaleString('en')"
