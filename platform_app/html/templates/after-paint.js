(() => {
  // The page is readable without its scripts: load them once the main pictures are painted, or on the first interaction.
  let hasStarted = false;
  const begin = () => {
    const deferred = document.getElementById("scripts-after-paint");
    if (hasStarted || !deferred) return;
    hasStarted = true;
    for (const href of JSON.parse(deferred.dataset.preload)) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
    }
    const script = Object.assign(document.createElement("script"), { type: "module", textContent: deferred.textContent });
    document.head.append(script);
    script.remove();
  };
  const whenIdle = () => (window.requestIdleCallback ? requestIdleCallback(begin, { timeout: 500 }) : setTimeout(begin));
  // A frame in which a picture that has been decoded is drawn, and one that comes after it.
  const painted = () => requestAnimationFrame(() => requestAnimationFrame(whenIdle));
  document.addEventListener("DOMContentLoaded", () => {
    const pictures = [...document.querySelectorAll("#first-paint img[fetchpriority=high]")];
    Promise.allSettled(pictures.map((picture) => picture.decode())).then(painted);
    setTimeout(begin, 1500);
    for (const act of ["pointerdown", "keydown"]) addEventListener(act, begin, { once: true, capture: true });
  });
})();
