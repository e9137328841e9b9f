"""Where products stand: sweeps, plinths, papers and walls with a quiet prop, and where on each a product goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from random import Random

from PIL import Image
from resvg_py import svg_to_bytes

from platform_app.demo.kit import (
    Kind,
    Ramp,
    Stance,
    at,
    box,
    ellipse,
    line,
    outline,
    path,
    poly,
    rounded,
    turned,
)
from platform_app.demo.palette import BACKDROPS, INK, LEAF, LIGHT, Tones, mix, tones

WIDTH, HEIGHT = 800, 1000
PLINTH_TOP = 700
PROPS = 5


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a drawing's origin lands on the canvas, and at which scale."""

    x: float
    y: float
    scale: float


def spot(kind: Kind, composition: int, rng: Random) -> Spot:
    """Put a product where the composition wants it: centred, on the plinth, or close."""
    left, top, right, bottom = kind.box
    middle, wide, tall = (left + right) / 2, right - left, bottom - top
    if composition == 2:
        scale = 1.5 + rng.uniform(-0.06, 0.08)
        return Spot(400 - kind.focus[0] * scale, 510 - kind.focus[1] * scale, scale)
    scale = 1 + rng.uniform(-0.025, 0.025)
    if kind.stance in (Stance.LAY, Stance.HANG):
        scale *= min(1.3, 660 / wide, 830 / tall)
        return Spot(400 - middle * scale + rng.uniform(-6, 6), 505 - (top + bottom) / 2 * scale, scale)
    if composition == 1 and kind.stance is Stance.STAND:
        scale *= min(0.86, 470 / tall, 430 / wide)
        return Spot(392 - middle * scale, PLINTH_TOP, scale)
    scale *= min(1.36, 570 / wide, 640 / tall)
    if kind.stance is Stance.FLOOR:
        return Spot(400 - middle * scale, 830, scale)
    return Spot(400 - middle * scale + rng.uniform(-8, 8), min(820, 575 - top * scale * 0.4), scale)


@lru_cache(maxsize=256)
def _small_backdrop(name: str, composition: int, stance: Stance, prop: int, width: int) -> Image.Image:
    t = tones(BACKDROPS[name])
    if composition != 1:
        body = _sweep(t) if stance in (Stance.STAND, Stance.FLOOR) else _surface(t)
        return raster(f"{body}{_falloff()}", (0, 0, WIDTH, HEIGHT), width // 4)
    draw = {Stance.STAND: _plinth, Stance.FLOOR: _room, Stance.LAY: _papers, Stance.HANG: _panel}[stance]
    body = draw(t, Random(f"{name}{stance}{prop}"), prop)
    return raster(f"{body}{_falloff()}", (0, 0, WIDTH, HEIGHT), width * 2 // 5)


def backdrop(name: str, composition: int, stance: Stance, prop: int, width: int) -> Image.Image:
    """The empty set, a little out of focus because it is kept small and enlarged."""
    small = _small_backdrop(name, composition, stance, prop, width)
    return small.resize((width, width * 5 // 4), Image.Resampling.BICUBIC)


def raster(body: str, view: tuple[float, float, float, float], width: int) -> Image.Image:
    """An opaque drawing as pixels."""
    x, y, w, h = view
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{x} {y} {w} {h}">{body}</svg>'
    return Image.open(BytesIO(svg_to_bytes(svg_string=svg, width=width, skip_system_fonts=True))).convert("RGB")


def _whole(fill: Ramp | str) -> str:
    return path(f"M0 0H{WIDTH}V{HEIGHT}H0Z", fill)


def _falloff() -> str:
    """Window light from the upper left, and the far corner a little darker."""
    glow = Ramp(
        ((0, LIGHT, 0.42), (0.3, LIGHT, 0.27), (0.6, LIGHT, 0.1), (0.85, LIGHT, 0.02), (1, LIGHT, 0)),
        (0.16, 0.14, 0.85, 0),
        radial=True,
    )
    corner = Ramp(
        ((0, INK, 0), (0.4, INK, 0.005), (0.6, INK, 0.035), (0.8, INK, 0.1), (1, INK, 0.19)),
        (0.34, 0.34, 0.9, 0),
        radial=True,
    )
    return _whole(glow) + _whole(corner)


def _sweep(t: Tones) -> str:
    low = mix(t.base, LIGHT, 0.3)
    return _whole(
        Ramp(
            ((0, mix(t.base, t.shade, 0.16)), (0.5, t.base), (0.62, mix(t.base, t.shade, 0.1)), (0.74, low), (1, low)),
            (0, 0, 0, 1),
        )
    )


def _surface(t: Tones) -> str:
    return _whole(Ramp(((0, mix(t.base, LIGHT, 0.16)), (1, mix(t.base, t.shade, 0.14))), (0, 0, 1, 1)))


def _table(t: Tones, horizon: float) -> str:
    wall = Ramp(((0, mix(t.base, t.shade, 0.12)), (1, t.base)), (0, 0, 0, 1))
    top = Ramp(((0, mix(t.base, t.shade, 0.16)), (0.25, mix(t.base, LIGHT, 0.22)), (1, t.light)), (0, 0, 0, 1))
    return _whole(wall) + path(f"M0 {horizon}H{WIDTH}V{HEIGHT}H0Z", top)


def _pool(x: float, y: float, rx: float, ry: float, strength: float) -> str:
    """The soft shadow at the foot of something."""
    return path(
        ellipse(x, y, rx, ry),
        Ramp(((0, INK, strength), (0.55, INK, strength * 0.55), (1, INK, 0)), (0.5, 0.5, 0.5, 0), True),
    )


def _plinth(t: Tones, rng: Random, prop: int) -> str:
    stone = tones(mix(t.base, LIGHT if prop % 2 else t.shade, 0.45 if prop % 2 else 0.3))
    shade = _pool(520, 884, 390, 40, 0.6) if prop % 3 == 1 else _pool(520, 894, 390, 72, 0.5)
    if prop % 3 == 0:
        body = turned([(232, 0), (232, 176)], stone)
    elif prop % 3 == 1:
        body = box(470, 150, 78, stone, y=34)
    else:
        body = turned([(262, -14), (262, 62)], stone) + at(0, -62, turned([(206, 0), (206, 114)], stone))
    lift = 152 if prop % 3 == 1 else 176
    return _table(t, 610) + shade + _prop(t, rng, prop) + at(400, PLINTH_TOP + lift, body)


def _prop(t: Tones, rng: Random, prop: int) -> str:
    """One quiet companion behind the plinth."""
    accent = tones(("#b9694a", "#8c9c80", "#cfa24a", "#eee6d8", "#77513a")[prop])
    x, y = (676, 800) if rng.random() < 0.6 else (118, 796)
    shadow = _pool(x + 60, y + 2, 150, 26, 0.45)
    if prop == 0:
        return shadow + at(x, y, _ball(66, accent))
    if prop == 1:
        return shadow + at(x, y, _sprig_vase(tones(mix(t.base, LIGHT, 0.4)), accent, rng))
    if prop == 2:
        return shadow + at(x, y, _arch(accent))
    if prop == 3:
        return shadow + at(x, y, _pebbles(accent))
    return shadow + at(x, y, turned([(46, 0), (46, 190)], accent) + at(0, -190, _ball(44, tones("#d9c7a8"))))


def _ball(radius: float, t: Tones) -> str:
    fill = Ramp(((0, t.pale), (0.4, t.base), (0.85, t.deep), (1, t.shade)), (0.34, 0.28, 0.78, 0), True)
    return path(ellipse(0, -radius, radius, radius), fill)


def _arch(t: Tones) -> str:
    """A painted wooden arch block."""
    front = "M-92 0V-118A92 92 0 0 1 92 -118V0H44V-112A44 44 0 0 0 -44 -112V0Z"
    side = "M44 0V-112A44 44 0 0 0 -20 -151L-8 -160A44 44 0 0 1 56 -116V-8Z"
    fill = Ramp(((0, t.light), (0.5, t.base), (1, t.shade)), (0, 0, 1, 0.4))
    return path(side, t.deep, opacity=0.7) + path(front, fill)


def _pebbles(t: Tones) -> str:
    fill = Ramp(((0, t.pale), (0.5, t.base), (1, t.deep)), (0.36, 0.2, 0.8, 0), True)
    grey = tones("#b4aca2")
    second = Ramp(((0, grey.pale), (0.5, grey.base), (1, grey.deep)), (0.36, 0.2, 0.8, 0), True)
    return (
        path(ellipse(0, -34, 84, 36), second)
        + path(ellipse(-6, -92, 64, 28), fill)
        + path(ellipse(4, -138, 42, 21), second)
    )


def _sprig_vase(t: Tones, accent: Tones, rng: Random) -> str:
    stems = ""
    for lean in (-62, -14, 44):
        top = -330 + abs(lean) * 0.9
        stems += line(f"M0 -120Q{lean * 0.2} {top * 0.7:.0f} {lean} {top}", mix(accent.shade, INK, 0.1), 3.4)
        for step in range(6):
            share = 0.35 + step * 0.125
            lx, ly = lean * share * share, -120 + (top + 120) * share
            for turn in (-52, 52):
                stems += at(lx, ly, _leaflet(accent), turn=turn + lean * 0.25 + rng.uniform(-9, 9))
    return stems + path(outline([(38, 0), (58, 40), (44, 96), (20, 126), (22, 150)]), _side(t))


def _leaflet(t: Tones) -> str:
    return path("M0 0C-15 -12 -14 -34 0 -48C14 -34 15 -12 0 0Z", Ramp(((0, t.light), (1, t.shade))))


def _side(t: Tones) -> Ramp:
    return Ramp(((0, t.base), (0.3, t.light), (0.7, t.base), (1, t.shade)))


def _room(t: Tones, _rng: Random, prop: int) -> str:
    """A wall with a painted arch, a skirting line and a wooden floor."""
    tint = tones(mix(t.base, ("#b9694a", "#8c9c80", "#cfa24a", "#f4ecdf", "#6f869c")[prop], 0.42))
    radius = 236
    arch = f"M{400 - radius} 742V404A{radius} {radius} 0 0 1 {400 + radius} 404V742Z"
    floor = mix(t.base, "#b98f66", 0.4)
    boards = "".join(
        line(f"M{400 + (i - 4.5) * 92} 760L{400 + (i - 4.5) * 190} 1000", INK, 1.6, opacity=0.16) for i in range(10)
    )
    ground = Ramp(((0, mix(floor, INK, 0.16)), (1, mix(floor, LIGHT, 0.2))), (0, 0, 0, 1))
    return (
        _whole(Ramp(((0, t.base), (1, t.light)), (0, 0, 1, 1)))
        + path(arch, Ramp(((0, tint.light), (1, tint.base)), (0, 0, 1, 1)))
        + path("M0 742H800V764H0Z", t.pale)
        + path("M0 762H800V1000H0Z", ground)
        + boards
        + line("M0 763H800", INK, 2, opacity=0.25)
    )


def _papers(t: Tones, rng: Random, prop: int) -> str:
    """Two sheets of paper laid at an angle, with a sprig or pebbles in a corner."""
    tint = mix(t.base, ("#b9694a", "#8c9c80", "#cfa24a", "#f6efe4", "#6f869c")[prop], 0.36)
    lean = rng.choice((-150, 120, 190))
    edge = poly([(0, 640 + lean / 2), (800, 640 - lean / 2), (800, 1000), (0, 1000)])
    under = poly([(0, 654 + lean / 2), (800, 654 - lean / 2), (800, 620 - lean / 2), (0, 620 + lean / 2)])
    sheet = Ramp(((0, mix(tint, LIGHT, 0.14)), (1, mix(tint, INK, 0.06))), (0, 0, 1, 1))
    corner = _sprig(prop, rng) if prop % 2 else _stones(prop)
    return _surface(t) + path(under, INK, opacity=0.1) + path(edge, sheet) + corner


def _sprig(prop: int, rng: Random) -> str:
    leaf = tones(mix(LEAF.base, "#a7a58a", 0.3 if prop == 1 else 0.6))
    body = line("M0 0Q-60 -190 -20 -380", leaf.shade, 4)
    for step in range(8):
        y = -40 - step * 44
        x = -60 * (step / 8) * 0.9 + (step / 8) ** 2 * 40
        for turn in (-58, 58):
            body += at(x, y, _leaflet(leaf), turn=turn + rng.uniform(-8, 8), scale=1.5 - step * 0.08)
    dark = body.replace(leaf.light, INK).replace(leaf.shade, INK)
    return f'<g opacity="0.16">{at(748, 1016, dark, turn=-24)}</g>' + at(735, 1000, body, turn=-24)


def _stones(prop: int) -> str:
    grey = tones(("#a79c90", "#a79c90", "#d8cfc2", "#d8cfc2", "#8d8781")[prop])
    fill = Ramp(((0, grey.pale), (0.5, grey.base), (1, grey.shade)), (0.34, 0.3, 0.75, 0), True)
    parts = ((96, 126, 62, 50), (190, 92, 36, 32), (112, 218, 28, 24))
    return "".join(
        path(ellipse(x + 14, y + 18, rx, ry), INK, opacity=0.14) + path(ellipse(x, y, rx, ry), fill)
        for x, y, rx, ry in parts
    )


def _panel(t: Tones, _rng: Random, prop: int) -> str:
    """A plaster wall with a painted panel behind the garment."""
    tint = tones(mix(t.base, ("#b9694a", "#8c9c80", "#cfa24a", "#f6efe4", "#6f869c")[prop], 0.34))
    shape = rounded(110, 120, 580, 1000, 290) if prop % 2 else "M0 560H800V1000H0Z"
    return _surface(t) + path(shape, Ramp(((0, tint.light), (1, tint.base)), (0, 0, 1, 1)))
