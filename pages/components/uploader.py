"""Pictures from a browser straight to storage, each with its progress, and their order by dragging."""

from pathlib import Path
from typing import Any, ClassVar

import reflex as rx

from pages.components import el
from pages.components.button import SECONDARY
from pages.components.icon import icon

TYPES = "image/jpeg,image/png,image/webp,image/avif,image/gif"
DRAGGED = "application/x-plaza-picture"

_SEND = Path(__file__).with_suffix(".js").read_text()


def upload_box(*, at: rx.Var[str], sending: rx.Var[Any], update: rx.Var[Any], arrived: rx.Var[Any]) -> rx.Component:
    """Where pictures are chosen, taken or dropped.

    `at` is the shop's address in the API, `sending` and `update` a value in the browser for what is on its way, and
    `arrived` a function of the id of each upload that is there.
    """
    chosen, dropping = _events(at, update, arrived)
    return _Box.create(
        el.p("Drop pictures here, or", class_name="hidden text-soft sm:block"),
        el.div(
            _chooser("pictures-choose", "Choose pictures", "image-plus", SECONDARY, chosen, multiple=True),
            _chooser(
                "pictures-take", "Take a photo", "camera", f"{SECONDARY} sm:hidden", chosen, capture="environment"
            ),
            class_name="flex flex-wrap justify-center gap-3",
        ),
        el.p(
            "JPEG, PNG, WebP, AVIF or GIF, up to 20 MB each. The first one stands on the card.",
            class_name="text-sm text-soft",
        ),
        _under_way(sending),
        custom_attrs=dropping,
        class_name="flex flex-col items-center gap-3 rounded-card border border-dashed border-edge px-4 py-6 text-center",
    )


def picture_chooser(
    *children: rx.Component,
    name: str,
    label: rx.Var[str] | str,
    at: rx.Var[str],
    sending: rx.Var[Any],
    update: rx.Var[Any],
    arrived: rx.Var[Any],
    beside: rx.Component,
) -> rx.Component:
    """Where one picture is chosen, or dropped on what stands here already; see `upload_box`. `beside` is what else to do."""
    chosen, dropping = _events(at, update, arrived)
    return _Box.create(
        *children,
        el.div(
            _chooser(f"{name}-choose", label, "image-plus", SECONDARY, chosen),
            beside,
            class_name="flex flex-wrap gap-3",
        ),
        _under_way(sending),
        custom_attrs=dropping,
        class_name="flex min-w-0 flex-1 flex-col items-start gap-3",
    )


def draggable(key: rx.Var[str], place: rx.Var[int], moved: rx.Var[Any]) -> dict[str, Any]:
    """What makes a picture one that is dragged to another's place; `moved` is a function of its key and that place."""
    data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (key, place, moved)))
    begin: rx.Var[Any] = rx.Var(f"(event) => event.dataTransfer.setData('{DRAGGED}', {key!s})", _var_data=data)
    over: rx.Var[Any] = rx.Var(
        f"(event) => {{ if (event.dataTransfer.types.includes('{DRAGGED}')) event.preventDefault(); }}", _var_data=data
    )
    drop: rx.Var[Any] = rx.Var(
        f"(event) => {{ const key = event.dataTransfer.getData('{DRAGGED}'); "
        f"if (key) {{ event.preventDefault(); ({moved!s})(key, {place!s}); }} }}",
        _var_data=data,
    )
    return {"draggable": True, "onDragStart": begin, "onDragOver": over, "onDrop": drop}


def _events(at: rx.Var[str], update: rx.Var[Any], arrived: rx.Var[Any]) -> tuple[rx.Var[Any], dict[str, Any]]:
    """What is done with files that are chosen, and with those that are dropped."""
    data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (at, update, arrived)))
    options = f"{{at: {at!s}, set: {update!s}, arrived: {arrived!s}}}"
    chosen: rx.Var[Any] = rx.Var(
        f"(event) => {{ plazaUpload(event.target.files, {options}); event.target.value = ''; }}", _var_data=data
    )
    dropped: rx.Var[Any] = rx.Var(
        f"(event) => {{ event.preventDefault(); plazaUpload(event.dataTransfer.files, {options}); }}", _var_data=data
    )
    over: rx.Var[Any] = rx.Var("(event) => event.preventDefault()")
    return chosen, {"onDrop": dropped, "onDragOver": over}


def _under_way(sending: rx.Var[Any]) -> rx.Component:
    return el.ul(
        rx.foreach(sending, _one), aria_label="On their way", class_name="w-full max-w-md text-left empty:hidden"
    )


def _chooser(
    name: str, label: rx.Var[str] | str, sign: str, look: str, chosen: rx.Var[Any], **attributes: Any
) -> rx.Component:
    given = {"onChange": chosen, "accept": TYPES, **attributes}
    return el.label(
        el.input(type="file", id=name, custom_attrs=given, class_name="sr-only"),
        icon(sign, size=18),
        label,
        html_for=name,
        class_name=f"{look} relative has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
    )


def _one(each: rx.vars.ObjectVar[Any]) -> rx.Component:
    name, percent, wrong = (each[key] for key in ("name", "percent", "wrong"))
    going = el.span(percent.to(int), " %", class_name="tabular-nums text-soft")
    bar = el.div(
        el.div(
            custom_attrs={"style": rx.Var(f"({{width: {percent!s} + '%'}})", _var_data=each._get_all_var_data())},
            class_name="h-full rounded-full bg-accent",
        ),
        role="progressbar",
        aria_label=name.to(str),
        custom_attrs={"aria-valuenow": percent.to(int), "aria-valuemin": 0, "aria-valuemax": 100},
        class_name="mt-1 h-1.5 overflow-hidden rounded-full bg-sunken",
    )
    return el.li(
        el.div(
            el.span(name.to(str), class_name="truncate"),
            el.when(wrong.to(str) == "", going),
            class_name="flex justify-between gap-4",
        ),
        el.either(wrong.to(str) == "", bar, el.p(wrong.to(str), role="alert", class_name="text-danger")),
        class_name="py-2 text-sm",
    )


class _Box(rx.Component):
    """The element, with what sends files, once for all of a page."""

    tag = "div"
    _is_tag_in_global_scope: ClassVar[bool] = True

    def add_custom_code(self) -> list[str]:
        """Sending files."""
        return [_SEND]
