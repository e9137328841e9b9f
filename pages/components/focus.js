// Moves the focus on when the focused item of a list is removed, for `behaviour.py`: to the same control of the next item, else of
// the one before it, else to the page's heading. Otherwise the keyboard would start again at the top of the page.
globalThis.plazaFocus ??= (() => {
  const ITEM = 'main :is(li, tr, [role="listitem"])';
  const CONTROL = 'a[href], button:not(:disabled), input:not(:disabled, [type="hidden"]), select, textarea, summary, [tabindex="0"]';
  let spot = null; // the last focused control of a list

  const controls = (item) => [...item.querySelectorAll(CONTROL)].filter((each) => each.checkVisibility());
  const remember = ({target}) => {
    const item = target.closest?.(ITEM);
    if (item) spot = {control: target, item, index: controls(item).indexOf(target), path: location.pathname, next: null, previous: null};
    else if (!target.closest?.('dialog, [popover]')) spot = null;
  };
  const isLost = () => document.activeElement === document.body || !document.activeElement;
  const moveOn = () => {
    if (!spot || spot.control.isConnected || !isLost()) return;
    const {item, index, next, previous, path} = spot;
    if (path !== location.pathname) return;
    const candidates = item.isConnected ? [item] : [next, previous].filter((each) => each?.isConnected);
    const found = candidates.map(controls).find((each) => each.length > 0);
    const heading = document.querySelector('main h1');
    if (found) found[Math.max(0, Math.min(index, found.length - 1))].focus();
    else if (heading) {
      heading.tabIndex = -1;
      heading.style.outline = 'none';
      heading.focus({preventScroll: true});
    }
  };
  // Of several removed items the later records are of the neighbours of the first.
  const note = (records) => {
    for (const {removedNodes, nextSibling, previousSibling} of spot ? records : []) {
      for (const removed of removedNodes) {
        if (removed === spot.item) Object.assign(spot, {next: nextSibling, previous: previousSibling});
        if (removed === spot.next) spot.next = nextSibling;
        if (removed === spot.previous) spot.previous = previousSibling;
      }
    }
    moveOn();
  };
  if (typeof document !== 'undefined') {
    document.addEventListener('focusin', remember);
    document.addEventListener('close', () => setTimeout(moveOn), true); // a dialog gives the focus back first
    new MutationObserver(note).observe(document.documentElement, {childList: true, subtree: true});
  }
  return {moveOn};
})();
