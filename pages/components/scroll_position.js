// Restores the scroll position after going back or reloading, for `behaviour.py`. React Router scrolls once, to the same number of
// pixels; but a list may be loaded after that, and cards out of view have an estimated height. This remembers the first link in
// view, and scrolls to it until the page is complete and rests, or the visitor acts.
globalThis.plazaScrollPosition ??= (() => {
  const STORAGE_KEY = 'plaza-scroll', MAX_ENTRIES = 50, PATIENCE_MS = 15_000, REST_MS = 300, SETTLE_MS = 100;
  const ACTIONS = ['wheel', 'touchstart', 'pointerdown', 'keydown'];
  let positions = new Map(), restoring = null, timer = 0;

  const entry = () => history.state?.key ?? location.pathname + location.search;
  const links = () => [...document.querySelectorAll('main a[href]')].filter((each) => !each.closest('#first-paint, dialog'));
  const findInView = () => {
    const inView = links().filter((each) => each.getBoundingClientRect().bottom > 0);
    return inView.find((each) => each.closest('h3')) ?? inView[0]; // a card's title: other links are on other pages, too
  };
  const isComplete = () =>
    document.querySelector('main[data-ready]') && !document.querySelector('#first-paint, main [aria-busy="true"]');

  const record = () => {
    clearTimeout(timer);
    if (restoring) return;
    const key = entry(), link = findInView();
    const position = {y: scrollY, href: link?.getAttribute('href') ?? '', top: link?.getBoundingClientRect().top ?? 0};
    positions.delete(key);
    positions.set(key, position);
    if (positions.size > MAX_ENTRIES) positions.delete(positions.keys().next().value);
  };
  const recordSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(record, SETTLE_MS);
  };

  const stop = () => {
    restoring = null;
    for (const each of ACTIONS) removeEventListener(each, stop, {capture: true});
  };
  const restore = () => {
    clearTimeout(timer);
    stop();
    const {y, href, top} = positions.get(entry()) ?? {y: 0};
    if (!y) return;
    const until = performance.now() + PATIENCE_MS, own = {};
    let moved = performance.now();
    const frame = () => {
      if (restoring !== own) return;
      const link = links().find((each) => each.getAttribute('href') === href);
      const before = scrollY, now = performance.now();
      scrollTo({top: link ? before + link.getBoundingClientRect().top - top : y, behavior: 'instant'});
      if (!isComplete() || !link || Math.abs(scrollY - before) >= 1) moved = now;
      if (now - moved > REST_MS || now > until) stop();
      else requestAnimationFrame(frame);
    };
    restoring = own;
    for (const each of ACTIONS) addEventListener(each, stop, {capture: true, passive: true});
    requestAnimationFrame(frame);
  };

  if (typeof document !== 'undefined') {
    try {
      positions = new Map(JSON.parse(sessionStorage.getItem(STORAGE_KEY) ?? '[]'));
    } catch {
      // Nothing readable is stored.
    }
    addEventListener('popstate', restore, {capture: true});
    addEventListener('scroll', recordSoon, {passive: true});
    document.addEventListener('click', record, {capture: true});
    addEventListener('pagehide', () => {
      record();
      try {
        sessionStorage.setItem(STORAGE_KEY, JSON.stringify([...positions]));
      } catch {
        // A browser that stores nothing starts at the top after a reload.
      }
    });
    if (['reload', 'back_forward'].includes(performance.getEntriesByType('navigation')[0]?.type)) restore();
  }
  return {restore};
})();
