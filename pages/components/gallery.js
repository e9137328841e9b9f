// A listing's pictures, for `gallery.py`: a strip to swipe, thumbnails that follow it, and one picture on the whole screen, where
// PhotoSwipe handles pinches, swipes and keys. It is loaded when it is first opened.
globalThis.plazaGallery ??= (() => {
  const show = (index) => {
    const picture = document.getElementById(`picture-${index}`);
    picture?.parentElement.scrollTo({left: picture.offsetLeft, behavior: 'instant'});
  };
  const shownIndex = ({scrollLeft, clientWidth}) => Math.round(scrollLeft / Math.max(1, clientWidth));

  // Scrolls the row of thumbnails, never the page.
  const follow = (index) => {
    const thumbnail = document.getElementById(`thumbnail-${index}`), row = thumbnail?.parentElement;
    row?.scrollTo({
      left: thumbnail.offsetLeft - (row.clientWidth - thumbnail.offsetWidth) / 2,
      top: thumbnail.offsetTop - (row.clientHeight - thumbnail.offsetHeight) / 2,
    });
  };

  const enlarge = async (pictures, index) => {
    const [{default: PhotoSwipe}] = await Promise.all([import('photoswipe'), import('photoswipe/style.css')]);
    const isStill = matchMedia('(prefers-reduced-motion: reduce)').matches;
    const viewer = new PhotoSwipe({
      dataSource: pictures.map(({src, srcset, width, height, alt}) => ({src, srcset, width, height, alt})),
      index,
      bgOpacity: 1,
      loop: false,
      showHideAnimationType: isStill ? 'none' : 'fade',
      zoomAnimationDuration: isStill ? 0 : 150,
      closeTitle: 'Close',
      zoomTitle: 'Zoom',
      arrowPrevTitle: 'Previous picture',
      arrowNextTitle: 'Next picture',
      indexIndicatorSep: ' of ',
      errorMsg: "This picture can't be shown. Please try again.",
    });
    viewer.on('bindEvents', () => viewer.element.setAttribute('aria-label', 'Pictures'));
    viewer.on('change', () => show(viewer.currIndex));
    viewer.init();
  };
  return {enlarge, follow, show, shownIndex};
})();
