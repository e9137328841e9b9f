"""The colours of each kind of product."""

from __future__ import annotations

from collections.abc import Mapping

EARTH = ("Terracotta", "Sage", "Oat", "Clay", "Mustard", "Dusk blue", "Chalk", "Charcoal")
CLOTH = ("Oat", "Ink", "Sage", "Terracotta", "Dusk blue", "Rose", "Moss", "Mustard")
SOFT = ("Rose", "Oat", "Sage", "Plum", "Dusk blue", "Mustard", "Chalk", "Clay")
LEATHER = ("Tan", "Chestnut", "Ink", "Oat", "Moss", "Plum", "Terracotta", "Charcoal")
LACQUER = ("Ink", "Terracotta", "Sage", "Mustard", "Plum", "Dusk blue", "Charcoal", "Chestnut")
WOOD = ("Oak", "Walnut", "Ash", "Cherry", "Ink", "Sage", "Terracotta", "Chalk")
BOARD = ("Oak", "Walnut", "Ash", "Cherry", "Ink")
CASING = ("Oat", "Ink", "Sage", "Terracotta", "Charcoal", "Chalk", "Dusk blue", "Mustard")
METAL = ("Gold", "Silver", "Rose gold")
ENAMEL = (*METAL, "Terracotta", "Sage", "Oat", "Clay", "Mustard")
TOY = ("Terracotta", "Sage", "Mustard", "Dusk blue", "Rose", "Plum", "Moss", "Clay")

_KINDS = {
    EARTH: "mug|vase|bowl|plate|teapot|plant pot|notebook|print|lamp|olive oil|tea tin|coffee bag|serum|candle",
    SOFT: "cushion|rug|honey jar|soap",
    CLOTH: "throw|t-shirt|shirt|dress|jumper|trousers|beanie|scarf|tote bag|backpack",
    LEATHER: "wallet|belt|shoes|watch",
    LACQUER: "pen",
    WOOD: "chair|stool|side table|shelf|knife",
    BOARD: "cutting board",
    CASING: "headphones|speaker|camera",
    METAL: "necklace|earrings|ring",
    TOY: "toy blocks|toy car|stacking rings",
    ENAMEL: "bicycle bell",
}
COLOURS: Mapping[str, tuple[str, ...]] = {
    kind: colours for colours, kinds in _KINDS.items() for kind in kinds.split("|")
}
