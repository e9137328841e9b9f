"""Devices: headphones, speaker, camera and watch."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin
from random import Random

from platform_app.demo.kit import (
    Kind,
    Ramp,
    Stance,
    Tile,
    at,
    ellipse,
    flat,
    grain,
    line,
    path,
    rounded,
    tube,
    turned,
)
from platform_app.demo.palette import BRASS, COLOURS, DARK, LEATHER, OAK, STEEL, WALNUT, Tones, mix, tones
from platform_app.demo.shapes_textiles import stitches

DEVICE = ("Oat", "Ink", "Sage", "Terracotta", "Charcoal", "Chalk", "Dusk blue", "Mustard")


def headphones(t: Tones, _rng: Random) -> str:
    """Hung on a small oak stand."""
    foot = turned([(108, 0), (112, 4), (112, 20), (108, 25)], OAK)
    post = turned([(13, 22), (13, 440)], OAK)
    rest = path(rounded(-46, -466, 92, 40, 18), flat(OAK))
    band = "M-146 -190C-176 -360 -110 -486 0 -486C110 -486 176 -360 146 -190"
    pad = "M-104 -424C-74 -470 -36 -480 0 -480C36 -480 74 -470 104 -424"
    arms = "".join(
        line(f"M{s * 149} -250V-170", STEEL.shade, 11) + line(f"M{s * 149 - 2} -250V-170", STEEL.pale, 4)
        for s in (-1, 1)
    )
    return (
        foot
        + post
        + rest
        + line(band, t.deep, 21)
        + line(band, t.base, 15)
        + line(band, t.light, 5, opacity=0.6)
        + line(pad, t.deep, 32)
        + line(pad, mix(t.base, t.shade, 0.5), 25)
        + stitches("M-96 -428C-70 -466 -34 -474 0 -474C34 -474 70 -466 96 -428", tones(t.pale))
        + arms
        + _cup(t, -1)
        + _cup(t, 1)
    )


def _cup(t: Tones, side: int) -> str:
    x = side * 140
    cushion = path(
        rounded(x - side * 34 - 22, -248, 44, 152, 22), Ramp(((0, DARK.shade), (0.4, DARK.light), (1, DARK.deep)))
    )
    shell = path(
        rounded(x - 24 + side * 8, -256, 48, 168, 24), Ramp(((0, t.base), (0.3, t.light), (0.7, t.base), (1, t.deep)))
    )
    ring = line(rounded(x - 13 + side * 15, -232, 26, 120, 13), BRASS.base, 2.4, opacity=0.9)
    return cushion + shell + ring


def speaker(t: Tones, rng: Random) -> str:
    """A fabric front in a wooden cabinet."""
    wood = WALNUT if rng.random() < 0.5 else OAK
    grille = rounded(-178, -232, 356, 202, 26)
    mesh = Tile(
        f'<circle cx="3" cy="3" r="1.7" fill="{t.deep}" fill-opacity=".55"/><circle cx="7" cy="7" r="1.7" fill="{t.deep}" fill-opacity=".4"/>',
        8,
        8,
    )
    cabinet = rounded(-204, -258, 408, 250, 34)
    top = "M-178 -256C-168 -282 -160 -290 -140 -290H140C160 -290 168 -282 178 -256Z"
    knobs = "".join(at(x, -274, turned([(20, 0), (20, 14)], BRASS)) for x in (80, 134))
    feet = "".join(path(rounded(x - 22, -14, 44, 14, 5), DARK.base) for x in (-140, 140))
    handle = tube("M-150 -276C-150 -360 150 -360 150 -276", tones("#8a5636"), 15)
    cones = "".join(line(ellipse(x, -131, r, r), t.deep, 3, opacity=0.2) for x in (-84, 84) for r in (62, 24))
    return (
        feet
        + path(top, flat(tones(wood.light)))
        + knobs
        + handle
        + path(cabinet, flat(wood))
        + path(cabinet, grain(rng, wood, opacity=0.45))
        + line(grille, wood.deep, 6, opacity=0.7)
        + path(grille, flat(t))
        + cones
        + path(grille, mesh)
        + path(rounded(-26, -62, 52, 10, 5), BRASS.base)
    )


def camera(t: Tones, _rng: Random) -> str:
    """A film camera with a leatherette body."""
    metal = Ramp(((0, "#efeeea"), (0.3, "#d3d2cd"), (0.75, "#aeada8"), (1, "#84837f")), (0, 0, 0, 1))
    body = rounded(-216, -250, 432, 250, 30)
    hide = Tile(
        f'<circle cx="3" cy="3" r="1.5" fill="{t.pale}" fill-opacity=".3"/><circle cx="7" cy="7" r="1.5" fill="{t.deep}" fill-opacity=".5"/>',
        8,
        8,
    )
    band = rounded(-216, -188, 432, 140, 4)
    prism = "M-78 -248L-56 -302C-52 -310 -46 -312 -38 -312H38C46 -312 52 -310 56 -302L78 -248Z"
    dials = (
        at(-146, -250, turned([(34, 0), (34, 22)], STEEL))
        + at(146, -250, turned([(30, 0), (30, 18)], STEEL))
        + at(96, -250, turned([(13, 0), (13, 12)], BRASS))
    )
    knurl = "".join(line(f"M{x} -250V-268", "#2a2420", 1.4, opacity=0.4) for x in range(-176, -116, 5))
    finder = path(rounded(-26, -296, 52, 34, 6), "#33302e") + path(
        rounded(-20, -291, 40, 24, 4), Ramp(((0, "#7d8c94"), (1, "#2e3337")), (0, 0, 1, 1))
    )
    strap = line("M-214 -206C-300 -210 -312 -60 -262 -14C-236 6 -190 18 -150 14", "#6d4027", 15) + line(
        "M-214 -209C-300 -213 -310 -64 -262 -18", "#94613d", 5, opacity=0.8
    )
    return (
        strap
        + dials
        + knurl
        + path(prism, metal)
        + path(body, metal)
        + path(band, flat(t))
        + path(band, hide)
        + line("M-216 -188H216M-216 -48H216", "#2a2420", 2, opacity=0.35)
        + finder
        + path(rounded(128, -228, 44, 24, 6), "#e9dfc8")
        + path(ellipse(-180, -218, 8, 8), "#b9603f")
        + _lens()
    )


def _lens() -> str:
    y = -118.0
    barrel = Ramp(((0, "#6b6764"), (0.4, "#3a3734"), (1, "#1e1c1b")), (0, 0, 1, 1))
    glass = Ramp(((0, "#8fa3ad"), (0.35, "#4a5a66"), (0.75, "#20262c"), (1, "#14171a")), (0.4, 0.36, 0.66, 0), True)
    marks = "".join(
        line(
            f"M{cos(radians(a)) * 92:.1f} {y + sin(radians(a)) * 92:.1f}L{cos(radians(a)) * 100:.1f} {y + sin(radians(a)) * 100:.1f}",
            "#e8e2d4",
            2,
            opacity=0.7,
        )
        for a in range(0, 360, 15)
    )
    return (
        path(ellipse(6, y + 10, 118, 118), "#2a2420", opacity=0.25)
        + path(ellipse(0, y, 114, 114), Ramp(((0, "#f1f0ec"), (1, "#8c8b87")), (0, 0, 1, 1)))
        + path(ellipse(0, y, 106, 106), barrel)
        + marks
        + path(ellipse(0, y, 84, 84), "#171615")
        + line(ellipse(0, y, 80, 80), "#8a8580", 2)
        + path(ellipse(0, y, 68, 68), glass)
        + path("M-44 -142A52 52 0 0 1 -6 -170C-8 -150 -24 -140 -44 -142Z", "#ffffff", opacity=0.35)
        + path(ellipse(26, y + 28, 10, 7), "#c58f6e", opacity=0.5)
    )


def watch(t: Tones, rng: Random) -> str:
    """Laid flat on its strap."""
    metal = STEEL if rng.random() < 0.5 else BRASS
    strap = "M-52 -110L-44 -330C-42 -350 42 -350 44 -330L52 -110Z"
    tail = "M-52 110L-42 350C-38 372 38 372 42 350L52 110Z"
    holes = "".join(path(ellipse(0, y, 4.5, 6), t.deep) for y in range(210, 340, 30))
    buckle = (
        line(rounded(-58, -356, 116, 46, 12), metal.shade, 12)
        + line(rounded(-58, -356, 116, 46, 12), metal.light, 5)
        + line("M0 -352V-300", metal.base, 7)
    )
    case = Ramp(((0, metal.pale), (0.5, metal.base), (1, metal.deep)), (0, 0, 1, 1))
    dial = tones(rng.choice(("#f2ecdf", "#2f3a44", "#e5dcc8")))
    seams = "".join(
        line(f"M{s * 42} -120L{s * 35} -300M{s * 42} 120L{s * 33} 344", t.pale, 2, dash="7 4", opacity=0.8, cap="butt")
        for s in (-1, 1)
    )
    lugs = "".join(path(rounded(x - 9, y - 22, 18, 44, 6), case) for x in (-56, 56) for y in (-108, 108))
    drawing = (
        path(strap, flat(t))
        + path(tail, flat(t))
        + seams
        + holes
        + buckle
        + lugs
        + path(rounded(118, -14, 24, 28, 6), case)
        + path(ellipse(0, 0, 124, 124), case)
        + path(ellipse(0, 0, 110, 110), metal.deep)
        + path(ellipse(0, 0, 106, 106), Ramp(((0, dial.pale), (1, dial.base)), (0, 0, 1, 1)))
        + _hours(dial)
        + path("M-84 -62A104 104 0 0 1 40 -96C0 -70 -50 -40 -84 -62Z", "#ffffff", opacity=0.18)
    )
    return at(0, 0, drawing, turn=rng.uniform(-24, 20))


def _hours(dial: Tones) -> str:
    ink = "#f2ecdf" if dial.base == "#2f3a44" else "#3a3532"
    ticks = "".join(
        line(
            f"M{sin(radians(a)) * 82:.1f} {-cos(radians(a)) * 82:.1f}L{sin(radians(a)) * 95:.1f} {-cos(radians(a)) * 95:.1f}",
            ink,
            5 if a % 90 == 0 else 2.6,
            cap="butt",
        )
        for a in range(0, 360, 30)
    )
    hands = line("M0 0L-46 -32", ink, 7) + line("M0 0L50 -64", ink, 5) + line("M-10 18L30 -60", "#b9603f", 2)
    return ticks + hands + path(ellipse(0, 0, 7, 7), ink)


_STRAP = tuple(name for name in LEATHER if name in COLOURS)

KINDS: Mapping[str, Kind] = {
    "headphones": Kind(headphones, (-196, -512, 196, 32), Stance.STAND, DEVICE, (30, -260), 108, 0.1),
    "speaker": Kind(speaker, (-216, -366, 216, 26), Stance.STAND, DEVICE, (-40, -160), 190, 0.12, 0.05),
    "camera": Kind(camera, (-322, -330, 230, 44), Stance.STAND, DEVICE, (10, -140), 196, 0.12, 0.05),
    "watch": Kind(watch, (-240, -390, 240, 390), Stance.LAY, _STRAP, (10, 0), 0, 0.1),
}
