"""A listing's pictures: a strip to swipe, thumbnails that follow it, and each picture on the whole screen."""

from pathlib import Path
from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from state.core import browser

_SIZES = "(min-width: 1280px) 660px, (min-width: 1024px) 52vw, 100vw"
_SCRIPT = Path(__file__).with_suffix(".js").read_text()
# The index of the picture in view and its gallery: it does not apply to other galleries.
_SHOWN = browser.client_state("shown_picture", {"gallery": "", "index": 0})


def gallery(pictures: Any, *, name: rx.Var[str], frame: rx.Var[str]) -> rx.Component:
    """The strip and its thumbnails; `frame` is the ratio of width to height, in which each picture is as a whole."""
    shown = _shown_index(name)
    strip = el.ul(
        rx.foreach(pictures, lambda each, index: _picture(each, index, pictures=pictures, frame=frame)),
        aria_label="Pictures",
        custom_attrs={"onScroll": _note_shown(name, shown)},
        class_name="no-scrollbar relative flex min-w-0 flex-1 snap-x snap-mandatory overflow-x-auto overscroll-x-contain rounded-card",
    )
    thumbnails = el.ul(
        rx.foreach(pictures, lambda each, index: _thumbnail(each, index, shown=shown)),
        aria_label="All pictures",
        custom_attrs={"data-shown": browser.run_on_change(shown, "(index) => globalThis.plazaGallery.follow(index)")},
        class_name="no-scrollbar relative flex gap-3 overflow-x-auto p-1 lg:max-h-[80vh] lg:shrink-0 lg:flex-col lg:overflow-y-auto",
    )
    placeholder = el.div(
        icon("image", size=48),
        class_name="grid aspect-4/5 w-full place-items-center rounded-card bg-sunken text-edge",
        role="img",
        aria_label="No picture yet",
    )
    return _Gallery.create(
        el.div(
            rx.cond(pictures.length() > 0, el.fragment(strip, el.when(pictures.length() > 1, thumbnails)), placeholder),
            class_name="flex min-w-0 flex-col gap-3 self-start lg:flex-row-reverse lg:items-start",
        )
    )


def show_picture(index: str) -> str:
    """JavaScript that scrolls the strip to the picture with this index, an expression."""
    return f"globalThis.plazaGallery.show({index})"


def _shown_index(name: rx.Var[str]) -> rx.Var[int]:
    shown = str(_SHOWN.value)
    expression = f"({shown}?.gallery === {name!s} ? {shown}.index : 0)"
    return rx.Var(expression, _var_type=int, _var_data=browser.var_data(_SHOWN.value, name)).guess_type()


def _note_shown(name: rx.Var[str], shown: rx.Var[int]) -> rx.Var[Any]:
    script = f"""(event) => {{
      const index = globalThis.plazaGallery.shownIndex(event.currentTarget);
      if (index !== {shown!s}) ({_SHOWN.set!s})({{gallery: {name!s}, index}});
    }}"""
    return rx.Var(script, _var_data=browser.var_data(shown, _SHOWN.set))


def _picture(each: Any, index: rx.Var[int], *, pictures: Any, frame: rx.Var[str]) -> rx.Component:
    image = el.img(
        src=each.src,
        src_set=each.srcset,
        sizes=_SIZES,
        alt=each.alt,
        width=each.width.to_string(),
        height=each.height.to_string(),
        loading=rx.cond(index == 0, "eager", "lazy"),
        decoding="async",
        custom_attrs={
            "fetchPriority": rx.cond(index == 0, "high", "auto"),
            "style": rx.Var.create({"aspectRatio": frame}),
        },
        class_name="w-full bg-sunken object-contain",
    )
    enlarge: rx.Var[Any] = rx.Var(
        f"() => globalThis.plazaGallery.enlarge({pictures!s}, {index!s})", _var_data=browser.var_data(pictures)
    )
    button = el.button(
        image,
        el.span("Enlarge", class_name="sr-only"),
        icon("expand", size=18, class_name="absolute end-3 bottom-3 size-9 rounded-full bg-paper/90 p-2"),
        type="button",
        on_click=enlarge.to(rx.vars.FunctionVar, rx.EventChain),
        class_name="relative block w-full cursor-zoom-in",
    )
    return el.li(button, id="picture-" + index.to_string(), class_name="w-full shrink-0 snap-center")


def _thumbnail(each: Any, index: rx.Var[int], *, shown: rx.Var[int]) -> rx.Component:
    show: rx.Var[Any] = rx.Var(f"() => {show_picture(str(index))}")
    button = el.button(
        el.img(
            src=each.thumbnail, alt="", width="80", height="100", loading="lazy", class_name="size-full object-cover"
        ),
        type="button",
        aria_label=f"Picture {index.to(int) + 1}",
        on_click=show.to(rx.vars.FunctionVar, rx.EventChain),
        custom_attrs={"aria-current": rx.cond(index == shown, "true", None)},
        class_name="block h-20 w-16 shrink-0 overflow-hidden rounded-xl border border-line hover:border-ink aria-[current]:border-ink aria-[current]:ring-1 aria-[current]:ring-ink",
    )
    return el.li(button, id="thumbnail-" + index.to_string())


class _Gallery(rx.Component):
    """Adds the script to the page, and PhotoSwipe to the packages."""

    library = "react"
    tag = "Fragment"

    def add_imports(self) -> dict[str, Any]:
        """The package, which the script imports when it needs it."""
        return browser.npm_package("photoswipe@5.4.4")

    def add_custom_code(self) -> list[str]:
        """The script."""
        return [_SCRIPT]
