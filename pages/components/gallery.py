"""A listing's pictures: a strip to swipe, and thumbnails that scroll it."""

from typing import Any

import reflex as rx

from pages.components import el
from pages.components.icon import icon

_SIZES = "(min-width: 1280px) 660px, (min-width: 1024px) 52vw, 100vw"


def gallery(pictures: Any, *, active_index: rx.Var[int]) -> rx.Component:
    """The strip and its thumbnails; the one at `active_index` is marked."""
    strip = el.ul(
        rx.foreach(pictures, _picture),
        tab_index=0,
        aria_label="Pictures",
        class_name="no-scrollbar relative flex min-w-0 flex-1 snap-x snap-mandatory overflow-x-auto overscroll-x-contain rounded-card",
    )
    thumbnails = el.ul(
        rx.foreach(pictures, lambda each, index: _thumbnail(each, index, active_index=active_index)),
        class_name="no-scrollbar flex gap-3 overflow-x-auto p-1 lg:max-h-[80vh] lg:shrink-0 lg:flex-col lg:overflow-y-auto",
    )
    placeholder = el.div(
        icon("image", size=48),
        class_name="grid aspect-4/5 w-full place-items-center rounded-card bg-sunken text-edge",
        role="img",
        aria_label="No picture yet",
    )
    thumbnail_strip = el.when(pictures.length() > 1, thumbnails)
    return el.div(
        rx.cond(pictures.length() > 0, el.fragment(strip, thumbnail_strip), placeholder),
        class_name="flex min-w-0 flex-col gap-3 self-start lg:flex-row-reverse lg:items-start",
    )


def _picture(each: Any, index: rx.Var[int]) -> rx.Component:
    return el.li(
        el.img(
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
                "style": rx.Var.create({"backgroundColor": each.colour}),
            },
            class_name="aspect-4/5 w-full object-cover",
        ),
        id="picture-" + index.to_string(),
        class_name="w-full shrink-0 snap-center",
    )


def _thumbnail(each: Any, index: rx.Var[int], *, active_index: rx.Var[int]) -> rx.Component:
    script = f"""() => {{
      const picture = document.getElementById('picture-' + {index!s});
      picture?.parentElement.scrollTo({{left: picture.offsetLeft}});
    }}"""
    return el.li(
        el.button(
            el.img(
                src=each.thumbnail,
                alt="",
                width="80",
                height="100",
                loading="lazy",
                class_name="size-full object-cover",
            ),
            type="button",
            aria_label=f"Picture {index.to(int) + 1}",
            on_click=rx.Var(script).to(rx.vars.FunctionVar, rx.EventChain),
            class_name=rx.cond(index == active_index, "border-ink", "border-line")
            + " block h-20 w-16 shrink-0 overflow-hidden rounded-xl border hover:border-ink",
        )
    )
