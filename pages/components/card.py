"""Cards of listings and shops."""

import reflex as rx

from pages.components import el
from pages.components.icon import icon
from pages.components.link import link
from pages.components.picture import card_picture, picture_url, shop_logo
from pages.components.price import price_line

SIZES = "(min-width: 1024px) 280px, (min-width: 640px) 33vw, 46vw"
GRID = "grid grid-cols-2 gap-x-4 gap-y-8 sm:grid-cols-3 sm:gap-x-6 lg:grid-cols-4"
_STRETCHED_LINK = "after:absolute after:inset-0 after:content-['']"


@rx.memo
def listing_card(
    href: rx.Var[str],
    title: rx.Var[str],
    shop_name: rx.Var[str],
    price: rx.Var[str],
    compare_at: rx.Var[str],
    condition: rx.Var[str],
    sold_out: rx.Var[bool],
    holiday_text: rx.Var[str],
    picture: rx.Var[str],
    width: rx.Var[int],
    colour: rx.Var[str],
    is_wide: rx.Var[bool],
    eager: rx.Var[bool],
) -> rx.Component:
    """A picture in 4:5, up to two lines of title, price and shop; the whole card links to the listing."""
    name = el.h3(
        link(
            title,
            href=href,
            class_name=f"{_STRETCHED_LINK} clamp-2 group-hover:underline underline-offset-4 decoration-1",
        ),
        class_name="font-sans! text-[15px] leading-snug font-normal! tracking-normal!",
    )
    shop_link = link(
        shop_name,
        href=href.to(str).split("/")[:3].join("/"),
        class_name="relative z-10 truncate text-sm text-soft hover:text-ink hover:underline underline-offset-4",
    )
    return el.article(
        _picture_frame(
            card_picture(picture, width, colour, is_wide=is_wide, sizes=SIZES, eager=eager),
            picture,
            condition=condition,
            sold_out=sold_out,
            holiday_text=holiday_text,
        ),
        el.div(name, price_line(price, compare_at), shop_link, class_name="mt-3 flex min-w-0 flex-col gap-1"),
        class_name="group relative flex min-w-0 flex-col",
    )


@rx.memo
def shop_card(
    href: rx.Var[str], name: rx.Var[str], tagline: rx.Var[str], logo: rx.Var[str], banner: rx.Var[str]
) -> rx.Component:
    """A shop's banner, logo, name and tagline."""
    image = el.img(
        src=picture_url(banner, 800),
        alt="",
        width="800",
        height="450",
        loading="lazy",
        class_name="size-full object-cover",
    )
    heading = el.h3(
        link(name, href=href, class_name=f"{_STRETCHED_LINK} group-hover:underline underline-offset-4 decoration-1"),
        class_name="truncate text-lg leading-tight",
    )
    return el.article(
        el.div(el.when(banner != "", image), class_name="aspect-video overflow-hidden bg-sunken"),
        el.div(
            shop_logo(logo, name, class_name="size-12 text-lg"),
            el.div(heading, el.p(tagline, class_name="truncate text-sm text-soft"), class_name="min-w-0"),
            class_name="flex items-center gap-3 p-4",
        ),
        class_name="group relative min-w-0 overflow-hidden rounded-card border border-line bg-raised",
    )


def skeleton_cards(count: int) -> rx.Component:
    """Placeholders while cards load."""
    return el.div(
        *(_skeleton() for _ in range(count)),
        custom_attrs={"aria-hidden": "true"},
        class_name=f"{GRID} show-after-200ms",
    )


def _picture_frame(
    image: rx.Component,
    picture: rx.Var[str],
    *,
    condition: rx.Var[str],
    sold_out: rx.Var[bool],
    holiday_text: rx.Var[str],
) -> rx.Component:
    placeholder = el.span(icon("image", size=28), class_name="absolute inset-0 grid place-items-center text-edge")
    label = "rounded-full bg-paper/95 px-2.5 py-1 text-xs font-medium text-ink"
    return el.div(
        rx.cond(picture != "", image, placeholder),
        el.div(
            el.when(sold_out, el.span(rx.cond(holiday_text, holiday_text, "Sold out"), class_name=label)),
            el.when(condition != "", el.span(condition, class_name=label)),
            class_name="absolute start-2 bottom-2 flex flex-wrap gap-1.5",
        ),
        class_name=rx.cond(sold_out, "opacity-75 ", "") + "relative aspect-4/5 overflow-hidden rounded-card bg-sunken",
    )


def _skeleton() -> rx.Component:
    return el.div(
        el.div(class_name="skeleton aspect-4/5"),
        el.div(class_name="skeleton mt-3 h-4 w-4/5"),
        el.div(class_name="skeleton mt-2 h-4 w-1/3"),
    )
