// Text that was typed and that the server has not acknowledged yet, for `unsent.py`. The browser owns it: when a page is rendered
// again, because its socket was away, its fields get it back. In a container with data-unsent="form" a form is sent as a whole;
// fields of data-unsent="autosave" are sent one by one, so they are sent again, and also survive a reload of the page. All text
// but passwords survives the one reload that a page makes by itself when its socket reaches a new release.
globalThis.plazaUnsent ??= (() => {
  const STORAGE_KEY = 'plaza-unsent', MAX_STORED = 400_000;
  const RELOADED_AT_KEY = 'reflex_last_reloaded_on_error', RELOAD_MILLISECONDS = 5000; // Reflex notes when it reloads a page
  const fields = new Map();
  const unsent = {sequence: 0};
  let last = 0, observer = null;

  const containerOf = (field) => field.closest?.('[data-unsent]');
  const prefixOf = (container) => [location.pathname, container.id, container.dataset.instance ?? '', ''].join('\n');
  const keyOf = (field, container) => prefixOf(container) + (field.id || field.name);
  // A box that is ticked, and a form inside a container of fields, send themselves at once.
  const isOwned = (field, container) =>
    'value' in field && !['file', 'hidden', 'submit', 'button', 'reset', 'image'].includes(field.type) &&
    (container.dataset.unsent === 'form' || (!field.form && !['checkbox', 'radio'].includes(field.type)));
  const read = (field) => (['checkbox', 'radio'].includes(field.type) ? String(field.checked) : field.value);
  // The field was a text field before, if its form has changed.
  const optionFor = (select, text) =>
    [...select.options].find((each) => [each.value, each.text].some((one) => one.toLowerCase() === text.trim().toLowerCase()));
  const write = (field, value) => {
    if (['checkbox', 'radio'].includes(field.type)) field.checked = value === 'true';
    else if (field.options) field.value = optionFor(field, value)?.value ?? '';
    else field.value = value;
  };

  const store = (entries) => {
    const text = JSON.stringify(entries.map(([key, {value, sequence, autosave}]) => [key, value, sequence, autosave]));
    try {
      if (entries.length > 0 && text.length < MAX_STORED) sessionStorage.setItem(STORAGE_KEY, text);
      else sessionStorage.removeItem(STORAGE_KEY);
    } catch {
      // A browser that stores nothing keeps it until the next reload.
    }
  };

  const storeForOwnReload = () => {
    if (Date.now() - Number(sessionStorage.getItem(RELOADED_AT_KEY)) > RELOAD_MILLISECONDS) return;
    store([...fields].filter(([, {field}]) => field?.type !== 'password'));
  };

  const changed = () => {
    const saving = [...fields].filter(([, entry]) => entry.autosave);
    document.documentElement.toggleAttribute('data-unsent-text', saving.length > 0);
    store(saving);
    if (fields.size > 0 && !observer) {
      observer = new MutationObserver(restore);
      observer.observe(document.documentElement, {childList: true, subtree: true});
    } else if (fields.size === 0 && observer) {
      observer.disconnect();
      observer = null;
    }
  };

  const note = (event) => {
    const field = event.target, container = containerOf(field);
    unsent.sequence = 0;
    if (!container || !isOwned(field, container)) return;
    const key = keyOf(field, container);
    if (event.type === 'input') {
      last = Math.max(last + 1, Date.now());
      const autosave = container.dataset.unsent === 'autosave';
      fields.set(key, {field, path: location.pathname, value: read(field), sequence: last, autosave});
      changed();
    }
    unsent.sequence = fields.get(key)?.sequence ?? 0;
  };

  const find = (key) => {
    for (const container of document.querySelectorAll('[data-unsent]')) {
      for (const field of container.querySelectorAll('input, textarea, select')) {
        if (containerOf(field) === container && keyOf(field, container) === key) return field;
      }
    }
    return null;
  };

  const restore = () => {
    for (const [key, entry] of fields) {
      if (entry.path !== location.pathname) {
        if (!entry.autosave) fields.delete(key);
        continue;
      }
      const field = entry.field?.isConnected ? null : find(key);
      if (!field) continue;
      entry.field = field;
      write(field, entry.value);
      if (entry.autosave) field.dispatchEvent(new FocusEvent('focusout', {bubbles: true}));
    }
  };

  unsent.acknowledge = (sequences) => {
    for (const [key, entry] of fields) if (sequences.includes(entry.sequence)) fields.delete(key);
    changed();
  };
  unsent.forget = (container) => {
    // By its key: a field may not be on the page just now, such as one that addresses of another country have.
    for (const key of fields.keys()) if (!container || key.startsWith(prefixOf(container))) fields.delete(key);
    changed();
  };

  if (typeof document !== 'undefined') {
    try {
      for (const [key, value, sequence, autosave] of JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]')) {
        fields.set(key, {field: null, path: key.split('\n')[0], value, sequence, autosave});
      }
    } catch {
      // Nothing readable is stored.
    }
    for (const type of ['input', 'change', 'focusout']) document.addEventListener(type, note, true);
    globalThis.addEventListener('pagehide', storeForOwnReload);
    changed();
  }
  return unsent;
})();
