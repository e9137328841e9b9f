// The filters of a list, for `filters.py`: a form whose fields become the query string, and whose boxes apply at once.
globalThis.plazaFilters ??= (() => {
  // After an answer the fields show what was applied; what is being typed stays.
  const sync = (name) => {
    for (const field of document.getElementById(name)?.elements ?? []) {
      if (field.type === 'checkbox') field.checked = field.dataset.active === 'true';
      else if (field.dataset.applied !== undefined && field !== document.activeElement) field.value = field.dataset.applied;
    }
  };
  const apply = (event) => {
    const field = event.target;
    if (field.type === 'checkbox' || field.tagName === 'SELECT') field.form?.requestSubmit();
  };
  // Empty fields are left out of the URL.
  const leaveOutEmpty = ({target, formData}) => {
    if (!target.matches('[data-filters]')) return;
    for (const name of new Set(formData.keys())) if (formData.get(name) === '') formData.delete(name);
  };
  // Going back from a choice whose answer has not come changes nothing that would call sync.
  const syncAll = () => { for (const form of document.querySelectorAll('form[data-filters]')) sync(form.id); };
  if (typeof document !== 'undefined') {
    document.addEventListener('formdata', leaveOutEmpty, true);
    globalThis.addEventListener('popstate', syncAll);
  }
  return {apply, sync};
})();
