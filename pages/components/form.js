// Sends a form as JSON, for `form.py`. `state` is the form's value in the browser and `set` changes it; `onSuccess` gets the answer.
globalThis.plazaSubmit = async (event, state, set, {extraFields = {}, keepValues, onSuccess}) => {
  event.preventDefault();
  const form = event.currentTarget, instance = form.dataset.instance ?? '';
  if (state.submitting) return;
  const body = {...Object.fromEntries(new FormData(form)), ...extraFields};
  for (const box of form.querySelectorAll('input[type=checkbox]')) body[box.name] = box.checked;
  const current = {...state, instance, detail: '', submitted: false};
  set({...current, submitting: true});
  let response = null, answer = {};
  try {
    response = await fetch(form.getAttribute('action'), {
      method: form.dataset.method, headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body),
    });
    answer = (await response.json()) ?? {};
  } catch {
    // No connection, or the answer is not JSON: both are handled below.
  }
  if (response?.ok) {
    globalThis.plazaUnsent.forget(form);
    if (answer.next) {
      window.location.assign(answer.next);
      setTimeout(() => set({...current, fields: {}}), 5000);
    } else {
      set({...current, fields: {}, requires: '', submitted: true});
      if (!keepValues) form.reset();
      onSuccess?.(answer);
    }
    return;
  }
  if (answer.code === 'unauthenticated') {
    const here = window.location.pathname + window.location.search;
    window.location.assign('/sign-in?next=' + encodeURIComponent(here));
    return;
  }
  const fields = answer.fields ?? {}, wait = Number(response?.headers.get('Retry-After'));
  const requires = answer.code === 'code_needed' ? 'code' : current.requires;
  const first = [...form.elements].find((each) => each.name in fields);
  let detail = first || answer.code === 'code_needed' ? '' : answer.detail;
  if (!response) detail = "We can't reach Plaza. Check your connection and try again.";
  else if (!answer.code) detail = 'Something went wrong on our side. Please try again.';
  else if (response.status === 429)
    detail = 'Too many attempts. Wait ' + (wait > 90 ? Math.ceil(wait / 60) + ' minutes' : (wait || 60) + ' seconds') + ', then try again.';
  set({...current, submitting: false, detail, fields, requires});
  setTimeout(() => first?.focus());
};
