"""Stoneware: mug, vase, bowl, plate, teapot and a planted pot."""

from __future__ import annotations

from collections.abc import Mapping
from random import Random

from platform_app.demo.kit import (
    Kind,
    Ramp,
    Stance,
    at,
    ellipse,
    form,
    hollow,
    line,
    outline,
    path,
    smooth,
    speckle,
    tilt,
    tube,
    turned,
)
from platform_app.demo.palette import EARTH, LEAF, Tones, mix, tones

RAW = tones("#cdb193")


def _glazed(profile: list[tuple[float, float]], t: Tones, rng: Random) -> str:
    return path(outline(profile), speckle(rng, t.deep))


def _bare_foot(profile: list[tuple[float, float]], height: float) -> str:
    """The unglazed clay at the foot, up to a height."""
    low = [point for point in profile if point[1] < height]
    above = next(point for point in profile if point[1] >= height)
    share = (height - low[-1][1]) / (above[1] - low[-1][1])
    edge = low[-1][0] + (above[0] - low[-1][0]) * share
    band = [*low, (edge, height)]
    (foot, _), rim = band[0], band[-1][0]
    right = "".join(f"L{r:.1f} {-h:.1f}" for r, h in band)
    left = "".join(f"L{-r:.1f} {-h:.1f}" for r, h in reversed(band[:-1]))
    top = f"A{rim:.1f} {rim * tilt(height):.1f} 0 0 1 {-rim:.1f} {-height:.1f}"
    d = f"M{-foot} 0A{foot} {foot * tilt(0):.1f} 0 0 0 {foot} 0{right}{top}{left}Z"
    return path(d, form(RAW))


def mug(t: Tones, rng: Random) -> str:
    profile = [(104.0, 0.0), (118, 10), (126, 60), (127, 150), (126, 262)]
    handle = "M108 -214C196 -236 232 -190 222 -138C212 -82 160 -54 112 -62"
    return (
        tube(handle, t, 32)
        + hollow(profile, t, wall=8)
        + _glazed(profile, t, rng)
        + _bare_foot(profile, 20)
        + line("M-100 -232C-104 -170 -104 -110 -96 -50", t.pale, 9, opacity=0.35)
    )


def vase(t: Tones, rng: Random) -> str:
    profile = [(82.0, 0.0), (128, 70), (150, 160), (126, 270), (70, 346), (48, 400), (54, 446), (70, 470)]
    ribs = "".join(
        line(smooth([(r * share, -h) for r, h in profile[:6]]), t.deep, 1.6, opacity=0.14)
        for share in (-0.86, -0.68, -0.46, -0.22, 0.02, 0.27, 0.5, 0.7, 0.87)
    )
    stems = ""
    if rng.random() < 0.7:
        stems = _dried_stems(rng)
    return stems + hollow(profile, t, wall=9) + ribs + _glazed(profile, t, rng) + _bare_foot(profile, 16)


def _dried_stems(rng: Random) -> str:
    wheat = tones("#c9a56c")
    body = ""
    for lean in (-58, -20, 16, 52):
        top = -640 + abs(lean) * 0.9 + rng.uniform(-16, 16)
        body += line(f"M{lean * 0.1:.0f} -440Q{lean * 0.25:.0f} -560 {lean} {top:.0f}", wheat.shade, 2.6)
        for step in range(9):
            y, x = top + step * 11, lean * (1 - step * 0.02)
            for side in (-1, 1):
                body += at(
                    x, y, path("M0 0C-6 -5 -5 -15 0 -21C5 -15 6 -5 0 0Z", wheat.base), turn=side * 26 + lean * 0.4
                )
    return body


def bowl(t: Tones, rng: Random) -> str:
    profile = [(78.0, 0.0), (84, 12), (140, 48), (190, 104), (218, 170)]
    inner = Ramp(((0, t.shade), (0.45, t.base), (1, mix(t.base, t.light, 0.8))))
    well = Ramp(((0, t.deep, 0.4), (1, t.deep, 0)), (0.42, 0.6, 0.5, 0), True)
    mouth = ellipse(0, -170, 209, 209 * tilt(170))
    return (
        hollow(profile, t, wall=9)
        + _glazed(profile, t, rng)
        + path(mouth, inner)
        + path(mouth, well)
        + path(mouth, speckle(rng, t.deep))
        + _bare_foot(profile, 14)
    )


def plate(t: Tones, rng: Random) -> str:
    """A stack of three, the top one showing its well."""
    low = tones(mix(t.base, "#e9dfcf", 0.55))
    body = ""
    for step, shades in enumerate((low, t, t)):
        profile = [(120.0, 0.0), (150, 4), (226, 24), (234, 30)]
        body += at(rng.uniform(-4, 4), -step * 22.0, turned(profile, shades) + _glazed(profile, shades, rng))
    top = -74.0
    face = Ramp(((0, mix(t.base, t.shade, 0.2)), (0.5, t.base), (1, t.light)), (0, 0, 1, 0.6))
    return (
        body
        + path(ellipse(0, top, 226, 226 * 0.235), face)
        + path(ellipse(0, top + 4, 160, 160 * 0.225), Ramp(((0, t.shade), (0.3, t.base), (1, t.light))))
        + path(
            ellipse(0, top + 6, 156, 156 * 0.215),
            Ramp(((0, mix(t.base, t.shade, 0.3)), (1, mix(t.base, t.light, 0.5)))),
        )
        + path(ellipse(0, top, 226, 226 * 0.235), speckle(rng, t.deep))
    )


def teapot(t: Tones, rng: Random) -> str:
    profile = [(92.0, 0.0), (140, 36), (166, 104), (148, 176), (92, 226), (76, 232)]
    spout = "M120 -96C176 -108 186 -176 226 -222C232 -230 250 -222 246 -212C226 -160 214 -84 128 -52Z"
    lid = [(78.0, 234.0), (70, 246), (40, 262), (10, 268)]
    knob = [(9.0, 266.0), (20, 280), (19, 296), (2, 304)]
    cane = tones("#b98a55")
    handle = "M-96 -214C-110 -372 110 -372 96 -214"
    wraps = line(handle, cane.deep, 17, opacity=0.35, dash="2 7", cap="butt")
    return (
        path(spout, Ramp(((0, t.shade), (0.45, t.light), (1, t.shade)), (0.2, 0.2, 0.8, 0.9)))
        + turned(profile, t)
        + _glazed(profile, t, rng)
        + turned(lid, t)
        + turned(knob, t)
        + _bare_foot(profile, 14)
        + tube(handle, cane, 17)
        + wraps
    )


def plant_pot(t: Tones, rng: Random) -> str:
    profile = [(112.0, 0.0), (120, 8), (150, 196), (152, 206)]
    rim = [(160.0, 196.0), (163, 202), (163, 238)]
    soil = tones("#4d3b2f")
    mouth = ellipse(0, -236, 150, 150 * tilt(238))
    saucer = [(140.0, -10.0), (162, 0), (168, 10)]
    leaves = [_leaf(rng, angle, length) for angle, length in _fan()]
    return (
        turned(saucer, t)
        + turned(profile, t)
        + hollow(rim, t, wall=12, inside=soil)
        + path(mouth, soil.base)
        + "".join(leaves)
    )


def _fan() -> list[tuple[float, float]]:
    return [
        (-58, 250),
        (60, 240),
        (-36, 300),
        (38, 306),
        (-82, 180),
        (84, 176),
        (-16, 330),
        (18, 326),
        (-50, 190),
        (52, 196),
        (0, 270),
    ]


def _leaf(rng: Random, angle: float, length: float) -> str:
    """One broad rubber-plant leaf on its stem."""
    t = tones(mix(LEAF.base, rng.choice(("#3f5a3c", "#7f8f5a", "#5d7350")), 0.55))
    stem, wide = length * 0.36, length * 0.19
    blade = f"M0 {-stem}C{-wide * 1.3} {-stem - length * 0.16} {-wide} {-length * 0.82} 0 {-length}C{wide} {-length * 0.82} {wide * 1.3} {-stem - length * 0.16} 0 {-stem}Z"
    half = f"M0 {-stem}C{wide * 1.3} {-stem - length * 0.16} {wide} {-length * 0.82} 0 {-length}Z"
    veins = line(f"M0 0V{-length * 0.95}", t.pale, 2.2, opacity=0.7)
    body = path(blade, Ramp(((0, t.light), (1, t.base)), (0, 0, 1, 1))) + path(half, t.deep, opacity=0.32) + veins
    return at(angle * 0.35, -236, body, turn=angle + rng.uniform(-5, 5))


KINDS: Mapping[str, Kind] = {
    "mug": Kind(mug, (-150, -300, 246, 40), Stance.STAND, EARTH, (40, -180), 108, 0.2),
    "vase": Kind(vase, (-165, -670, 165, 36), Stance.STAND, EARTH, (0, -330), 92, 0.2),
    "bowl": Kind(bowl, (-228, -225, 228, 36), Stance.STAND, EARTH, (-40, -140), 86, 0.2),
    "plate": Kind(plate, (-248, -140, 248, 40), Stance.STAND, EARTH, (-60, -80), 130, 0.15),
    "teapot": Kind(teapot, (-182, -350, 262, 36), Stance.STAND, EARTH, (50, -170), 104, 0.2),
    "plant pot": Kind(plant_pot, (-270, -590, 270, 64), Stance.STAND, EARTH, (0, -280), 150, 0.15),
}
