"""Where a file is dropped or chosen: it goes straight to the storage, by a form that is signed for it."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.button import PRIMARY, secondary_button
from pages.components.icon import icon
from pages.components.progress import progress

AT_FIRST: dict[str, object] = {"waiting": False, "share": 0, "name": "", "detail": "", "over": False}

# Of the window, since what calls it may be compiled into another module.
_SEND = """
if (typeof window !== 'undefined') window.plazaUpload = async (file, set, {begin, goes}) => {
  if (!file || window.plazaUploading) return;
  const own = window.plazaUploading = {};
  const show = (more) => set({waiting: true, share: 0, name: file.name, detail: '', over: false, ...more});
  const end = (detail) => { window.plazaUploading = null; show({waiting: false, detail}); };
  const ask = async (url, body) => {
    try {
      const sent = await fetch(url, {
        method: 'POST', headers: body ? {'Content-Type': 'application/json'} : {}, body: body && JSON.stringify(body),
      });
      const answer = await sent.json();
      if (sent.ok) return answer;
      if (sent.status === 401) window.location.assign('/sign-in?next=' + encodeURIComponent(window.location.pathname));
      end(answer.detail ?? 'That did not work, and it is our fault. Please try again.');
    } catch (error) {
      end('Plaza cannot be reached. Check your connection and try again.');
    }
    return null;
  };
  show({});
  const begun = await ask(begin, {name: file.name, size: file.size});
  if (!begun) return;
  const form = new FormData(), {url, fields} = begun.upload;
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  form.append('file', new File([file], 'file', {type: fields['Content-Type']}));
  const ended = await new Promise((done) => {
    const request = own.request = new XMLHttpRequest();
    request.open('POST', url);
    request.upload.onprogress = (event) => show({share: Math.floor(100 * event.loaded / event.total)});
    request.onload = () => done(request.status < 300 ? 'ok' : 'refused');
    request.onerror = () => done('lost');
    request.onabort = () => done('stopped');
    request.send(form);
  });
  if (ended !== 'ok') {
    fetch(begin + '/' + begun.id, {method: 'DELETE'}).catch(() => {});
    end({
      refused: 'The storage did not take this file. Please try again.',
      lost: 'The upload was interrupted. Check your connection and try again.',
      stopped: '',
    }[ended]);
    return;
  }
  if (!await ask(begin + '/' + begun.id + '/received')) return;
  window.plazaUploading = null;
  goes(begun.id);
};
"""


def upload_zone(*, at: rx.Var[Any], update: rx.Var[Any], begin: rx.Var[str], goes: rx.Var[Any], accept: str, hint: str) -> rx.Component:  # fmt: skip
    """A field for one file; `begin` is asked for its form, and `goes`, a function of the new id, is called at the end.

    `at` and `update` are the zone's value in the browser, see AT_FIRST, and what sets it.
    """
    data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (at, update, begin, goes)))
    send = f"(file) => window.plazaUpload(file, {update!s}, {{begin: {begin!s}, goes: {goes!s}}})"
    choose = f"(event) => {{ ({send})(event.target.files[0]); event.target.value = ''; }}"
    drop = f"(event) => {{ event.preventDefault(); ({send})(event.dataTransfer.files[0]); }}"
    over = f"(event) => {{ event.preventDefault(); if (!{at!s}.over) ({update!s})({{...{at!s}, over: true}}); }}"
    left = f"(event) => {{ if (!event.currentTarget.contains(event.relatedTarget)) ({update!s})({{...{at!s}, over: false}}); }}"
    named = {"onDrop": drop, "onDragOver": over, "onDragLeave": left}
    detail = _of(at, "detail", str)
    field = _field(rx.Var(choose, _var_data=data), accept=accept, hint=hint)
    return el.div(
        _Script.create(
            el.div(
                el.either(_of(at, "waiting", bool), _sending(at), field),
                custom_attrs={name: rx.Var(script, _var_data=data) for name, script in named.items()},
                class_name=rx.cond(_of(at, "over", bool), "border-accent bg-sunken ", "border-edge ")
                + "rounded-card border border-dashed px-4 py-8 text-center transition-colors duration-150",
            )
        ),
        el.div(el.when(detail != "", _wrong(detail)), id="upload-error", role="alert"),
    )


def _field(choose: rx.Var[Any], *, accept: str, hint: str) -> rx.Component:
    field = el.input(
        type="file",
        id="upload-file",
        accept=accept,
        custom_attrs={"onChange": choose, "aria-describedby": "upload-hint upload-error"},
        class_name="absolute inset-0 size-full cursor-pointer opacity-0",
    )
    chosen = el.label(
        icon("upload", size=18),
        "Choose a file",
        field,
        html_for="upload-file",
        class_name=f"{PRIMARY} relative focus-within:outline-2 focus-within:outline-offset-2 focus-within:outline-accent",
    )
    return el.div(
        el.p("Drop a file here, or", class_name="hidden text-soft sm:block"),
        chosen,
        el.p(hint, id="upload-hint", class_name="max-w-md text-sm text-soft text-pretty"),
        class_name="flex flex-col items-center gap-3",
    )


def _sending(at: rx.Var[Any]) -> rx.Component:
    stop = rx.Var("() => window.plazaUploading?.request?.abort()").to(rx.vars.FunctionVar, rx.EventChain)
    return el.div(
        el.p("Uploading ", el.span(_of(at, "name", str), class_name="font-medium"), class_name="wrap-anywhere"),
        progress(_of(at, "share", int), label="Upload"),
        el.div(secondary_button("Cancel", on_click=stop)),
        class_name="mx-auto flex w-full max-w-md flex-col gap-4",
    )


def _wrong(detail: rx.Var[str]) -> rx.Component:
    return el.p(
        icon("circle-alert", size=18, class_name="mt-0.5 shrink-0"),
        detail,
        class_name="mt-4 flex gap-2 text-[15px] text-danger",
    )


def _of(at: rx.Var[Any], name: str, kind: type) -> Any:
    return rx.Var(f"{at!s}.{name}", _var_type=kind, _var_data=at._get_all_var_data()).to(kind)


class _Script(rx.Component):
    """Brings along what sends the file, once for the page."""

    library = "react"
    tag = "Fragment"

    def add_custom_code(self) -> list[str]:
        """Sending."""
        return [_SEND]
