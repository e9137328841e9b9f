"""A form that is sent as JSON, and says beside each field what is wrong with it."""

from typing import Any, ClassVar

import reflex as rx

from pages.components import el
from pages.components.button import PRIMARY, SECONDARY
from pages.components.icon import icon

# What a form is at first: it cannot be sent before the page has come to life, since the browser would send it as it pleases.
AT_FIRST: dict[str, object] = {
    "of": "", "ready": False, "waiting": False, "detail": "", "fields": {}, "needs": "", "done": False,
}  # fmt: skip

_SUBMIT = """
async function plazaSubmit(event, at, set, {extra = {}, keep, then}) {
  event.preventDefault();
  const form = event.currentTarget, of = form.dataset.of ?? '';
  if (at.waiting) return;
  const body = {...Object.fromEntries(new FormData(form)), ...extra};
  for (const box of form.querySelectorAll('input[type=checkbox]')) body[box.name] = box.checked;
  const was = {...at, of, detail: '', done: false};
  set({...was, waiting: true});
  let sent = null, answer = {};
  try {
    sent = await fetch(form.getAttribute('action'), {
      method: form.dataset.method, headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
    });
    answer = (await sent.json()) ?? {};
  } catch (error) {}
  if (sent?.ok) {
    if (answer.next) {
      window.location.assign(answer.next);
      setTimeout(() => set({...was, fields: {}}), 5000);
    } else {
      set({...was, fields: {}, needs: '', done: true});
      if (!keep) form.reset();
      then?.(answer);
    }
    return;
  }
  if (answer.code === 'unauthenticated') {
    const here = window.location.pathname + window.location.search;
    window.location.assign('/sign-in?next=' + encodeURIComponent(here));
    return;
  }
  const fields = answer.fields ?? {}, wait = Number(sent?.headers.get('Retry-After'));
  const needs = answer.code === 'code_needed' ? 'code' : was.needs;
  const first = [...form.elements].find((each) => each.name in fields);
  let detail = first || answer.code === 'code_needed' ? '' : answer.detail;
  if (!sent) detail = 'Plaza cannot be reached. Check your connection and try again.';
  else if (!answer.code) detail = 'That did not work, and it is our fault. Please try again.';
  else if (sent.status === 429)
    detail = 'Too many tries. Wait ' + (wait > 90 ? Math.ceil(wait / 60) + ' minutes' : (wait || 60) + ' seconds') + ', then try again.';
  set({...was, waiting: false, detail, fields, needs});
  setTimeout(() => first?.focus());
}
"""


def json_form(
    *children: rx.Component,
    name: str,
    at: rx.Var[Any],
    update: rx.Var[Any],
    action: rx.Var[str] | str,
    method: rx.Var[str] | str = "POST",
    of: rx.Var[str] | str = "",
    extra: str = "{}",
    then: rx.Var[Any] | None = None,
    keep: bool = False,
) -> rx.Component:
    """A form whose fields go to `action` as JSON; the answer's `next` is where the browser goes.

    `at` and `update` are the form's value in the browser, see AT_FIRST, and what sets it. `extra` is JavaScript for more
    to send, `then` a function of the answer where that leads nowhere; what was typed stays there only to `keep` it.
    """
    after = rx.Var("undefined") if then is None else then
    options = f"{{extra: {extra}, keep: {str(keep).lower()}, then: {after!s}}}"
    data = rx.vars.VarData.merge(*(each._get_all_var_data() for each in (at, update, after)))
    submit: rx.Var[Any] = rx.Var(f"(event) => plazaSubmit(event, {at!s}, {update!s}, {options})", _var_data=data)
    awake: rx.Var[Any] = rx.Var(f"() => ({update!s})({{...({at!s}), ready: true, waiting: false}})", _var_data=data)
    return _Form.create(
        *children,
        el.span(on_mount=awake.to(rx.vars.FunctionVar, rx.EventChain), class_name="hidden"),
        id=name,
        action=action,
        method="post",
        custom_attrs={
            "noValidate": True,
            "data-method": method,
            "data-of": of,
            "onSubmit": submit,
        },
        class_name="flex flex-col gap-5",
    )


def submit_button(
    label: rx.Var[str] | str,
    *,
    at: rx.Var[Any],
    of: rx.Var[str] | str = "",
    about: rx.Var[str] | str = "",
    quiet: bool = False,
) -> rx.Component:
    """Sends the form; while the answer is awaited it says so, and keeps the focus."""
    waiting: rx.Var[bool] = rx.Var(f"({at!s}.waiting && {at!s}.of === {rx.Var.create(of)!s})", _var_type=bool, _var_data=at._get_all_var_data())  # fmt: skip
    asleep: rx.Var[bool] = rx.Var(f"!{at!s}.ready", _var_type=bool, _var_data=at._get_all_var_data())
    turning = el.span(
        icon("loader-circle", size=18, class_name="animate-spin"), el.span("Sending…", class_name="sr-only")
    )
    return el.button(
        el.when(waiting, turning),
        label,
        el.span(": ", about, class_name="sr-only") if str(about) else el.fragment(),
        type="submit",
        disabled=asleep,
        custom_attrs={"aria-disabled": rx.cond(waiting, "true", None)},
        class_name=f"{SECONDARY if quiet else PRIMARY} disabled:opacity-100! aria-disabled:opacity-70",
    )


def form_error(at: rx.Var[Any], of: rx.Var[str] | str = "") -> rx.Component:
    """What is wrong with the form as a whole; read out as soon as it is there."""
    detail: rx.Var[str] = rx.Var(
        f"({at!s}.of === {rx.Var.create(of)!s} ? {at!s}.detail : '')", _var_type=str, _var_data=at._get_all_var_data()
    )
    box = el.div(
        icon("circle-alert", class_name="mt-0.5"),
        el.p(detail, class_name="min-w-0 wrap-anywhere"),
        class_name="flex gap-3 rounded-xl border border-danger bg-danger/5 px-4 py-3 text-[15px] text-danger",
    )
    return el.div(el.when(detail != "", box), role="alert", class_name="empty:hidden")


class _Form(rx.Component):
    """The element as it is: Reflex's own form sends its fields to a state."""

    tag = "form"
    _is_tag_in_global_scope: ClassVar[bool] = True

    action: rx.Var[str]
    method: rx.Var[str]

    def add_custom_code(self) -> list[str]:
        """Sending, once for all forms of a page."""
        return [_SUBMIT]
