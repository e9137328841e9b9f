"""Kitchen, pantry and wash stand: board, knife, oil, tea, coffee, honey, soap, serum and candle."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from platform_app.demo.kit import (
    Kind,
    Point,
    Ramp,
    Stance,
    at,
    ellipse,
    flat,
    form,
    grain,
    hollow,
    line,
    outline,
    oval,
    path,
    poly,
    rounded,
    smooth,
    tilt,
    turned,
)
from platform_app.demo.palette import BRASS, CORK, DARK, EARTH, LEAF, OAK, SOFT, STEEL, WOOD, Tones, mix, tones
from platform_app.demo.shapes_textiles import fold

AMBER = tones("#8a4f22")
GLASS = Ramp(
    (
        (0, "#ffffff", 0.34),
        (0.12, "#ffffff", 0.1),
        (0.3, "#ffffff", 0.32),
        (0.5, "#ffffff", 0.04),
        (0.9, "#2a2420", 0.14),
        (1, "#ffffff", 0.26),
    )
)


def wrap(radius: float, low: float, high: float, *, share: float = 0.94) -> str:
    """A label's outline round the front of a cylinder."""
    r = radius * share
    dip_low, dip_high = radius * tilt(low) * 0.92, radius * tilt(high) * 0.92
    return (
        f"M{-r:.1f} {-low:.1f}C{-r * 0.6:.1f} {-low + dip_low:.1f} {r * 0.6:.1f} {-low + dip_low:.1f} {r:.1f} {-low:.1f}"
        f"V{-high:.1f}C{r * 0.6:.1f} {-high + dip_high:.1f} {-r * 0.6:.1f} {-high + dip_high:.1f} {-r:.1f} {-high:.1f}Z"
    )


def _emblem(x: float, y: float, t: Tones, rng: Random, *, scale: float = 1) -> str:
    """A small wordless mark and the lines where the words would be."""
    ink = mix(t.base, t.deep, 0.4)
    marks = (
        path(ellipse(0, -8, 15, 15), ink),
        path("M0 8C-20 -4 -16 -26 0 -32C16 -26 20 -4 0 8Z", ink),
        path("M-17 6A17 17 0 0 1 17 6Z", ink) + line("M-24 10H24", ink, 3),
    )
    words = (
        line("M-34 28H34", t.deep, 4.4, opacity=0.8)
        + line("M-22 40H22", t.deep, 2.4, opacity=0.55)
        + line("M-28 50H28", t.deep, 2.4, opacity=0.55)
    )
    return at(x, y, rng.choice(marks) + words, scale=scale)


def _label(radius: float, low: float, high: float, t: Tones, rng: Random, *, scale: float = 1) -> str:
    d = wrap(radius, low, high)
    paper = tones("#efe6d4")
    centre = -(low + high) / 2 + radius * tilt(low) * 0.66
    return (
        path(d, form(paper)) + line(d, t.deep, 1.2, opacity=0.25) + _emblem(0, centre - 8 * scale, t, rng, scale=scale)
    )


def cutting_board(t: Tones, rng: Random) -> str:
    """Leaning, with its handle up and a leather loop."""
    d = "M-150 0H150C160 0 166 -8 166 -20V-330C166 -372 140 -384 96 -392C52 -400 46 -424 44 -470C42 -506 20 -520 0 -520C-20 -520 -42 -506 -44 -470C-46 -424 -52 -400 -96 -392C-140 -384 -166 -372 -166 -330V-20C-166 -8 -160 0 -150 0Z"
    hole = ellipse(0, -476, 16, 16)
    strips = "".join(
        path(f"M{x} -372H{x + w}V-2H{x}Z", mix(t.base, t.deep, 0.55), opacity=0.55) for x, w in ((-108, 22), (74, 40))
    )
    thong = line("M0 -476C-44 -540 -36 -590 0 -594C36 -590 44 -540 4 -478", "#7a4a30", 6)
    edge = f'<g transform="translate(9 -3)">{path(d, t.deep)}</g>'
    return (
        thong
        + edge
        + path(d, flat(t))
        + strips
        + path(d, grain(rng, t, upright=True, opacity=0.4))
        + path(hole, "#4b3a2d")
        + line("M-7 -488A16 16 0 0 1 14 -484", t.deep, 3)
    )


def knife(t: Tones, rng: Random) -> str:
    """A cook's knife across a folded cloth."""
    cloth = tones("#e6dcc8")
    towel = poly([(-170, -236), (126, -268), (176, 220), (-120, 252)])
    stripes = "".join(
        line(
            f"M{-150 + i * 16} {-238 - i * 1.7:.0f}L{-100 + i * 16} {250 - i * 1.7:.0f}",
            "#8c9c80",
            6,
            cap="butt",
            opacity=0.7,
        )
        for i in (0, 1, 3, 15, 17)
    )
    blade = "M-302 44C-240 -8 -160 -26 -60 -28H46V44H-180C-230 44 -270 46 -302 44Z"
    steel = Ramp(
        ((0, STEEL.pale), (0.35, "#dcdcd8"), (0.5, STEEL.base), (0.78, "#e9e8e3"), (1, STEEL.shade)), (0, 0, 0.15, 1)
    )
    handle = "M66 -28C120 -32 200 -30 262 -22C286 -16 288 20 270 34C250 44 226 20 190 16C150 12 110 18 66 14Z"
    rivets = "".join(
        path(ellipse(x, -6, 6, 6), BRASS.light) + line(ellipse(x, -6, 6, 6), BRASS.deep, 1.4) for x in (100, 158, 216)
    )
    bolster = path("M40 -29H72V18L46 44H40Z", Ramp(((0, STEEL.pale), (0.5, STEEL.base), (1, STEEL.deep))))
    shade = (
        '<g transform="translate(8 14)">'
        + path(blade, "#2a2420", opacity=0.24)
        + path(handle, "#2a2420", opacity=0.24)
        + "</g>"
    )
    tool = (
        shade
        + path(blade, steel)
        + line("M-296 42C-230 36 -120 34 40 34", "#ffffff", 2, opacity=0.7)
        + path(handle, flat(t, angle=(0, 0, 0, 1)))
        + path(handle, grain(rng, t))
        + bolster
        + rivets
    )
    return (
        path(towel, flat(cloth))
        + stripes
        + fold("M-20 -252L30 236", cloth, width=24)
        + at(0, 0, tool, turn=rng.uniform(-36, -28))
    )


def oil(t: Tones, rng: Random) -> str:
    profile: list[Point] = [(84, 0), (96, 8), (98, 30), (98, 270), (88, 312), (44, 352), (32, 392), (32, 442)]
    inside = tones("#6f7433")
    return (
        path(outline(profile), form(inside))
        + path(outline(profile), GLASS)
        + at(0, -430, turned([(36, 0), (37, 4), (37, 20), (35, 24)], CORK))
        + at(0, -454, turned([(26, 0), (26, 30), (22, 34)], CORK))
        + _label(98, 70, 236, t, rng, scale=1.2)
        + path(wrap(35, 400, 424, share=1), form(t))
        + line("M-80 -60V-280C-76 -310 -50 -336 -36 -350", "#ffffff", 6, opacity=0.35)
    )


def tea_tin(t: Tones, rng: Random) -> str:
    body: list[Point] = [(122, 0), (126, 4), (126, 250)]
    lid: list[Point] = [(130, 248), (131, 252), (131, 308), (127, 314)]
    band = path(wrap(126, 24, 40, share=1), form(BRASS)) + path(wrap(126, 214, 224, share=1), form(BRASS))
    knob = turned([(14, 316), (16, 326), (24, 336), (22, 350), (8, 356)], BRASS)
    return (
        turned(body, t)
        + band
        + _label(126, 62, 194, t, rng, scale=1.25)
        + turned(lid, t)
        + path(oval(118, 315), mix(t.base, t.light, 0.6))
        + knob
    )


def coffee_bag(t: Tones, rng: Random) -> str:
    kraft = tones(mix("#c9a982", t.base, 0.1)) if rng.random() < 0.4 else t
    d = "M-140 -6C-152 -120 -146 -300 -138 -404H138C146 -300 152 -120 140 -6C80 6 -80 6 -140 -6Z"
    gusset = "M138 -404C146 -300 152 -120 140 -6L168 -26C174 -140 170 -290 160 -398Z"
    top = "M-138 -404L-130 -452H134L160 -398L138 -404Z"
    roll = path(rounded(-136, -456, 290, 34, 9), flat(kraft, angle=(0, 0, 0, 1))) + line(
        "M-134 -424H150", kraft.deep, 2, opacity=0.4
    )
    tie = path(rounded(-146, -446, 310, 12, 5), "#e9dfcb") + path(rounded(-148, -447, 26, 14, 5), DARK.shade)
    paper = path("M-92 -322H92V-112H-92Z", flat(tones("#efe6d4"))) + _emblem(0, -236, t, rng, scale=1.55)
    valve = path(ellipse(0, -362, 13, 13), kraft.deep, opacity=0.5) + line(
        ellipse(0, -362, 13, 13), kraft.deep, 2, opacity=0.6
    )
    creases = (
        fold("M-120 -390Q-96 -200 -128 -10", kraft, width=22)
        + fold("M116 -380Q92 -200 120 -10", kraft, width=22)
        + fold("M-100 -40Q0 -70 110 -36", kraft, width=22)
    )
    return (
        path(gusset, kraft.shade)
        + line("M150 -400C160 -280 160 -140 154 -18", kraft.deep, 3, opacity=0.4)
        + path(top, kraft.shade)
        + path(d, flat(kraft))
        + creases
        + roll
        + tie
        + paper
        + valve
    )


def honey(t: Tones, rng: Random) -> str:
    jar: list[Point] = [(112, 0), (128, 14), (132, 50), (132, 196), (118, 226), (104, 236), (104, 252)]
    gold = tones("#d08f2b")
    glow = Ramp(((0, "#f7c65a", 0.85), (0.6, "#e0a23a", 0.3), (1, "#a8681a", 0)), (0.34, 0.5, 0.6, 0), True)
    cloth = "M-118 -246C-140 -220 -150 -206 -158 -196C-120 -180 120 -180 158 -196C150 -206 140 -220 118 -246Z"
    cap: list[Point] = [(114, 244), (118, 252), (116, 284), (106, 294)]
    pleats = "".join(line(f"M{x * 0.8:.0f} -244L{x} -190", t.deep, 3, opacity=0.25) for x in range(-140, 150, 20))
    string = line("M-116 -240Q0 -212 116 -240", "#b98a55", 6) + line(
        "M14 -226C30 -200 26 -186 20 -176M14 -226C0 -204 -2 -190 -10 -180", "#b98a55", 4
    )
    return (
        path(outline(jar), form(gold))
        + path(outline(jar), glow)
        + path(outline(jar), GLASS)
        + _label(132, 46, 168, tones("#c88420"), rng, scale=1.1)
        + line("M-116 -40V-190", "#ffffff", 7, opacity=0.4)
        + path(cloth, form(t))
        + pleats
        + turned(cap, t)
        + path(oval(106, 293), mix(t.base, t.light, 0.5))
        + string
    )


def soap(t: Tones, rng: Random) -> str:
    """Two bars, one on top of the other, on a ridged wooden dish."""
    dish = (
        path("M-200 -18H200L184 8H-184Z", OAK.shade)
        + path("M-200 -18L-178 -62H178L200 -18Z", flat(OAK))
        + "".join(line(f"M{x} -20L{x * 0.89:.0f} -60", OAK.deep, 5, opacity=0.45) for x in range(-170, 180, 34))
    )
    other = tones(mix(t.base, "#f2e9da", 0.66))
    return (
        dish
        + at(8, -40, _bar(other, rng, marbled=False))
        + at(-12, -146, _bar(t, rng, marbled=True), turn=rng.uniform(-4, 2))
        + at(126, -46, _herb())
    )


def _bar(t: Tones, rng: Random, *, marbled: bool) -> str:
    top = "M-136 -78C-132 -98 -124 -118 -104 -120H104C124 -118 132 -98 136 -78Z"
    front = rounded(-140, -92, 280, 92, 22)
    swirl = ""
    if marbled:
        for _ in range(5):
            y = rng.uniform(-80, -14)
            points = [(x, y + rng.uniform(-13, 13)) for x in range(-130, 140, 44)]
            swirl += line(smooth(points), t.pale, rng.uniform(2, 6), opacity=0.5)
    flecks = "".join(
        path(ellipse(rng.uniform(-126, 126), rng.uniform(-84, -10), 1.8, 1.4), t.deep, opacity=0.5) for _ in range(22)
    )
    stamp = (
        line(rounded(-54, -72, 108, 52, 8), t.deep, 2.4, opacity=0.35)
        + at(0, -38, path("M0 8C-16 -2 -12 -20 0 -26C12 -20 16 -2 0 8Z", t.deep, opacity=0.35))
        if marbled
        else ""
    )
    return (
        path(top, t.light)
        + path(front, flat(t, angle=(0, 0, 0.6, 1)))
        + swirl
        + flecks
        + stamp
        + line("M-118 -92H118", t.pale, 4, opacity=0.7)
    )


def _herb() -> str:
    body = line("M0 0C20 -30 50 -60 62 -110", LEAF.shade, 3)
    for step in range(5):
        x, y = 12 + step * 11, -18 - step * 20
        for turn in (-40, 76):
            body += at(x, y, path("M0 0C-7 -7 -6 -19 0 -27C6 -19 7 -7 0 0Z", LEAF.base), turn=turn)
    return body


def serum(t: Tones, rng: Random) -> str:
    body: list[Point] = [(96, 0), (106, 8), (108, 24), (108, 196), (98, 222), (60, 240), (46, 248)]
    collar: list[Point] = [(46, 246), (47, 250), (47, 292), (44, 298)]
    bulb: list[Point] = [(24, 298), (30, 306), (32, 360), (28, 392), (10, 404)]
    return (
        path(outline(body), form(AMBER))
        + path(outline(body), Ramp(((0, "#d58a44", 0.7), (1, "#d58a44", 0)), (0.38, 0.6, 0.5, 0), True))
        + path(outline(body), GLASS)
        + _label(108, 34, 164, t, rng, scale=1.15)
        + turned(collar, tones("#2f2b29") if rng.random() < 0.4 else BRASS)
        + path(outline(bulb), form(t))
        + "".join(line(f"M{x} -252V-290", "#2a2420", 1.6, opacity=0.3) for x in range(-40, 46, 8))
        + line("M-92 -40V-190", "#ffffff", 6, opacity=0.35)
    )


def candle(t: Tones, rng: Random) -> str:
    """A poured candle in a glazed vessel, lit."""
    cup: list[Point] = [(112, 0), (124, 10), (128, 60), (128, 226)]
    wax = tones("#f1e6cf")
    mouth = ellipse(0, -214, 119, 119 * tilt(226) * 0.94)
    pool = Ramp(((0, "#fff3cf"), (0.5, "#f8e3b4"), (1, wax.shade)), (0.5, 0.5, 0.6, 0), True)
    halo = Ramp(((0, "#ffdf9a", 0.6), (0.4, "#ffd98c", 0.2), (1, "#ffd98c", 0)), (0.5, 0.5, 0.5, 0), True)
    flame = "M0 -224C-16 -240 -14 -262 0 -292C14 -262 16 -240 0 -224Z"
    core = "M0 -226C-8 -236 -7 -248 0 -262C7 -248 8 -236 0 -226Z"
    return (
        path(ellipse(0, -262, 130, 130), halo)
        + hollow(cup, t, wall=8)
        + path(mouth, pool)
        + line("M0 -208V-234", "#3a2c22", 4)
        + path(flame, Ramp(((0, "#ffd073"), (0.6, "#fff0c0"), (1, "#f2a541")), (0, 0, 0, 1)))
        + path(core, "#fffaf0")
        + _label(128, 44, 168, t, rng, scale=1.2)
    )


KINDS: Mapping[str, Kind] = {
    "cutting board": Kind(cutting_board, (-182, -610, 186, 14), Stance.STAND, WOOD[:5], (0, -330), 158, 0.08, 0.04),
    "knife": Kind(knife, (-300, -290, 300, 290), Stance.LAY, WOOD, (-40, 20), 0, 0.0),
    "olive oil": Kind(oil, (-112, -505, 112, 36), Stance.STAND, EARTH, (0, -220), 92, 0.1),
    "tea tin": Kind(tea_tin, (-144, -372, 144, 44), Stance.STAND, EARTH, (0, -200), 124, 0.1),
    "coffee bag": Kind(coffee_bag, (-160, -470, 182, 16), Stance.STAND, EARTH, (10, -260), 150, 0.2, 0.06),
    "honey jar": Kind(honey, (-170, -330, 170, 44), Stance.STAND, SOFT, (0, -170), 116, 0.1),
    "soap": Kind(soap, (-214, -286, 226, 18), Stance.STAND, SOFT, (0, -150), 190, 0.2, 0.06),
    "serum": Kind(serum, (-122, -420, 122, 40), Stance.STAND, EARTH, (0, -190), 104, 0.1),
    "candle": Kind(candle, (-146, -400, 146, 44), Stance.STAND, EARTH, (0, -190), 118, 0.1),
}
