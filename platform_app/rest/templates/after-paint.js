(() => {
  // The page can be read without its scripts: they are fetched once its main picture is painted, or somebody acts.
  // Its styles are in it; the link to them, which the page itself goes on with, comes later and holds nothing up.
  for (const link of document.querySelectorAll("link[data-late]")) {
    const apply = () => (link.media = "all");
    if (link.sheet) apply();
    else link.addEventListener("load", apply, { once: true });
  }
  let isBegun = false;
  const begin = () => {
    const waiting = document.getElementById("scripts-after-paint");
    if (isBegun || !waiting) return;
    isBegun = true;
    for (const href of JSON.parse(waiting.dataset.preload)) {
      document.head.append(Object.assign(document.createElement("link"), { rel: "modulepreload", href }));
    }
    const script = Object.assign(document.createElement("script"), { type: "module", textContent: waiting.textContent });
    document.head.append(script);
    script.remove();
  };
  const painted = () => requestAnimationFrame(() => setTimeout(begin));
  document.addEventListener("DOMContentLoaded", () => {
    const picture = document.querySelector("#first-paint img[fetchpriority=high]");
    if (picture && !picture.complete) picture.onload = picture.onerror = painted;
    else painted();
    setTimeout(begin, 1500);
    for (const act of ["pointerdown", "keydown"]) addEventListener(act, begin, { once: true, capture: true });
  });
})();
