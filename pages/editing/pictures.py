"""The editor's pictures: upload, order and alt texts."""

import reflex as rx

from pages.components import el
from pages.components.button import ICON, icon_button
from pages.components.field import INPUT
from pages.components.icon import icon
from pages.components.picture_upload import draggable, picture_upload
from pages.editing import shared
from pages.layout.studio_layout import panel
from platform_app.domain.catalog.rules import MAX_PICTURES
from state.core import browser
from state.editing import EditorState
from state.editing_presenters import EditorPictureView
from state.studio import StudioState

_UPLOADS = browser.client_state("uploads", [])


def pictures() -> rx.Component:
    """The pictures; search results show the first one."""
    api_url = "/api/v1/shops/" + StudioState.base_url.split("/")[2]
    upload_area = picture_upload(
        api_url=api_url,
        uploads=_UPLOADS.value.to(list[dict[str, str]]),
        set_uploads=_UPLOADS.set,
        on_uploaded=browser.event_trigger_with(EditorState.add_upload, str),
        pictures=EditorState.pictures,
    )
    error = shared.error("pictures")
    return panel(
        "Pictures",
        f"Good light and a plain background work best. Up to {MAX_PICTURES} pictures; drag them to reorder, or use the arrows.",
        el.ol(
            rx.foreach(EditorState.pictures, _picture),
            aria_label="Pictures in order",
            class_name="mb-4 flex flex-col divide-y divide-line empty:hidden",
        ),
        upload_area,
        el.p(error, role="alert", class_name="mt-2 text-sm text-danger empty:hidden"),
    )


def _picture(each: rx.vars.ObjectVar[EditorPictureView]) -> rx.Component:
    key, index = each.key.to(str), each.index.to(int)
    number = (index + 1).to_string()
    image = el.img(
        src=each.src,
        alt="",
        width="80",
        height="100",
        class_name="h-25 w-20 shrink-0 rounded-lg bg-sunken object-cover",
    )
    animation = rx.cond(each.is_failed, "", "animate-pulse")
    placeholder = el.div(
        icon("image", size=24),
        class_name=animation.to(str) + " grid h-25 w-20 shrink-0 place-items-center rounded-lg bg-sunken text-soft",
    )
    status = el.p(
        each.status_text.to(str),
        role="status",
        class_name=rx.cond(each.is_failed, "text-danger ", "text-soft ") + "text-sm wrap-anywhere",
    )
    alt_field = el.div(
        el.label("Alt text for picture ", number, html_for="alt-" + key, class_name="text-sm text-soft"),
        el.input(
            id="alt-" + key,
            default_value=each.alt,
            key=shared.revision_key(key),
            max_length=512,
            placeholder="For people who can't see it",
            class_name=f"{INPUT} min-h-11!",
            **shared.autosave(EditorState.set_picture_alt, key),
        ),
    )
    return el.li(
        el.if_else(each.src != "", image, placeholder),
        el.div(el.when(each.status_text != "", status), alt_field, class_name="min-w-0 flex-1"),
        _buttons(key, index, number),
        key=key,
        custom_attrs=draggable(key, index, browser.event_trigger_with(EditorState.move_picture, str, int)),
        class_name="flex items-center gap-3 py-3 sm:cursor-grab",
    )


def _buttons(key: rx.Var[str], index: rx.vars.NumberVar[int], number: rx.vars.StringVar[str]) -> rx.Component:
    """Buttons that move and remove a picture.

    An arrow that cannot move it further stays in the page, so that the keyboard focus is not lost.
    """

    def move(icon_name: str, label: str, target: object, *, is_disabled: rx.Var[bool]) -> rx.Component:
        return icon_button(
            icon(icon_name),
            label=label + " picture " + number,
            on_click=browser.event_handler(EditorState.move_picture)(key, target),
            aria_disabled=is_disabled,
            class_name=f"{ICON} aria-disabled:cursor-default aria-disabled:opacity-30",
        )

    last = EditorState.pictures.length() - 1
    return el.div(
        move("arrow-up", "Move up", index - 1, is_disabled=index == 0),
        move("arrow-down", "Move down", index + 1, is_disabled=index == last),
        icon_button(
            icon("trash-2"),
            label="Remove picture " + number,
            on_click=browser.event_handler(EditorState.remove_picture)(key),
        ),
        class_name="flex shrink-0 flex-col sm:flex-row",
    )
