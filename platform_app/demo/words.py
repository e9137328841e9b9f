"""Generated listings for the demo's shops: the same shop and index always give the same listing."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b
from typing import NamedTuple

from platform_app.demo.colours import COLOURS
from platform_app.demo.goods import GOODS
from platform_app.demo.phrases import (
    CARE,
    CLOSING,
    CONDITION_NOTES,
    COUNTRY_NAMES,
    LEADS,
    MADE_OF,
    MAKING,
    SCENES,
    SERIES,
    TINTED,
)
from platform_app.demo.shops import DemoShop
from platform_app.demo.trade import Goods

_ENDINGS = (0, 0, 50, 90, 0, 50)
# The chance of each out of 256, for goods that are also sold used.
_CONDITIONS = ((200, "new"), (218, "used_like_new"), (238, "used_good"), (256, "refurbished"))


class DemoCategory(NamedTuple):
    """A category; top-level ones have an icon, a Lucide name."""

    slug: str
    name: str
    parent: str | None
    position: int
    icon: str | None = None


class DemoPicture(NamedTuple):
    """A picture by kind, colour and composition; `option` is its colour if the listing has a choice of colours."""

    kind: str
    colour: str
    composition: int
    alt: str
    option: str | None


class DemoVariant(NamedTuple):
    """One combination of option values; `price` is in minor units."""

    values: tuple[str, ...]
    price: int
    sku: str
    quantity: int


class DemoListing(NamedTuple):
    """A listing; prices are US dollars in minor units."""

    title: str
    description: str
    category: str
    tags: tuple[str, ...]
    kind: str
    condition: str
    price: int
    compare_at: int | None
    attributes: tuple[tuple[str, str], ...]
    options: tuple[tuple[str, tuple[str, ...]], ...]
    variants: tuple[DemoVariant, ...]
    pictures: tuple[DemoPicture, ...]
    age_days: int


_TREE = (
    (
        "home-living",
        "Home & living",
        "lamp",
        "vases-planters:Vases & planters lighting:Lighting cushions-throws:Cushions & throws rugs:Rugs",
    ),
    ("furniture", "Furniture", "armchair", "chairs:Chairs stools:Stools tables:Tables shelving:Shelving"),
    (
        "kitchen-pantry",
        "Kitchen & pantry",
        "utensils",
        "mugs:Mugs bowls-plates:Bowls & plates teapots:Teapots boards-knives:Boards & knives coffee-tea:Coffee & tea oils-honey:Oils & honey",
    ),
    (
        "clothing",
        "Clothing",
        "shirt",
        "tops:Tops & shirts knitwear:Knitwear dresses:Dresses trousers:Trousers hats-scarves:Hats & scarves shoes:Shoes",
    ),
    (
        "bags-leather",
        "Bags & leather",
        "shopping-bag",
        "tote-bags:Tote bags backpacks:Backpacks wallets:Wallets belts:Belts",
    ),
    (
        "jewellery-watches",
        "Jewellery & watches",
        "gem",
        "necklaces:Necklaces earrings:Earrings rings:Rings watches:Watches",
    ),
    ("bath-body", "Bath & body", "droplet", "soaps:Soaps skincare:Skincare candles:Candles"),
    ("paper-prints", "Paper & prints", "book-open", "notebooks:Notebooks pens:Pens prints:Prints"),
    (
        "sound-cameras",
        "Sound & cameras",
        "camera",
        "headphones:Headphones speakers:Speakers film-cameras:Film cameras cycling:Cycling",
    ),
    ("toys", "Toys", "blocks", "building-blocks:Building blocks toy-vehicles:Toy vehicles stacking-toys:Stacking toys"),
)


def _tree() -> tuple[DemoCategory, ...]:
    rows: list[DemoCategory] = []
    for position, (slug, name, icon, children) in enumerate(_TREE):
        rows.append(DemoCategory(slug, name, None, position, icon))
        parts = children.split(":")
        slugs = [parts[0], *(part.rsplit(" ", 1)[1] for part in parts[1:-1])]
        names = [*(part.rsplit(" ", 1)[0] for part in parts[1:-1]), parts[-1]]
        rows += [DemoCategory(child, title, slug, i) for i, (child, title) in enumerate(zip(slugs, names, strict=True))]
    return tuple(rows)


CATEGORIES: tuple[DemoCategory, ...] = _tree()


def listing(shop: DemoShop, index: int) -> DemoListing:
    """The shop's listing at an index."""
    dice = blake2b(f"{shop.slug}/{index}".encode(), digest_size=48).digest()
    kind = shop.kinds[index % len(shop.kinds)]
    goods = GOODS[kind]
    colours = _colours(shop.palette, kind, dice[0], dice[1])
    materials = _materials(goods, colours[0])
    material = materials[dice[2] % len(materials)]
    noun = goods.nouns[dice[3] % len(goods.nouns)]
    condition = _condition(dice[4]) if goods.worn else "new"
    if condition != "new":
        colours = colours[:1]
    price = _price(goods, dice[5] * 256 + dice[6], dice[7], condition)
    options = _options(goods, colours, condition)
    return DemoListing(
        title=_title(goods, kind, noun, material, colours[0], dice),
        description=_description(goods, material, colours[0], condition, dice),
        category=goods.category,
        tags=_tags(goods.family, noun, material, colours[0]),
        kind=kind,
        condition=condition,
        price=price,
        compare_at=_rounded(price * (115 + dice[9] % 30) // 100, 0) if dice[8] < 31 else None,
        attributes=(
            ("Material", material.capitalize()),
            ("Colour", colours[0]),
            ("Made in", COUNTRY_NAMES[shop.country]),
        ),
        options=options,
        variants=_variants(goods, options, price, f"{_prefix(shop.slug)}-{index:05d}", condition, dice),
        pictures=_pictures(kind, noun, colours, dice),
        age_days=min(dice[10] * 256 + dice[11], dice[12] * 256 + dice[13]) % 401,
    )


@lru_cache(maxsize=4096)
def _shared(palette: tuple[str, ...], kind: str) -> tuple[str, ...]:
    """The shop's colours that suit the kind, or all the kind's colours if too few do."""
    own = COLOURS[kind]
    both = tuple(colour for colour in palette if colour in own)
    return both if len(both) >= 3 else own


def _colours(palette: tuple[str, ...], kind: str, start: int, spread: int) -> tuple[str, ...]:
    choice = _shared(palette, kind)
    count = min(len(choice), (1, 1, 2, 2, 3)[spread % 5])
    return tuple(choice[(start + i) % len(choice)] for i in range(count))


def _materials(goods: Goods, colour: str) -> tuple[str, ...]:
    return MADE_OF.get(colour, goods.materials) if goods.family in ("wood", "jewel") else goods.materials


def _condition(roll: int) -> str:
    return next(name for limit, name in _CONDITIONS if roll < limit)


def _price(goods: Goods, roll: int, ending: int, condition: str) -> int:
    # Squaring the roll makes high prices rarer.
    whole = goods.low * 100 + (goods.high - goods.low) * 100 * roll * roll // 65536 // 65536
    return _rounded(whole if condition == "new" else whole * 7 // 10, ending)


def _rounded(minor: int, ending: int) -> int:
    return max(100, minor // 100 * 100) + _ENDINGS[ending % len(_ENDINGS)]


def _title(goods: Goods, kind: str, noun: str, material: str, colour: str, dice: bytes) -> str:
    shade = _shade(kind, colour)
    coming_in = _coming_in(kind, colour)
    series = SERIES[dice[14] % len(SERIES)]
    leads = LEADS[goods.family]
    lead = leads[dice[15] % len(leads)]
    pattern = dice[16] % 6
    if pattern == 0:
        title = f"{series} {noun}, {material}"
    elif pattern == 1:
        title = f"{lead} {noun}{coming_in}"
    elif pattern == 2:
        title = f"{series} {noun}{coming_in}"
    elif pattern == 3:
        title = f"{lead} {noun}, {material}, {shade}"
    elif pattern == 4:
        title = f"{noun.capitalize() if noun != 'T-shirt' else noun} “{series}”, {shade}"
    else:
        title = f"{lead} {series} {noun}, {shade}"
    return title if len(title) <= 70 else f"{series} {noun}, {shade}"


def _description(goods: Goods, material: str, colour: str, condition: str, dice: bytes) -> str:
    making, care = MAKING[goods.family], CARE[goods.family]
    made = making[dice[17] % len(making)].format(
        material=material, Material=material.capitalize(), colour=colour.lower()
    )
    fact = goods.facts[dice[18] % len(goods.facts)]
    measure = goods.measures[dice[19] % len(goods.measures)]
    parts = [f"{fact} {made}" if dice[20] % 2 else f"{made} {fact}", measure]
    if condition != "new":
        parts.insert(1, CONDITION_NOTES[condition])
    parts[-1] += f" {care[dice[21] % len(care)]}"
    if dice[22] % 3:
        parts.append(CLOSING[dice[23] % len(CLOSING)])
    return "\n\n".join(parts)


@lru_cache(maxsize=8192)
def _tags(family: str, noun: str, material: str, colour: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((noun.lower(), material, colour.lower(), LEADS[family][0].lower(), "small batch")))


def _options(goods: Goods, colours: tuple[str, ...], condition: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """The options of a listing: a used item has none; a new one can have colours and sizes."""
    colour = (("Colour", colours),) if len(colours) > 1 else ()
    size = ((goods.size_name, goods.sizes),) if goods.sizes and condition == "new" else ()
    return colour + size


def _variants(
    goods: Goods, options: tuple[tuple[str, tuple[str, ...]], ...], price: int, sku: str, condition: str, dice: bytes
) -> tuple[DemoVariant, ...]:
    gone = dice[24] < 10
    if not options:
        quantity = 0 if gone else 1 if condition != "new" else dice[25] % 24
        return (DemoVariant((), price, sku, quantity),)
    rows: list[DemoVariant] = []
    sized = options[-1][0] != "Colour"
    sizes: tuple[str | None, ...] = options[-1][1] if sized else (None,)
    colours: tuple[str | None, ...] = options[0][1] if options[0][0] == "Colour" else (None,)
    step = price * goods.size_step // 100
    for colour in colours:
        for position, size in enumerate(sizes):
            values = tuple(value for value in (colour, size) if value is not None)
            roll = dice[26 + len(rows) % 22]
            quantity = 0 if gone or roll < 24 else roll % 19 + 1
            dearer = price + step * position // 50 * 50
            rows.append(DemoVariant(values, dearer, f"{sku}-{len(rows) + 1}", quantity))
    return tuple(rows)


def _shade(kind: str, colour: str) -> str:
    """The colour as a word of the title: the product's, or its label's."""
    tinted = TINTED.get(kind)
    return f"{colour.lower()} {tinted}" if tinted else colour.lower()


def _coming_in(kind: str, colour: str) -> str:
    return f", {_shade(kind, colour)}" if kind in TINTED else f" in {colour.lower()}"


@lru_cache(maxsize=1024)
def _prefix(slug: str) -> str:
    return "".join(part[:2] for part in slug.split("-")).upper()


def _pictures(kind: str, noun: str, colours: tuple[str, ...], dice: bytes) -> tuple[DemoPicture, ...]:
    """One picture per colour, the first in any composition, then other views of the first colour."""
    lead = (0, 0, 1, 1, 2)[dice[46] % 5]
    choice = len(colours) > 1
    rows = [
        _picture(kind, noun, colour, lead if i == 0 else 0, colour if choice else None)
        for i, colour in enumerate(colours)
    ]
    extra = min(dice[45] % 3, 4 - len(rows))
    rows += [
        _picture(kind, noun, colours[0], (lead + i) % 3, colours[0] if choice else None) for i in range(1, extra + 1)
    ]
    return tuple(rows)


@lru_cache(maxsize=16384)
def _picture(kind: str, noun: str, colour: str, composition: int, option: str | None) -> DemoPicture:
    alt = f"{noun[0].upper()}{noun[1:]}{_coming_in(kind, colour)}, {SCENES[composition]}"
    return DemoPicture(kind, colour, composition, alt, option)
