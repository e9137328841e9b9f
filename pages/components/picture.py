"""Pictures from Plaza's media storage."""

import reflex as rx

from pages.components import el
from pages.components.icon import icon

MEDIA_URL = "/media/pictures/"


def card_picture(
    content: rx.Var[str],
    width: rx.Var[int],
    colour: rx.Var[str],
    *,
    is_wide: rx.Var[bool],
    sizes: str,
    eager: rx.Var[bool] | bool = False,
) -> rx.Component:
    """A picture cropped to 4:5, or as a whole if it is wide, over its average colour. Decorative: the title is beside it.

    `eager` is for pictures that are visible at once.
    """
    base, widest = MEDIA_URL + content.to(str), width.to(int)
    small = rx.cond(widest > 400, 400, widest).to_string()
    srcset = (
        base
        + "/"
        + small
        + ".webp "
        + small
        + "w, "
        + base
        + "/"
        + widest.to_string()
        + ".webp "
        + widest.to_string()
        + "w"
    )
    return el.img(
        src=base + "/" + small + ".webp",
        src_set=srcset,
        sizes=sizes,
        width="400",
        height="500",
        alt="",
        loading=rx.cond(eager, "eager", "lazy"),
        decoding="async",
        custom_attrs={
            "fetchPriority": rx.cond(eager, "high", "auto"),
            "style": rx.Var.create({"backgroundColor": colour}),
        },
        class_name=rx.cond(is_wide, "object-contain", "object-cover") + " absolute inset-0 size-full",
    )


def picture_url(content: rx.Var[str], width: int) -> rx.vars.StringVar[str]:
    """The URL of one size of a picture."""
    return MEDIA_URL + content.to(str) + f"/{width}.webp"


def shop_logo(content: rx.Var[str], name: rx.Var[str], *, class_name: str) -> rx.Component:
    """A shop's logo, or the first letter of its name. Decorative: the name is beside it."""
    frame_class = f"shrink-0 overflow-hidden rounded-full border border-line bg-sunken {class_name}"
    initial = el.span(
        name.to(str)[:1],
        custom_attrs={"aria-hidden": "true"},
        class_name=f"{frame_class} grid place-items-center font-display text-soft",
    )
    image = el.img(
        src=picture_url(content, 400),
        alt="",
        width="80",
        height="80",
        loading="lazy",
        class_name=f"{frame_class} object-cover",
    )
    return el.if_else(content != "", image, initial)


def thumbnail(src: rx.Var[str]) -> rx.Component:
    """A small picture in a table row, or a placeholder."""
    placeholder = el.span(
        icon("image", size=18), class_name="grid size-12 shrink-0 place-items-center rounded-lg bg-sunken text-soft"
    )
    image = el.img(
        src=src,
        alt="",
        loading="lazy",
        width="48",
        height="48",
        class_name="size-12 shrink-0 rounded-lg object-cover",
    )
    return el.if_else(src != "", image, placeholder)
