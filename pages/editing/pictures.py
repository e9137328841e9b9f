"""The editor's pictures: sent as they are chosen, put in order, and told in words."""

import reflex as rx

from pages.components import el
from pages.components.button import ICON, icon_button
from pages.components.field import BOX
from pages.components.icon import icon
from pages.components.uploader import draggable, upload_box
from pages.editing import parts
from pages.studio_frame import panel
from state import runtime
from state.editing import EditorState
from state.editing_views import PlaceView
from state.studio import StudioState

_SENDING = runtime.browser_value("sending", [])


def pictures() -> rx.Component:
    """Pictures, the first of which stands on the card."""
    shop = "/api/v1/shops/" + StudioState.base.split("/")[2]
    box = upload_box(
        at=shop,
        sending=_SENDING.value.to(list[dict[str, str]]),
        update=_SENDING.set,
        arrived=runtime.event_with(EditorState.add_upload, str),
    )
    wrong = parts.error("pictures")
    return panel(
        "Pictures",
        "Good light and a plain ground sell. Drag them into order, or use the arrows.",
        el.ol(
            rx.foreach(EditorState.pictures, _place),
            aria_label="Pictures in their order",
            class_name="mb-4 flex flex-col divide-y divide-line empty:hidden",
        ),
        box,
        el.p(wrong, role="alert", class_name="mt-2 text-sm text-danger empty:hidden"),
    )


def _place(each: rx.vars.ObjectVar[PlaceView]) -> rx.Component:
    key, place = each.key.to(str), each.place.to(int)
    number = (place + 1).to_string()
    seen = el.img(
        src=each.src,
        alt="",
        width="80",
        height="100",
        class_name="h-25 w-20 shrink-0 rounded-lg bg-sunken object-cover",
    )
    turning = rx.cond(each.is_wrong, "", "animate-pulse")
    blank = el.div(
        icon("image", size=24),
        class_name=turning.to(str) + " grid h-25 w-20 shrink-0 place-items-center rounded-lg bg-sunken text-soft",
    )
    said = el.p(
        each.said.to(str),
        role="status",
        class_name=rx.cond(each.is_wrong, "text-danger ", "text-soft ") + "text-sm wrap-anywhere",
    )
    words = el.div(
        el.label("What picture ", number, " shows", html_for="alt-" + key, class_name="text-sm text-soft"),
        el.input(
            id="alt-" + key,
            default_value=each.alt,
            key=parts.fresh(key),
            max_length=300,
            placeholder="For those who cannot see it",
            class_name=f"{BOX} min-h-11!",
            **parts.typed(EditorState.describe_picture, key),
        ),
    )
    return el.li(
        el.either(each.src != "", seen, blank),
        el.div(el.when(each.said != "", said), words, class_name="min-w-0 flex-1"),
        _buttons(key, place, number),
        key=key,
        custom_attrs=draggable(key, place, runtime.event_with(EditorState.move_picture, str, int)),
        class_name="flex items-center gap-3 py-3 sm:cursor-grab",
    )


def _buttons(key: rx.Var[str], place: rx.vars.NumberVar[int], number: rx.vars.StringVar[str]) -> rx.Component:
    """Order without dragging, and taking it away.

    An arrow that leads nowhere stays where it is: whoever has pressed it keeps their place in the page.
    """

    def move(sign: str, label: str, to: object, *, is_last: rx.Var[bool]) -> rx.Component:
        return icon_button(
            icon(sign),
            label=label + " picture " + number,
            on_click=runtime.handler(EditorState.move_picture)(key, to),
            aria_disabled=is_last,
            class_name=f"{ICON} aria-disabled:cursor-default aria-disabled:opacity-30",
        )

    last = EditorState.pictures.length() - 1
    return el.div(
        move("arrow-up", "Move up", place - 1, is_last=place == 0),
        move("arrow-down", "Move down", place + 1, is_last=place == last),
        icon_button(
            icon("trash-2"), label="Remove picture " + number, on_click=runtime.handler(EditorState.remove_picture)(key)
        ),
        class_name="flex shrink-0 flex-col sm:flex-row",
    )
