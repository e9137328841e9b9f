"""The demo's twelve shops, and generated ones for any further index."""

from __future__ import annotations

from dataclasses import dataclass

from platform_app.domain.shops.schemas import DeliveryTerms


@dataclass(frozen=True, slots=True)
class DemoShop:
    """A shop's public profile and its products."""

    slug: str
    name: str
    tagline: str
    about: str
    country: str
    kinds: tuple[str, ...]
    palette: tuple[str, ...]
    look: str = ""  # the slug of the shop whose logo and banner it uses, if not its own


def _about(*paragraphs: str) -> str:
    return "\n\n".join(paragraphs)


SHOPS: tuple[DemoShop, ...] = (
    DemoShop(
        "fernhollow-pottery",
        "Fernhollow Pottery",
        "Stoneware for the everyday table",
        _about(
            "Two wheels, one gas kiln and a shed at the bottom of a damp green lane. We throw tableware in small batches "
            "and fire it to 1,260 °C so that it can live in the dishwasher and not only on the shelf.",
            "Our glazes are mixed here from ash, chalk and local red clay. They break over an edge and pool in a curve, "
            "so two mugs from one firing are cousins rather than twins.",
            "We open the kiln every third Friday. What comes out well is listed the same weekend; seconds are marked as such.",
        ),
        "GB",
        ("mug", "bowl", "plate", "teapot", "vase", "plant pot"),
        ("Sage", "Oat", "Terracotta", "Dusk blue", "Chalk", "Charcoal"),
    ),
    DemoShop(
        "low-meadow-weavers",
        "Low Meadow Weavers",
        "Cushions, throws and rugs in honest wool",
        _about(
            "We weave on four narrow looms in a former dairy, with wool from flocks within a day's drive. The yarn is spun "
            "for us by a mill that has done little else since 1911.",
            "Patterns start as strips of painted paper pinned over the looms. Most are dropped. The few that stay are woven "
            "for years, so you can come back for a second cushion and have it match.",
        ),
        "IE",
        ("cushion", "throw", "rug"),
        ("Rose", "Oat", "Sage", "Dusk blue", "Mustard", "Plum"),
    ),
    DemoShop(
        "tidewater-clothing",
        "Tidewater Clothing",
        "Plain, well-cut clothes in linen and cotton",
        _about(
            "Tidewater makes a small wardrobe and keeps making it: a shirt, a T-shirt, a dress, a pair of trousers. We change "
            "the cloth with the season and leave the patterns alone once they fit.",
            "Everything is cut and sewn in a workshop of eleven people. Seams are felled, buttons are shanked, and there is "
            "always a spare one sewn inside the hem.",
            "If something wears out sooner than it should, send it back and we will mend it.",
        ),
        "PT",
        ("t-shirt", "shirt", "dress", "trousers"),
        ("Dusk blue", "Oat", "Ink", "Terracotta", "Sage", "Rose"),
    ),
    DemoShop(
        "north-fold-knits",
        "North Fold Knits",
        "Jumpers and hats that outlast winters",
        _about(
            "A family of knitters on a windy coast. We use undyed and plant-dyed wool, knit it slightly tighter than is "
            "fashionable, and wash every piece once before it leaves so that it arrives the size it will stay.",
            "Ribs are knitted, not cut. Collars are linked by hand, stitch by stitch, which takes nine minutes and cannot be "
            "hurried.",
        ),
        "NO",
        ("jumper", "beanie", "scarf"),
        ("Moss", "Oat", "Ink", "Mustard", "Terracotta", "Dusk blue"),
    ),
    DemoShop(
        "harrow-and-hide",
        "Harrow & Hide",
        "Bags, belts and wallets cut from whole skins",
        _about(
            "We buy vegetable-tanned leather by the side and cut it ourselves, belts from the back, wallets from the shoulder, "
            "so that very little is left on the floor.",
            "Edges are bevelled, dyed and burnished with beeswax. Stitching is a saddle stitch in waxed linen: if one thread "
            "ever goes, the other holds.",
            "Scars and growth lines are part of the hide. We place them with care rather than cut around them.",
        ),
        "IT",
        ("wallet", "belt", "tote bag", "backpack", "shoes"),
        ("Tan", "Chestnut", "Ink", "Moss", "Oat", "Plum"),
    ),
    DemoShop(
        "quire-and-quill",
        "Quire & Quill",
        "Paper, pens and prints for slow afternoons",
        _about(
            "A stationer and a printmaker share this shop and a very old guillotine. Notebooks are sewn in sections so that they "
            "lie flat; prints are pulled in editions small enough to number by hand.",
            "We test papers with the inks we like to write with, and we say so when one of them feathers.",
        ),
        "BE",
        ("notebook", "pen", "print"),
        ("Ink", "Terracotta", "Sage", "Mustard", "Dusk blue", "Charcoal"),
    ),
    DemoShop(
        "alder-row-joinery",
        "Alder Row Joinery",
        "Small furniture with proper joints",
        _about(
            "Chairs, stools, tables and shelves from timber we can name the wood of. Joints are wedged or pegged, seats are woven "
            "in paper cord, and the finish is a hard oil you can renew yourself on a Sunday.",
            "Each piece is made to order in about three weeks and leaves flat only if it was meant to. The maker's initials are "
            "under the seat.",
        ),
        "DK",
        ("chair", "stool", "side table", "shelf", "lamp"),
        ("Oak", "Walnut", "Ash", "Cherry", "Sage", "Chalk"),
    ),
    DemoShop(
        "larder-lane",
        "Larder Lane",
        "A well-kept shelf and the tools beside it",
        _about(
            "We started with one stall and eleven jars. The shop is larger now but the rule is the same: we list what we would "
            "finish ourselves, with the harvest or roast date on the label.",
            "Coffee is roasted on Tuesdays and posted on Wednesdays. Honey is strained, never heated. The boards and knives come "
            "from two makers we visit every year.",
        ),
        "FR",
        ("coffee bag", "tea tin", "honey jar", "olive oil", "cutting board", "knife"),
        ("Mustard", "Terracotta", "Sage", "Oat", "Charcoal", "Clay"),
    ),
    DemoShop(
        "saltbox-apothecary",
        "Saltbox Apothecary",
        "Soap, oils and candles in plain words",
        _about(
            "Cold-process soap, a short list of facial oils and candles poured in vessels worth keeping. Ingredients are printed in "
            "full and in plain words, on the front if there is room.",
            "Soap cures for six weeks on cedar racks before we wrap it. Candles are rapeseed and coconut wax with cotton wicks, "
            "burned through in our own kitchen before a scent is listed.",
        ),
        "GB",
        ("soap", "serum", "candle"),
        ("Clay", "Sage", "Oat", "Mustard", "Chalk", "Dusk blue"),
    ),
    DemoShop(
        "second-signal",
        "Second Signal",
        "Cameras and sound, repaired and guaranteed",
        _about(
            "We buy tired equipment, open it up, and put it right. Light seals, capacitors, foams, shutters: every repair is listed on "
            "a card that comes in the box, with the readings we took afterwards.",
            "Some things we sell new, from small makers whose parts we know we can get. All of it carries a year's guarantee.",
            "Grades are cautious. If we write good, most people would write very good.",
        ),
        "DE",
        ("camera", "headphones", "speaker", "bicycle bell"),
        ("Charcoal", "Oat", "Ink", "Terracotta", "Sage", "Mustard"),
    ),
    DemoShop(
        "wren-and-ore",
        "Wren & Ore",
        "Quiet jewellery and watches, made at one bench",
        _about(
            "Recycled gold and silver, small stones with a known source, and a bench by a north-facing window. Pieces are sawn, soldered "
            "and polished by the same pair of hands.",
            "Rings can be resized once at no cost. Chains are sold by their true length, clasp included.",
        ),
        "NL",
        ("ring", "necklace", "earrings", "watch"),
        ("Gold", "Silver", "Rose gold"),
    ),
    DemoShop(
        "pocket-of-acorns",
        "Pocket of Acorns",
        "Wooden toys that survive younger siblings",
        _about(
            "Toys in beech and maple, shaped on a lathe and sanded until nothing catches. Colours are water-based and rubbed in, so the "
            "grain still shows and nothing flakes.",
            "We design for hands before screens: heavy enough to stack, round enough to drop, simple enough to become something else by "
            "the afternoon.",
        ),
        "SE",
        ("toy blocks", "toy car", "stacking rings"),
        ("Terracotta", "Sage", "Mustard", "Dusk blue", "Rose", "Clay"),
    ),
)

_FIRST = (
    "Amber Ash Barley Bay Birch Bramble Briar Brook Cedar Chalk Clover Copper Coral Cove Dale Dove Dune Elder Elm Ember Fable Fallow Fern "
    "Field Finch Flint Ford Gorse Grove Harbour Hazel Heath Heron Holly Iris Ivy Juniper Kelp Lark Linden Loam Maple Marsh Meadow Mill Moor "
    "Oak Olive Orchard Pebble Pine Plover Quarry Reed Rowan Rush Sable Sorrel Thistle Thrush Willow"
).split()
_SECOND = (
    "Acre Anchor Arch Bank Barn Beam Bell Bench Bridge Candle Cart Chapel Coast Common Corner Cottage Court Cross Door Eave Ferry Fold Gable "
    "Garden Gate Glen Hall Hearth Hedge Hill Hollow House Island Kiln Ladder Landing Lane Lantern Ledge Lodge Loft Market Mast Needle Nook "
    "Paddock Path Pier Point Pond Porch Quay Ridge Row Shore Spire Steps Stone Terrace Tower Yard"
).split()
_LAST = (
    "Studio|Workshop|Goods|Makers|Supply|Works|Atelier|Trading|& Daughters|& Sons|Collective|Craft|Stores|Rooms|Company|Bureau|Exchange|"
    "Provisions|Editions|Projects|Mercantile|& Friends|Handmade|Objects|Outfitters|Assembly|Traders|Union|Depot|Guild"
).split("|")
_COUNTRIES = (
    "GB",
    "IE",
    "FR",
    "DE",
    "NL",
    "BE",
    "DK",
    "SE",
    "NO",
    "FI",
    "PT",
    "ES",
    "IT",
    "AT",
    "US",
    "CA",
    "JP",
    "AU",
)
_OPENINGS = (
    "{name} began at a kitchen table and now fills a rented room with good light.",
    "{name} is two people, a van and more shelves than either of them planned.",
    "{name} took over from a maker who retired, and kept the tools, the suppliers and most of the habits.",
    "{name} is a small workshop that sells what it makes and very little else.",
    "{name} grew out of a Saturday stall that kept running out before noon.",
)
_HABITS = (
    "We list in small batches, photograph each one as it is, and answer messages the same day on weekdays.",
    "Parcels leave twice a week in recycled card, with paper instead of plastic.",
    "If something arrives other than you hoped, write to us first: we would rather put it right than argue about it.",
    "New pieces appear on the first Thursday of the month; older ones stay until they find someone.",
)
# A step coprime to the number of names visits every name once before repeating one.
_NAMES = len(_FIRST) * len(_SECOND) * len(_LAST)
_STEP = 48_271


# What the shops say about delivery and returns, in turn; amounts are in US cents.
TERMS = (
    DeliveryTerms(
        delivery_cost=490, free_delivery_from=5000, delivery_days_from=3, delivery_days_to=5, returns_days=30
    ),
    DeliveryTerms(delivery_cost=0, delivery_days_from=4, delivery_days_to=8, returns_days=14),
    DeliveryTerms(delivery_cost=650, delivery_days_from=2, delivery_days_to=4, returns_days=30),
    DeliveryTerms(
        delivery_cost=790, free_delivery_from=12000, delivery_days_from=5, delivery_days_to=10, returns_days=0
    ),
)


def shop(index: int) -> DemoShop:
    """The shop at an index: first the twelve, then generated ones; slugs are unique up to 100,000."""
    return SHOPS[index] if index < len(SHOPS) else _invented(index)


def _invented(index: int) -> DemoShop:
    rest, first = divmod(index * _STEP % _NAMES, len(_FIRST))
    last, second = divmod(rest, len(_SECOND))
    words = (_FIRST[first], _SECOND[second], _LAST[last])
    name = " ".join(words)
    model = SHOPS[index % len(SHOPS)]
    turn = index // len(SHOPS) % len(model.palette)
    palette = model.palette[turn:] + model.palette[:turn]
    return DemoShop(
        slug="-".join(words).lower().replace("& ", "and-"),
        name=name,
        tagline=model.tagline,
        about=_about(
            _OPENINGS[index // 3 % len(_OPENINGS)].format(name=name),
            model.about.split("\n\n")[1],
            _HABITS[index // 5 % len(_HABITS)],
        ),
        country=_COUNTRIES[index % len(_COUNTRIES)],
        kinds=model.kinds,
        palette=palette,
        look=model.slug,
    )
