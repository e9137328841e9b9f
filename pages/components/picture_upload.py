"""Uploads pictures from the browser directly to storage, with progress; also reorders them by dragging."""

from pathlib import Path
from typing import Any, ClassVar

import reflex as rx

from pages.components import el
from pages.components.button import SECONDARY
from pages.components.icon import icon
from state.core import browser

ACCEPTED_TYPES = "image/jpeg,image/png,image/webp,image/avif,image/gif"
DRAG_TYPE = "application/x-plaza-picture"

_UPLOAD_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def picture_upload(
    *,
    api_url: rx.Var[str],
    uploads: rx.Var[Any],
    set_uploads: rx.Var[Any],
    on_uploaded: rx.Var[Any],
    pictures: rx.Var[Any],
) -> rx.Component:
    """An area where pictures are chosen, taken or dropped.

    `api_url` is the shop's URL in the API. `uploads` is a value in the browser with the running uploads;
    `set_uploads` sets it. `on_uploaded` is a function that gets the id of each finished upload, again and again until
    one of the `pictures` has it as its `key`.
    """
    on_choose, drop_handlers = _upload_handlers(api_url, set_uploads, on_uploaded, is_confirmed=True)
    confirmation = browser.run_on_change(
        pictures, "(pictures) => globalThis.plazaConfirmUploads?.(pictures.map((each) => each.key))"
    )
    return _UploadArea.create(
        el.p("Drop pictures here, or", class_name="hidden text-soft sm:block"),
        el.div(
            _file_button("pictures-choose", "Choose pictures", "image-plus", SECONDARY, on_choose, multiple=True),
            _file_button(
                "pictures-take", "Take a photo", "camera", f"{SECONDARY} sm:hidden", on_choose, capture="environment"
            ),
            class_name="flex flex-wrap justify-center gap-3",
        ),
        el.p(
            "JPEG, PNG, WebP, AVIF or GIF, up to 20 MB each. The first picture is shown in search results.",
            class_name="text-sm text-soft",
        ),
        _upload_list(uploads),
        custom_attrs={**drop_handlers, "data-confirmed": confirmation},
        class_name="flex flex-col items-center gap-3 rounded-card border border-dashed border-edge px-4 py-6 text-center",
    )


def single_picture_upload(
    *children: rx.Component,
    name: str,
    label: rx.Var[str] | str,
    api_url: rx.Var[str],
    uploads: rx.Var[Any],
    set_uploads: rx.Var[Any],
    on_uploaded: rx.Var[Any],
    actions: rx.Component,
) -> rx.Component:
    """An area where one picture is chosen or dropped; see `picture_upload`. `actions` are beside the button."""
    on_choose, drop_handlers = _upload_handlers(api_url, set_uploads, on_uploaded)
    return _UploadArea.create(
        *children,
        el.div(
            _file_button(f"{name}-choose", label, "image-plus", SECONDARY, on_choose),
            actions,
            class_name="flex flex-wrap gap-3",
        ),
        _upload_list(uploads),
        custom_attrs=drop_handlers,
        class_name="flex min-w-0 flex-1 flex-col items-start gap-3",
    )


def draggable(key: rx.Var[str], index: rx.Var[int], on_move: rx.Var[Any]) -> dict[str, Any]:
    """Attributes that make a picture draggable; `on_move` is a function of its key and its new index."""
    var_data = browser.var_data(key, index, on_move)
    on_drag_start: rx.Var[Any] = rx.Var(
        f"(event) => event.dataTransfer.setData('{DRAG_TYPE}', {key!s})", _var_data=var_data
    )
    on_drag_over: rx.Var[Any] = rx.Var(
        f"(event) => {{ if (event.dataTransfer.types.includes('{DRAG_TYPE}')) event.preventDefault(); }}",
        _var_data=var_data,
    )
    on_drop: rx.Var[Any] = rx.Var(
        f"(event) => {{ const key = event.dataTransfer.getData('{DRAG_TYPE}'); "
        f"if (key) {{ event.preventDefault(); ({on_move!s})(key, {index!s}); }} }}",
        _var_data=var_data,
    )
    return {"draggable": True, "onDragStart": on_drag_start, "onDragOver": on_drag_over, "onDrop": on_drop}


def _upload_handlers(
    api_url: rx.Var[str], set_uploads: rx.Var[Any], on_uploaded: rx.Var[Any], *, is_confirmed: bool = False
) -> tuple[rx.Var[Any], dict[str, Any]]:
    """The handlers of chosen files and of dropped files."""
    var_data = browser.var_data(api_url, set_uploads, on_uploaded)
    options = f"{{apiUrl: {api_url!s}, set: {set_uploads!s}, onUploaded: {on_uploaded!s}, isConfirmed: {str(is_confirmed).lower()}}}"
    on_choose: rx.Var[Any] = rx.Var(
        f"(event) => {{ plazaUploadPictures(event.target.files, {options}); event.target.value = ''; }}",
        _var_data=var_data,
    )
    on_drop: rx.Var[Any] = rx.Var(
        f"(event) => {{ event.preventDefault(); plazaUploadPictures(event.dataTransfer.files, {options}); }}",
        _var_data=var_data,
    )
    on_drag_over: rx.Var[Any] = rx.Var("(event) => event.preventDefault()")
    return on_choose, {"onDrop": on_drop, "onDragOver": on_drag_over}


def _upload_list(uploads: rx.Var[Any]) -> rx.Component:
    return el.ul(
        rx.foreach(uploads, _upload_item), aria_label="Uploads", class_name="w-full max-w-md text-left empty:hidden"
    )


def _file_button(
    name: str, label: rx.Var[str] | str, icon_name: str, class_name: str, on_choose: rx.Var[Any], **attributes: Any
) -> rx.Component:
    input_attributes = {"onChange": on_choose, "accept": ACCEPTED_TYPES, **attributes}
    return el.label(
        el.input(type="file", id=name, custom_attrs=input_attributes, class_name="sr-only"),
        icon(icon_name, size=18),
        label,
        html_for=name,
        class_name=f"{class_name} relative has-focus-visible:outline-2 has-focus-visible:outline-offset-2 has-focus-visible:outline-accent",
    )


def _upload_item(upload: rx.vars.ObjectVar[Any]) -> rx.Component:
    name, percent, error = (upload[key] for key in ("name", "percent", "error"))
    percent_text = el.span(percent.to(int), "%", class_name="tabular-nums text-soft")
    bar = el.div(
        el.div(
            custom_attrs={"style": rx.Var(f"({{width: {percent!s} + '%'}})", _var_data=browser.var_data(upload))},
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
            el.when(error.to(str) == "", percent_text),
            class_name="flex justify-between gap-4",
        ),
        el.if_else(error.to(str) == "", bar, el.p(error.to(str), role="alert", class_name="text-danger")),
        class_name="py-2 text-sm",
    )


class _UploadArea(rx.Component):
    """The element, with the upload script once per page."""

    tag = "div"
    _is_tag_in_global_scope: ClassVar[bool] = True

    def add_custom_code(self) -> list[str]:
        """The upload script."""
        return [_UPLOAD_SCRIPT]
