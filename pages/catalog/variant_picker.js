// The chosen variant in the URL, for `variant_picker.py`: its values, such as ?variant=Blue/M, so that links to it can be shared.
globalThis.plazaVariants ??= (() => {
  const NAME = 'variant';
  let cached = {};

  const label = (variant, options) => variant.choice.map((value, position) => options[position].labels[value]).join('/');
  // The index of the variant in the URL, else the fallback.
  const chosen = (variants, options, fallback) => {
    const wanted = typeof location === 'undefined' ? null : new URLSearchParams(location.search).get(NAME);
    if (wanted === null) return fallback;
    if (cached.variants !== variants || cached.wanted !== wanted) {
      cached = {variants, wanted, index: variants.findIndex((each) => label(each, options) === wanted)};
    }
    return cached.index >= 0 ? cached.index : fallback;
  };
  // React Router need not know: the path is the same, and nothing has to be loaded.
  const write = (variants, options, index, fallback) => {
    const url = new URL(location.href);
    if (index === fallback) url.searchParams.delete(NAME);
    else url.searchParams.set(NAME, label(variants[index], options));
    history.replaceState(history.state, '', url);
  };
  return {chosen, write};
})();
