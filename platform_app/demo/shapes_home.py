"""Furniture and light: chair, stool, side table, shelf and lamp."""

from __future__ import annotations

from collections.abc import Mapping
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
    hollow,
    line,
    outline,
    oval,
    path,
    poly,
    rounded,
    turned,
    weave,
)
from platform_app.demo.palette import BRASS, EARTH, PAPER, WOOD, Tones, mix, tones


def _leg(x1: float, y1: float, x2: float, y2: float, t: Tones, *, thick: float = 19, thin: float = 13) -> str:
    """A tapering leg from its top to its foot."""
    d = poly([(x1 - thick / 2, y1), (x1 + thick / 2, y1), (x2 + thin / 2, y2), (x2 - thin / 2, y2)])
    return path(d, Ramp(((0, t.base), (0.3, t.light), (0.62, t.base), (1, t.deep))))


def _cord(t: Tones) -> Tile:
    """Woven paper cord."""
    cord = tones(mix("#d9c29a", t.base, 0.12))
    body = path("M0 0H16V12H0Z", cord.shade)
    for x, y in ((0, 0), (8, 6)):
        body += path(rounded(x, y + 0.6, 8, 4.8, 2), cord.light) + path(
            rounded(x - 8 if x else 8, y + 0.6, 8, 4.8, 2), cord.base
        )
    return Tile(body, 16, 12)


def chair(t: Tones, rng: Random) -> str:
    back = tones(mix(t.base, t.shade, 0.4))
    seat = "M-132 -262L-150 -214C-152 -202 -146 -198 -136 -198H136C146 -198 152 -202 150 -214L132 -262Z"
    woven = "M-118 -256L-134 -212H134L118 -256Z"
    rail = "M-128 -556C-60 -576 60 -576 128 -556C134 -530 132 -500 126 -476C60 -494 -60 -494 -126 -476C-132 -500 -134 -530 -128 -556Z"
    spindles = "".join(
        line(f"M{x * 1.02} -488L{x * 0.9:.0f} -262", t.deep, 9)
        + line(f"M{x * 1.02 - 1.5} -488L{x * 0.9 - 1.5:.0f} -262", t.light, 4)
        for x in (-72, -36, 0, 36, 72)
    )
    return (
        _leg(-104, -262, -112, -58, back, thick=16)
        + _leg(104, -262, 112, -58, back, thick=16)
        + line("M-112 -130H112", back.deep, 9)
        + spindles
        + _leg(-116, -520, -124, -250, t, thick=15, thin=18)
        + _leg(116, -520, 124, -250, t, thick=15, thin=18)
        + path(rail, flat(t))
        + path(rail, grain(rng, t))
        + _leg(-134, -206, -152, 0, t)
        + _leg(134, -206, 152, 0, t)
        + line("M-143 -96H143", t.deep, 11)
        + line("M-143 -98H143", t.base, 7)
        + path(seat, flat(t, angle=(0, 0, 0.3, 1)))
        + path(woven, _cord(t))
        + path("M-150 -214C-152 -202 -146 -198 -136 -198H136C146 -198 152 -202 150 -214Z", t.shade)
    )


def stool(t: Tones, rng: Random) -> str:
    top = [(140.0, 296.0), (150, 300), (152, 318), (148, 328)]
    back = tones(mix(t.base, t.shade, 0.5))
    face = oval(148, 328)
    return (
        _leg(-74, -300, -100, -44, back, thick=18)
        + _leg(74, -300, 100, -44, back, thick=18)
        + line("M-92 -112H92", back.deep, 12)
        + _leg(-104, -300, -148, 0, t, thick=24, thin=15)
        + _leg(104, -300, 148, 0, t, thick=24, thin=15)
        + line("M-134 -92H134", t.deep, 14)
        + line("M-134 -94H134", t.base, 9)
        + turned(top, t)
        + path(face, Ramp(((0, t.light), (1, t.base))))
        + path(face, grain(rng, t))
    )


def side_table(t: Tones, rng: Random) -> str:
    top = [(196.0, 380.0), (206, 386), (208, 402), (204, 408)]
    back = tones(mix(t.base, t.shade, 0.5))
    face = oval(204, 408)
    low = [(150.0, 118.0), (154, 120), (154, 130)]
    book = at(
        -20,
        -420,
        path(poly([(-84, 0), (84, 0), (84, -18), (-84, -18)]), "#8c9c80")
        + path(poly([(-84, -18), (84, -18), (70, -46), (-70, -46)]), "#9eac92")
        + line("M-82 -4H82", PAPER.base, 5, cap="butt"),
    )
    cup = at(14, -452, hollow([(24, 0), (32, 8), (34, 52)], tones("#c58f6e"), wall=4))
    return (
        _leg(-60, -384, -66, -40, back, thick=16)
        + _leg(60, -384, 66, -40, back, thick=16)
        + turned(low, t)
        + path(oval(154, 130), grain(rng, t))
        + _leg(-146, -384, -162, 0, t, thick=20, thin=15)
        + _leg(146, -384, 162, 0, t, thick=20, thin=15)
        + turned(top, t)
        + path(face, Ramp(((0, t.light), (1, t.base))))
        + path(face, grain(rng, t))
        + (book + cup if rng.random() < 0.75 else "")
    )


def shelf(t: Tones, rng: Random) -> str:
    """Two boards on brass brackets, with a few things on them."""
    things = _books(-150, -22, rng) + at(
        64, -22, hollow([(30, 0), (46, 20), (44, 60), (20, 84), (24, 104)], tones("#c08f74"), wall=5)
    )
    below = at(-88, 196, turned([(40, 0), (56, 22), (52, 58), (46, 64)], tones("#8c9c80"))) + _books(30, 196, rng)
    boards = ""
    for y in (-22, 196):
        boards += path(f"M-220 {y - 14}H220L206 {y - 30}H-206Z", t.light)
    fronts = ""
    for y in (-22, 196):
        edge = f"M-220 {y - 14}H220V{y + 12}H-220Z"
        fronts += (
            path(edge, flat(t))
            + path(edge, grain(rng, t))
            + path(f"M-212 {y + 12}H212L206 {y + 22}H-206Z", "#2a2420", opacity=0.2)
        )
        for x in (-168, 168):
            fronts += line(f"M{x} {y + 12}V{y + 60}", BRASS.deep, 8) + line(
                f"M{x - 1} {y + 12}V{y + 60}", BRASS.light, 4
            )
    return boards + things + below + fronts


def _books(x: float, y: float, rng: Random) -> str:
    body = ""
    for _ in range(rng.randint(4, 5)):
        width, height = rng.randint(17, 30), rng.randint(96, 136)
        t = tones(rng.choice(("#b9603f", "#ddcdb2", "#6f869c", "#5f6b45", "#cb9a3b", "#e9e1d2", "#4a4744", "#cb9189")))
        spine = rounded(x, y - 14 - height, width, height, 2)
        body += path(spine, Ramp(((0, t.shade), (0.3, t.light), (1, t.shade)))) + line(
            f"M{x + 3} {y - height + 6}h{width - 6}M{x + 3} {y - height + 12}h{width - 6}", t.deep, 1.4, opacity=0.6
        )
        x += width + 1.5
    return body


def lamp(t: Tones, _rng: Random) -> str:
    """A turned base under a pleated linen shade that is lit from inside."""
    base = [(96.0, 0.0), (108, 8), (118, 60), (100, 128), (52, 176), (24, 196), (22, 206)]
    neck = [(9.0, 200.0), (9, 270)]
    linen = tones("#eadfc9")
    shade = "M-176 -258A176 34 0 0 0 176 -258L112 -468A112 18 0 0 0 -112 -468Z"
    warm = Ramp(((0, "#fff1cf"), (0.5, "#f7dfae", 0.75), (1, "#e2c490", 0)), (0.46, 0.62, 0.62, 0), True)
    pleats = "".join(
        line(
            f"M{x} {-258 + 34 * (1 - (x / 176) ** 2) ** 0.5:.0f}L{x * 0.636:.0f} {-468 + 18 * (1 - (x / 176) ** 2) ** 0.5:.0f}",
            linen.deep,
            2.2,
            opacity=0.2,
        )
        for x in range(-168, 176, 14)
    )
    return (
        turned(base, t)
        + path(outline(base), weave(t.deep, pitch=26, opacity=0.04))
        + turned(neck, BRASS)
        + path(ellipse(0, -262, 172, 30), "#c9a468")
        + path(shade, Ramp(((0, linen.base), (0.35, linen.pale), (0.7, linen.base), (1, linen.shade))))
        + path(shade, warm)
        + pleats
        + path(ellipse(0, -468, 112, 18), "#f6e6c4")
        + path(ellipse(0, -466, 104, 15), "#dcbf8b")
        + line("M-176 -258A176 34 0 0 0 176 -258", linen.shade, 4)
        + line("M-112 -468A112 18 0 0 0 112 -468", linen.shade, 3)
    )


KINDS: Mapping[str, Kind] = {
    "chair": Kind(chair, (-176, -590, 176, 16), Stance.FLOOR, WOOD, (10, -330), 165, 0.1, 0.1),
    "stool": Kind(stool, (-170, -384, 170, 16), Stance.FLOOR, WOOD, (0, -240), 160, 0.1, 0.12),
    "side table": Kind(side_table, (-222, -530, 222, 16), Stance.FLOOR, WOOD, (0, -350), 175, 0.1, 0.12),
    "shelf": Kind(shelf, (-232, -190, 232, 268), Stance.HANG, WOOD, (-60, -30), 0, 0.05),
    "lamp": Kind(lamp, (-186, -500, 186, 34), Stance.STAND, EARTH, (20, -220), 108, 0.1),
}
