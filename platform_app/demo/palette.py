"""The demo's named colours, the materials that keep their own colour, and the backdrops each looks well on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

INK = "#2a2420"
LIGHT = "#fff8ec"


@dataclass(frozen=True, slots=True)
class Colour:
    """A named product colour: its swatch and the backdrops it may stand on."""

    name: str
    hex: str
    backdrops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tones:
    """Five values of one colour, from the lit side to the shaded side."""

    pale: str
    light: str
    base: str
    shade: str
    deep: str


BACKDROPS: Mapping[str, str] = {
    "paper": "#e7dfd2",
    "sand": "#dccbb4",
    "blush": "#e2c9bb",
    "clay": "#c79b84",
    "mist": "#c9cfc0",
    "fog": "#c5cdd1",
    "stone": "#cdc6bd",
    "straw": "#e0cd9f",
    "moss": "#98a08a",
}


def _colour(name: str, value: str, backdrops: str) -> Colour:
    return Colour(name=name, hex=value, backdrops=tuple(backdrops.split()))


COLOURS: Mapping[str, Colour] = {
    colour.name: colour
    for colour in (
        _colour("Terracotta", "#b9603f", "paper sand blush"),
        _colour("Sage", "#8c9c80", "paper blush sand"),
        _colour("Ink", "#333a45", "stone fog sand"),
        _colour("Oat", "#ddcdb2", "clay mist stone"),
        _colour("Clay", "#c08f74", "paper mist stone"),
        _colour("Mustard", "#cb9a3b", "paper fog stone"),
        _colour("Dusk blue", "#6f869c", "sand paper straw"),
        _colour("Rose", "#cb9189", "mist paper fog"),
        _colour("Chalk", "#eee8dc", "clay fog moss"),
        _colour("Moss", "#5f6b45", "sand paper blush"),
        _colour("Plum", "#6d4352", "blush stone paper"),
        _colour("Charcoal", "#4a4744", "stone paper mist"),
        _colour("Tan", "#b07f50", "paper mist fog"),
        _colour("Chestnut", "#7a4a30", "sand paper mist"),
        _colour("Oak", "#c9a273", "mist stone paper"),
        _colour("Walnut", "#77513a", "sand paper mist"),
        _colour("Ash", "#dcc6a3", "clay moss fog"),
        _colour("Cherry", "#a8653f", "paper fog sand"),
        _colour("Gold", "#cda45a", "blush stone clay"),
        _colour("Silver", "#b9b8b4", "clay moss blush"),
        _colour("Rose gold", "#cf9a80", "mist stone fog"),
    )
}

EARTH = ("Terracotta", "Sage", "Oat", "Clay", "Mustard", "Dusk blue", "Chalk", "Charcoal")
CLOTH = ("Oat", "Ink", "Sage", "Terracotta", "Dusk blue", "Rose", "Moss", "Mustard")
SOFT = ("Rose", "Oat", "Sage", "Plum", "Dusk blue", "Mustard", "Chalk", "Clay")
LEATHER = ("Tan", "Chestnut", "Ink", "Oat", "Moss", "Plum", "Terracotta", "Charcoal")
WOOD = ("Oak", "Walnut", "Ash", "Cherry", "Ink", "Sage", "Terracotta", "Chalk")
METAL = ("Gold", "Silver", "Rose gold")


def mix(first: str, second: str, share: float) -> str:
    """The colour `share` of the way from first to second."""
    pairs = ((int(first[i : i + 2], 16), int(second[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def tones(value: str) -> Tones:
    """Warm light and a cool-brown shade of a colour."""
    return Tones(
        pale=mix(value, LIGHT, 0.5),
        light=mix(value, LIGHT, 0.24),
        base=value,
        shade=mix(value, INK, 0.26),
        deep=mix(value, INK, 0.52),
    )


OAK = tones("#c6a176")
WALNUT = tones("#6f4c37")
BRASS = tones("#c39b55")
STEEL = tones("#a9aaa8")
PAPER = tones("#f1eadc")
LEAF = tones("#6a7d54")
DARK = tones("#3a3532")
CORK = tones("#c19b72")
