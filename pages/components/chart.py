"""Two rows of bars by day; a pointer, a finger or the arrow keys select a day."""

from typing import Any

import reflex as rx

from pages.components import el
from state.core import browser

DAY_WIDTH, HEIGHT = 10, 100  # SVG units: the width of a day and the maximum height of a bar


def day_chart(
    chart: Any, *, names: tuple[str, str], selection: rx.Var[Any], set_selection: rx.Var[Any]
) -> rx.Component:
    """A chart of two metrics; `selection` is the selected day in the browser, and `set_selection` sets it.

    `chart` has a `range_key`, `days` (with a label and both values) and two rows of bars, `views` and `favourites`.
    A slider over the chart makes it accessible to keyboards and screen readers.
    """
    cursor = _Cursor(chart, selection, set_selection)
    day = f"{chart.days!s}[{cursor.index}]"
    text_script = f"{day}[0] + ' · {names[0]} ' + {_format_number(f'{day}[1]')} + ' · {names[1]} ' + {_format_number(f'{day}[2]')}"
    day_text = cursor.value(f"({day} ? {text_script} : '')", str)
    marker = el.div(
        style={
            "left": cursor.value(f"(100 * {cursor.index} / ({cursor.last_index} + 1) + '%')", str),
            "width": cursor.value(f"(100 / ({cursor.last_index} + 1) + '%')", str),
        },
        class_name="absolute inset-y-0 rounded-sm bg-ink/8 group-has-[:focus-visible]/chart:outline-2 outline-accent",
    )
    axis_labels = (
        cursor.value(f"({chart.days!s}[{each}]?.[0] ?? '')", str)
        for each in ("0", cursor.middle_index, cursor.last_index)
    )
    return el.div(
        el.p(day_text, class_name="mb-3 font-medium tabular-nums", custom_attrs={"aria-hidden": "true"}),
        el.div(
            _slider(cursor, day_text),
            el.div(
                _bar_row(cursor, names[0], chart.views, field=1, marker=marker, class_name="h-40 text-accent"),
                _bar_row(cursor, names[1], chart.favourites, field=2, marker=marker, class_name="h-20 text-soft"),
                class_name="pointer-events-none flex flex-col gap-5",
            ),
            class_name="group/chart relative touch-pan-y",
        ),
        el.div(
            *(el.span(each) for each in axis_labels),
            class_name="mt-2 flex justify-between text-sm text-soft tabular-nums",
            custom_attrs={"aria-hidden": "true"},
        ),
    )


def format_number(number: rx.Var[Any]) -> rx.vars.StringVar[str]:
    """A number as text, in the browser."""
    return rx.Var(_format_number(str(number)), _var_type=str, _var_data=browser.var_data(number)).to(str)


class _Cursor:
    """The selected day of a chart, in JavaScript: the last day until another one is selected."""

    def __init__(self, chart: Any, selection: rx.Var[Any], set_selection: rx.Var[Any]) -> None:
        self._range, self._set_selection = str(chart.range_key), str(set_selection)
        self._data = browser.var_data(chart, selection, set_selection)
        self.days = str(chart.days)
        self.last_index = f"({self.days}.length - 1)"
        self.middle_index = f"Math.floor({self.last_index} / 2)"
        self.index = f"({selection!s}?.range === {self._range} ? Math.min({selection!s}.index, {self.last_index}) : {self.last_index})"

    def value(self, script: str, type_: type) -> Any:
        return rx.Var(script, _var_type=type_, _var_data=self._data).guess_type()

    def move_to(self, index: str) -> Any:
        """An event trigger that selects this day."""
        script = f"(event) => ({self._set_selection})({{range: {self._range}, index: {index}}})"
        return rx.Var(script, _var_data=self._data).to(rx.vars.FunctionVar, rx.EventChain)


def _slider(cursor: _Cursor, day_text: rx.Var[str]) -> rx.Component:
    box = "event.currentTarget.getBoundingClientRect()"
    share = f"(event.clientX - {box}.left) / {box}.width"
    return el.input(
        type="range",
        min=0,
        max=cursor.value(cursor.last_index, int),
        step=1,
        aria_label="Day",
        # As attributes, because Reflex would debounce a field that has both.
        custom_attrs={
            "value": cursor.value(cursor.index, int),
            "aria-valuetext": day_text,
            "onChange": cursor.move_to("Number(event.target.value)"),
            "onMouseMove": cursor.move_to(
                f"Math.max(0, Math.min({cursor.last_index}, Math.floor({share} * ({cursor.last_index} + 1))))"
            ),
        },
        class_name="absolute inset-0 size-full cursor-crosshair appearance-none opacity-0",
    )


def _bar_row(
    cursor: _Cursor, name: str, bars: Any, *, field: int, marker: rx.Component, class_name: str
) -> rx.Component:
    """A row of bars with the top of its scale, and a summary for screen readers.

    Each day above zero has a bar, which is always high enough to be visible.
    """
    height = f"Math.max(1, Math.round({HEIGHT} * day[{field}] / {bars.scale_max!s}))"
    bar = f"'M' + ({DAY_WIDTH} * index + {DAY_WIDTH // 2}) + ' {HEIGHT}v-' + {height}"
    path = f"{cursor.days}.map((day, index) => day[{field}] ? {bar} : '').join('')"
    svg = rx.el.svg(
        rx.el.path(d=cursor.value(path, str), stroke="currentColor", stroke_width="8"),
        view_box=cursor.value(f"`0 0 ${{{DAY_WIDTH} * ({cursor.last_index} + 1)}} {HEIGHT}`", str),
        preserve_aspect_ratio="none",
        role="img",
        aria_label=name + ": " + bars.summary,
        class_name=f"block w-full {class_name}",
    )
    return el.div(
        el.div(
            el.span(name, class_name="text-sm font-medium"),
            el.span(
                cursor.value(_format_number(str(bars.scale_max)), str),
                class_name="text-sm text-soft tabular-nums",
                custom_attrs={"aria-hidden": "true"},
            ),
            class_name="mb-1 flex items-baseline justify-between",
        ),
        el.div(svg, marker, class_name="relative border-y border-line"),
    )


def _format_number(number: str) -> str:
    """JavaScript that formats a number."""
    return f"{number}.toLocaleString('en')"
