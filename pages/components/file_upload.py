"""Uploads a file from the browser directly to storage, with a presigned form."""

from pathlib import Path
from typing import Any

import reflex as rx

from pages.components import el
from pages.components.button import PRIMARY, secondary_button
from pages.components.icon import icon
from pages.components.progress import progress_bar
from state.core import browser

INITIAL_STATE: dict[str, object] = {"uploading": False, "percent": 0, "name": "", "detail": "", "dragOver": False}

_UPLOAD_SCRIPT = Path(__file__).with_suffix(".js").read_text()


def file_upload(*, upload_state: rx.Var[Any], set_upload_state: rx.Var[Any], start_url: rx.Var[str], on_uploaded: rx.Var[Any], accept: str, hint: str) -> rx.Component:  # fmt: skip
    """An area for one file; `start_url` returns the upload form, and `on_uploaded` is a function that gets the new id.

    `upload_state` is the area's value in the browser (see INITIAL_STATE), and `set_upload_state` sets it.
    """
    var_data = browser.var_data(upload_state, set_upload_state, start_url, on_uploaded)
    upload = f"(file) => plazaUploadFile(file, {set_upload_state!s}, {{startUrl: {start_url!s}, onUploaded: {on_uploaded!s}}})"
    on_choose = f"(event) => {{ ({upload})(event.target.files[0]); event.target.value = ''; }}"
    on_drop = f"(event) => {{ event.preventDefault(); ({upload})(event.dataTransfer.files[0]); }}"
    on_drag_over = f"(event) => {{ event.preventDefault(); if (!{upload_state!s}.dragOver) ({set_upload_state!s})({{...{upload_state!s}, dragOver: true}}); }}"
    on_drag_leave = f"(event) => {{ if (!event.currentTarget.contains(event.relatedTarget)) ({set_upload_state!s})({{...{upload_state!s}, dragOver: false}}); }}"
    handlers = {"onDrop": on_drop, "onDragOver": on_drag_over, "onDragLeave": on_drag_leave}
    detail = _state_field(upload_state, "detail", str)
    picker = _file_picker(rx.Var(on_choose, _var_data=var_data), accept=accept, hint=hint)
    return el.div(
        _UploadScript.create(
            el.div(
                el.if_else(_state_field(upload_state, "uploading", bool), _upload_progress(upload_state), picker),
                custom_attrs={name: rx.Var(script, _var_data=var_data) for name, script in handlers.items()},
                class_name=rx.cond(
                    _state_field(upload_state, "dragOver", bool), "border-accent bg-sunken ", "border-edge "
                )
                + "rounded-card border border-dashed px-4 py-8 text-center transition-colors duration-150",
            )
        ),
        el.div(el.when(detail != "", _upload_error(detail)), id="upload-error", role="alert"),
    )


def _file_picker(on_choose: rx.Var[Any], *, accept: str, hint: str) -> rx.Component:
    field = el.input(
        type="file",
        id="upload-file",
        accept=accept,
        custom_attrs={"onChange": on_choose, "aria-describedby": "upload-hint upload-error"},
        class_name="absolute inset-0 size-full cursor-pointer opacity-0",
    )
    label = el.label(
        icon("upload", size=18),
        "Choose a file",
        field,
        html_for="upload-file",
        class_name=f"{PRIMARY} relative focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent",
    )
    return el.div(
        el.p("Drop a file here, or", class_name="hidden text-soft sm:block"),
        label,
        el.p(hint, id="upload-hint", class_name="max-w-md text-sm text-soft text-pretty"),
        class_name="flex flex-col items-center gap-3",
    )


def _upload_progress(upload_state: rx.Var[Any]) -> rx.Component:
    cancel = rx.Var("() => globalThis.plazaUploading?.request?.abort()").to(rx.vars.FunctionVar, rx.EventChain)
    return el.div(
        el.p(
            "Uploading ",
            el.span(_state_field(upload_state, "name", str), class_name="font-medium"),
            class_name="wrap-anywhere",
        ),
        progress_bar(_state_field(upload_state, "percent", int), label="Upload"),
        el.div(secondary_button("Cancel", on_click=cancel)),
        class_name="mx-auto flex w-full max-w-md flex-col gap-4",
    )


def _upload_error(detail: rx.Var[str]) -> rx.Component:
    return el.p(
        icon("circle-alert", size=18, class_name="mt-0.5 shrink-0"),
        detail,
        class_name="mt-4 flex gap-2 text-[15px] text-danger",
    )


def _state_field(upload_state: rx.Var[Any], name: str, type_: type) -> Any:
    return rx.Var(f"{upload_state!s}.{name}", _var_type=type_, _var_data=browser.var_data(upload_state)).to(type_)


class _UploadScript(rx.Component):
    """Adds the upload script once per page."""

    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """The upload script."""
        return [_UPLOAD_SCRIPT]
