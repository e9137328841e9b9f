"""A made-up market of 1,000 products whose facts are known, and 60 queries that say which facts they ask for.

A product's facts decide how good an answer it is; its title words them as sellers do: in any order, joined or apart,
with a synonym, in German, or only in the description. Each description also names another kind of product, as
"goes well with" texts do.
"""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

PRODUCTS = 1000
SEED = 11
COLOURS = ("black", "white", "blue", "green", "red", "grey")
# By kind: what sellers call it, materials, and the details that buyers ask for, each in the spellings of sellers.
KINDS: Mapping[str, tuple[Sequence[str], Sequence[str], Sequence[Sequence[str]]]] = {
    "t-shirt": (("T-Shirt", "Tee", "Tshirt"), ("cotton", "linen"), (("size XL",), ("size S",))),
    "sofa": (("Sofa", "Couch"), ("velvet", "leather"), (("2-seater", "2 seater"), ("3-seater", "3 seater"))),
    "mug": (("Mug",), ("stoneware", "enamel"), (("350 ml", "350ml"), ("500 ml", "500ml"))),
    "knife": (("Bread Knife", "Bread knives, set"), ("steel", "ceramic"), (("20 cm", "20cm"), ("25 cm", "25cm"))),
    "drill": (("Drill Bit",), ("steel", "carbide"), (("10mm", "10 mm"), ("2.5mm", "2.5 mm"))),
    "puzzle": (("Puzzle", "Jigsaw Puzzle"), ("wooden", "cardboard"), (("1000 pieces", "1,000 pieces"), ("500 pieces",))),
    "poster": (("Poster",), ("paper", "canvas"), (("50×70 cm", "50x70"), ("30×40 cm", "30x40"))),
    "cable": (("Cable",), ("braided", "rubber"), (("USB-C", "USB C"), ("HDMI",))),
    "camera": (("Camera",), ("metal", "leather"), (("AE-1", "AE1"), ("FM2",))),
    "headphones": (("Headphones", "Head-Phones"), ("plastic", "leather"), (("WH-1000XM4",), ("K371",))),
    "table": (("Holztisch", "Tisch aus Holz"), ("Eiche", "Buche"), (("120 cm", "120cm"), ("80 cm", "80cm"))),
    "cup": (("Kaffeetasse", "Tasse für Kaffee"), ("Porzellan", "Steingut"), (("weiß",), ("schwarz",))),
    "coat": (("Women’s Coat", "Womens Coat", "Coat for women"), ("wool", "down"), (("long",), ("short",))),
    "ramekin": (("Crème Brûlée Ramekin", "Creme brulee ramekin"), ("porcelain", "glass"), (("set of 4",), ("set of 6",))),
    "shelf": (("Wall Shelf", "Wall shelves"), ("oak", "pine"), (("60 cm", "60cm"), ("90 cm", "90cm"))),
    "router": (("Wi-Fi Router", "WiFi router"), ("plastic", "metal"), (("AX3000",), ("AC1200",))),
    "curtain": (("Curtain", "Curtains, pair"), ("linen", "velvet"), (("blackout",), ("sheer",))),
    "toy": (("Mouse Toy", "Mice toys"), ("felt", "wool"), (("catnip",), ("rattle",))),
    "pipe": (("Pipe",), ("copper", "steel"), (("1/2 inch", "½ inch"), ("3/4 inch", "¾ inch"))),
    "bowl": (("Bowl",), ("stoneware", "walnut"), (("with lid",), ("2-pack", "pack of 2"))),
}  # fmt: skip
GERMAN = frozenset({"table", "cup"})
TEMPLATES = ("{material} {noun}, {detail}", "{noun} {detail} – {material}", "{detail} {noun} ({material})")


@dataclass(frozen=True)
class Product:
    """A product and its facts: `detail` is the index of its detail."""

    number: int
    kind: str
    material: str
    colour: str
    detail: int
    title: str
    description: str

    @property
    def language(self) -> str:
        """The language of its shop."""
        return "german" if self.kind in GERMAN else "english"


@dataclass(frozen=True)
class JudgedQuery:
    """A query and the facts that it asks for; empty or None where it asks for none."""

    text: str
    kind: str
    material: str = ""
    colour: str = ""
    detail: int | None = None

    def grade(self, product: Product) -> int:
        """0 for another kind, otherwise 1, and 3 with every fact asked for; 2 with some of them."""
        if product.kind != self.kind:
            return 0
        wanted = [
            product.material == self.material if self.material else None,
            product.colour == self.colour if self.colour else None,
            product.detail == self.detail if self.detail is not None else None,
        ]
        met = [fact for fact in wanted if fact is not None]
        return 3 if all(met) else 2 if any(met) else 1


def products() -> list[Product]:
    """The products, the same each time."""
    rng = random.Random(SEED)
    kinds = list(KINDS)
    made = []
    for number in range(PRODUCTS):
        kind, other = kinds[number % len(kinds)], kinds[(number + 1 + rng.randrange(len(kinds) - 1)) % len(kinds)]
        nouns, materials, details = KINDS[kind]
        material, colour, detail = rng.choice(materials), rng.choice(COLOURS), rng.randrange(len(details))
        title = rng.choice(TEMPLATES).format(
            material=material.capitalize(), noun=rng.choice(nouns), detail=rng.choice(details[detail])
        )
        goes_with = f"Goes well with our {rng.choice(KINDS[other][1])} {KINDS[other][0][0].lower()}."
        description = f"Colour: {colour}. {goes_with} Made to order, and sent within a week."
        made.append(Product(number, kind, material, colour, detail, title, description))
    return made


QUERIES = (
    JudgedQuery("tshirt", "t-shirt"),
    JudgedQuery("t-shirt cotton", "t-shirt", material="cotton"),
    JudgedQuery("linen tee", "t-shirt", material="linen"),
    JudgedQuery("t shirt xl", "t-shirt", detail=0),
    JudgedQuery("black t-shirt", "t-shirt", colour="black"),
    JudgedQuery("couch", "sofa"),
    JudgedQuery("velvet sofa", "sofa", material="velvet"),
    JudgedQuery("3 seater couch", "sofa", detail=1),
    JudgedQuery("leather 2-seater sofa", "sofa", material="leather", detail=0),
    JudgedQuery("gray sofa", "sofa", colour="grey"),
    JudgedQuery("mug", "mug"),
    JudgedQuery("stonewear mug", "mug", material="stoneware"),
    JudgedQuery("350ml mug", "mug", detail=0),
    JudgedQuery("enamel mugs 500 ml", "mug", material="enamel", detail=1),
    JudgedQuery("bread knife", "knife"),
    JudgedQuery("knives", "knife"),
    JudgedQuery("ceramic bread knife 20cm", "knife", material="ceramic", detail=0),
    JudgedQuery("10 mm drill bit", "drill", detail=0),
    JudgedQuery("drill 2.5mm", "drill", detail=1),
    JudgedQuery("carbide drill", "drill", material="carbide"),
    JudgedQuery("1000 piece puzzle", "puzzle", detail=0),
    JudgedQuery("wooden jigsaw", "puzzle", material="wooden"),
    JudgedQuery("kids puzzle 500 pieces", "puzzle", detail=1),
    JudgedQuery("50x70 poster", "poster", detail=0),
    JudgedQuery("poster 30 x 40", "poster", detail=1),
    JudgedQuery("canvas poster", "poster", material="canvas"),
    JudgedQuery("usbc cable", "cable", detail=0),
    JudgedQuery("usb-c braided cable", "cable", material="braided", detail=0),
    JudgedQuery("hdmi cable", "cable", detail=1),
    JudgedQuery("ae-1 camera", "camera", detail=0),
    JudgedQuery("camera ae1 leather", "camera", material="leather", detail=0),
    JudgedQuery("fm2", "camera", detail=1),
    JudgedQuery("headphnes", "headphones"),
    JudgedQuery("wh1000xm4", "headphones", detail=0),
    JudgedQuery("K371 headphones", "headphones", detail=1),
    JudgedQuery("holztisch", "table"),
    JudgedQuery("tisch eiche", "table", material="Eiche"),
    JudgedQuery("holz tisch 120 cm", "table", detail=0),
    JudgedQuery("tasse", "cup"),
    JudgedQuery("kaffeetasse weiss", "cup", detail=0),
    JudgedQuery("tasse porzellan schwarz", "cup", material="Porzellan", detail=1),
    JudgedQuery("womens coat", "coat"),
    JudgedQuery("women's wool coat", "coat", material="wool"),
    JudgedQuery("long coat women", "coat", detail=0),
    JudgedQuery("creme brulee", "ramekin"),
    JudgedQuery("crème brûlée glass", "ramekin", material="glass"),
    JudgedQuery("ramekins set of 6", "ramekin", detail=1),
    JudgedQuery("wall shelf oak", "shelf", material="oak"),
    JudgedQuery("shelves 90cm", "shelf", detail=1),
    JudgedQuery("wifi router", "router"),
    JudgedQuery("wi-fi router ax3000", "router", detail=0),
    JudgedQuery("curtains", "curtain"),
    JudgedQuery("blackout curtain linen", "curtain", material="linen", detail=0),
    JudgedQuery("mouse toy", "toy"),
    JudgedQuery("felt mice catnip", "toy", material="felt", detail=0),
    JudgedQuery("1/2 inch pipe", "pipe", detail=0),
    JudgedQuery("half inch copper pipe", "pipe", material="copper", detail=0),
    JudgedQuery("3/4 pipe", "pipe", detail=1),
    JudgedQuery("bowl with lid", "bowl", detail=0),
    JudgedQuery("2 pack bowl", "bowl", detail=1),
)  # fmt: skip
