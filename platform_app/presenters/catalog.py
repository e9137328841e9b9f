"""A listing's page as the app and the first paint show it.

It has all variants, so that choosing one needs no round trip.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from platform_app.domain.catalog import rules
from platform_app.domain.catalog.schemas import Category, Listing, Picture, Variant
from platform_app.domain.media import rules as media
from platform_app.domain.shared import money
from platform_app.domain.shops import rules as shop_rules
from platform_app.presenters import shops as shop_presenters
from platform_app.presenters.shared import LinkView, holiday_text

MIN_FRAME, MAX_FRAME = 0.8, 1.5  # of width to height: 4:5 and 3:2
_UNIT_NAMES = {"m2": "m²", "m3": "m³", "floz": "fl oz", "sqft": "sq ft", rules.ITEM_UNIT: "item"}


@dataclass(frozen=True)
class PictureView:
    """A picture in the gallery; `width` and `height` are the original's."""

    src: str
    srcset: str
    thumbnail: str
    alt: str
    colour: str
    width: int
    height: int


@dataclass(frozen=True)
class OptionView:
    """Something to choose, such as a size."""

    name: str
    labels: list[str]


@dataclass(frozen=True)
class VariantView:
    """A variant: `choice` has an index into each option's labels, `picture` is an index into the gallery or -1.

    `in_stock` is about the variant alone; `sold_out` is also true while the shop is on holiday. `alert_id` is the id of
    a variant that is not in stock, for whoever wants to hear when it is.
    """

    choice: list[int]
    price: str
    compare_at: str
    saving: str
    unit_price: str
    stock: str
    in_stock: bool
    sold_out: bool
    picture: int
    alert_id: str = ""


@dataclass(frozen=True)
class DetailView:
    """One line of the details."""

    name: str
    value: str


@dataclass(frozen=True)
class EndedListingView:
    """A listing that is no longer for sale: its title, and why."""

    title: str = ""
    reason: str = ""
    shop_href: str = ""
    shop_name: str = ""


@dataclass(frozen=True)
class OptionValueView:
    """A value of an option beside the others; it is unavailable if no variant with it and the others is in stock."""

    label: str
    is_selected: bool
    is_unavailable: bool


@dataclass(frozen=True)
class CategoryLinkView:
    """A category in a menu; `icon` is a Lucide name."""

    label: str
    href: str
    icon: str


@dataclass(frozen=True)
class ListingView:
    """A listing with everything on its page.

    `default_variant` is the index of the variant shown first, `frame` the ratio of the gallery's width to its height.
    """

    id: str = ""
    title: str = ""
    description: str = ""
    condition: str = ""
    pictures: list[PictureView] = field(default_factory=list)
    frame: str = "0.8"
    options: list[OptionView] = field(default_factory=list)
    variants: list[VariantView] = field(default_factory=list)
    default_variant: int = 0
    details: list[DetailView] = field(default_factory=list)
    shop_href: str = ""
    shop_name: str = ""
    shop_tagline: str = ""
    shop_country: str = ""
    shop_logo: str = ""
    holiday_note: str = ""
    report_href: str = ""
    delivery_terms: list[str] = field(default_factory=list)


def listing(found: Listing) -> ListingView:
    """A listing with everything on its page."""
    values = [_values(found, index) for index in range(len(found.options))]
    pictures = found.ready_pictures
    return ListingView(
        id=str(found.id),
        title=found.title,
        description=rules.sanitize_html(found.description),
        condition=found.condition.label,
        pictures=[_picture(picture, title=found.title) for picture in pictures],
        frame=_frame(pictures),
        options=[OptionView(name, each) for name, each in zip(found.options, values, strict=True)],
        variants=[_variant(variant, found=found, values=values, pictures=pictures) for variant in found.variants],
        default_variant=found.variants.index(found.default_variant),
        details=details(found.attributes),
        shop_href=f"/shops/{found.shop_slug}",
        shop_name=found.shop_name,
        shop_tagline=found.shop_tagline,
        shop_country=shop_rules.country_name(found.shop_country),
        shop_logo=found.shop_logo or "",
        holiday_note=found.holiday_note,
        report_href=f"/shops/{found.shop_slug}/{found.slug}/report" if found.slug else "",
        delivery_terms=shop_presenters.delivery_terms(found.delivery_terms, found.currency),
    )


def ended_listing(found: Listing) -> EndedListingView:
    """A listing that is no longer for sale: sold if nothing is left of it, otherwise ended by its seller."""
    is_sold = not any(variant.in_stock for variant in found.variants)
    return EndedListingView(
        title=found.title,
        reason="This item has been sold." if is_sold else "This listing has ended.",
        shop_href=f"/shops/{found.shop_slug}",
        shop_name=found.shop_name,
    )


def chosen_variant(found: ListingView, values: str) -> int:
    """The index of the variant with these values, such as "Blue/M", else of the default one.

    pages/catalog/variant_picker.js does the same in the browser.
    """
    labels = [option.labels for option in found.options]
    named = {"/".join(labels[at][value] for at, value in enumerate(each.choice)): each for each in found.variants}
    return found.variants.index(named[values]) if values in named and values else found.default_variant


def option_values(found: ListingView, option: int, *, choice: Sequence[int]) -> list[OptionValueView]:
    """The values of an option beside a choice; pages/catalog/variant_picker does the same in the browser."""
    available = {tuple(variant.choice) for variant in found.variants if variant.in_stock}
    return [
        OptionValueView(
            label,
            is_selected=index == choice[option],
            is_unavailable=(*choice[:option], index, *choice[option + 1 :]) not in available,
        )
        for index, label in enumerate(found.options[option].labels)
    ]


def details(attributes: Mapping[str, str]) -> list[DetailView]:
    """A listing's attributes."""
    return [DetailView(name, value) for name, value in attributes.items()]


def category_menu(tree: Sequence[Category]) -> list[CategoryLinkView]:
    """The top level of the category tree."""
    return [CategoryLinkView(each.name, f"/c/{each.slug}", each.icon) for each in tree if each.depth == 1]


def followers(count: int) -> str:
    """How many people have favourited a listing; empty if there are none."""
    if count <= 1:
        return "1 person likes this" if count else ""
    return f"{count:,} people like this"


def breadcrumbs(found: Category | None, tree: Sequence[Category]) -> list[LinkView]:
    """The path to a category, from the top level down to the category itself."""
    names = {each.slug: each.name for each in tree}
    return [LinkView(names[slug], f"/c/{slug}") for slug in found.path] if found else []


def _values(found: Listing, index: int) -> list[str]:
    """The distinct values of an option, in the seller's order."""
    return list(dict.fromkeys(variant.choice[index] for variant in found.variants if index < len(variant.choice)))


def _variant(
    variant: Variant, *, found: Listing, values: Sequence[list[str]], pictures: Sequence[Picture]
) -> VariantView:
    picture_ids = [picture.id for picture in pictures]
    return VariantView(
        choice=[each.index(value) for each, value in zip(values, variant.choice, strict=False)],
        price=money.format_money(variant.price, found.currency) if variant.price else "",  # not entered yet
        compare_at=money.format_money(variant.former_price, found.currency) if variant.former_price else "",
        saving=f"Save {variant.discount_percent}%" if variant.former_price else "",
        unit_price=_unit_price(variant, found.currency),
        stock=holiday_text(found.holiday_until) or rules.stock_label(variant.available),
        in_stock=variant.in_stock,
        sold_out=not found.can_be_bought(variant),
        picture=picture_ids.index(variant.picture_id) if variant.picture_id in picture_ids else -1,
        alert_id="" if variant.in_stock else str(variant.id),
    )


def _unit_price(variant: Variant, currency: str) -> str:
    """The price of what the variant contains, such as `$12.50 / l` or `$0.80 / 100 ml`; empty without one."""
    if variant.unit_price is None:
        return ""
    amount, base = variant.unit_price
    number, _, unit = base.partition(" ")
    name = _UNIT_NAMES.get(unit, unit) + ("s" if unit == rules.ITEM_UNIT and number != "1" else "")
    return f"{money.format_money(amount, currency)} / {name if number == '1' else f'{number} {name}'}"


def _frame(pictures: Sequence[Picture]) -> str:
    """The first picture's ratio of width to height, within limits: the frame is as wide as the page's column."""
    ratio = (pictures[0].width or 1) / (pictures[0].height or 1) if pictures else MIN_FRAME
    return f"{min(max(ratio, MIN_FRAME), MAX_FRAME):.3g}"


def _picture(picture: Picture, *, title: str) -> PictureView:
    width = picture.width or 1
    sizes = media.widths(width)
    base = f"/media/pictures/{picture.content}"
    return PictureView(
        src=f"{base}/{max((size for size in sizes if size <= 800), default=sizes[0])}.webp",
        srcset=", ".join(f"{base}/{size}.webp {size}w" for size in sizes),
        thumbnail=f"{base}/{sizes[0]}.webp",
        alt=picture.alt or title,
        colour=picture.colour or "",
        width=width,
        height=picture.height or 1,
    )
