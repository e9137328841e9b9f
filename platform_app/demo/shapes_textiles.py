"""Home textiles: cushion, folded throw, flat-woven rug, and the fold and fringe tools clothes share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from platform_app.demo.kit import (
    Kind,
    Point,
    Ramp,
    Stance,
    flat,
    line,
    path,
    poly,
    rounded,
    smooth,
    weave,
)
from platform_app.demo.palette import CLOTH, SOFT, Tones, mix, tones


def fold(d: str, t: Tones, *, width: float = 20) -> str:
    """A soft crease: a wide shadow with a lit ridge beside it."""
    dark = "".join(line(d, t.deep, width * share, opacity=0.085) for share in (1, 0.66, 0.36, 0.14))
    ridge = "".join(line(d, t.pale, width * share, opacity=0.08) for share in (0.8, 0.45))
    return f'<g transform="translate({-width * 0.6:.1f} {-width * 0.1:.1f})">{ridge}</g>{dark}'


def stitches(d: str, t: Tones, *, opacity: float = 0.5) -> str:
    """A line of top stitching."""
    return line(d, t.deep, 1.5, opacity=opacity, dash="4 3", cap="butt")


def halves(right: Sequence[Sequence[Point]]) -> str:
    """A symmetrical outline from the right half's smooth runs, top centre to bottom centre."""
    d = ""
    for run in right:
        d += smooth(run, start="L" if d else "M")
    for run in reversed(right):
        d += smooth([(-x, y) for x, y in reversed(run)], start="L")
    return d + "Z"


def fringe(rng: Random, t: Tones, x: float, y: float, width: float, length: float, *, step: float = 9) -> str:
    """Loose threads along an edge."""
    body = ""
    for i in range(int(width / step)):
        px = x + (i + 0.5) * step
        sway = rng.uniform(-4, 4)
        body += line(
            f"M{px:.1f} {y:.1f}q{sway:.1f} {length / 2:.1f} {sway * 0.4:.1f} {length + rng.uniform(-4, 4):.1f}",
            rng.choice((t.base, t.light, t.shade)),
            4.4,
        )
    return body


def cushion(t: Tones, rng: Random) -> str:
    side = [(-212.0, -12.0), (-110, 2), (0, 4), (110, 2), (212, -12)]
    d = (
        smooth(side)
        + smooth([(212, -12), (192, -110), (188, -200), (194, -300), (214, -402)], start="L")
        + smooth([(214, -402), (110, -390), (0, -386), (-110, -390), (-214, -402)], start="L")
        + smooth([(-214, -402), (-194, -300), (-188, -200), (-192, -110), (-212, -12)], start="L")
        + "Z"
    )
    puff = Ramp(
        ((0, t.pale), (0.3, t.light), (0.62, t.base), (0.9, t.shade), (1, mix(t.shade, t.deep, 0.4))),
        (0.4, 0.36, 0.68, 0),
        True,
    )
    corners = "".join(
        fold(f"M{sx * 204} {y}Q{sx * 170} {y + sy * 30} {sx * 140} {y + sy * 84}", t, width=17)
        for sx in (-1, 1)
        for y, sy in ((-396, 1), (-20, -1))
    )
    band = ""
    if rng.random() < 0.6:
        pale = mix(t.base, "#f4ecdd", 0.62)
        for x, width in ((-92, 12), (-66, 4), (70, 4), (88, 12)):
            band += line(f"M{x} 0Q{x * 1.1:.0f} -200 {x} -388", pale, width, opacity=0.8, cap="butt")
    return (
        path(d, puff)
        + band
        + path(d, weave(pitch=4.5, opacity=0.13))
        + corners
        + line(d, t.shade, 5)
        + line(d, t.light, 1.6)
    )


def throw(t: Tones, rng: Random) -> str:
    """Three folds of a heavy blanket, fringe to the front."""
    body = ""
    other = tones(mix(t.base, "#f0e6d4", 0.6))
    for layer, (width, lift) in enumerate(((452, 0), (440, -64), (432, -126))):
        x, y = -width / 2, lift - 66.0
        lobe = f"M{x + 20} {lift}H{-x - 34}C{-x + 16} {lift} {-x + 16} {y} {-x - 34} {y}H{x + 14}C{x - 8} {y + 12} {x - 8} {lift - 10} {x + 20} {lift}Z"
        shade = Ramp(((0, t.light), (0.35, t.base), (0.85, t.shade), (1, t.deep)), (0, 0, 0, 1))
        body += path(lobe, shade) + path(lobe, weave(pitch=6, opacity=0.14))
        body += line(f"M{x + 16} {lift - 30}H{-x - 60}", t.deep, 2.4, opacity=0.22)
        body += line(
            f"M{-x - 30} {lift - 33}C{-x - 4} {lift - 36} {-x - 4} {lift - 28} {-x - 32} {lift - 26}",
            t.deep,
            3,
            opacity=0.4,
        )
        body += line(f"M{x + 12} {lift - 48}H{-x - 24}", other.base, 7, opacity=0.75, cap="butt") if layer < 2 else ""
    drape = "M-216 -192C-160 -214 -80 -212 -10 -210C4 -208 10 -196 12 -180L20 -56C-40 -48 -150 -50 -206 -58L-218 -178Z"
    stripes = "".join(
        line(f"M{-212 + i} {y}Q-100 {y + 8} {17 - i} {y}", other.base, w, opacity=0.85, cap="butt")
        for i, (y, w) in enumerate(((-82, 10), (-98, 3), (-106, 3)))
    )
    return (
        body
        + fringe(rng, t, -204, -60, 222, 42)
        + path(drape, Ramp(((0, t.pale), (0.25, t.light), (1, t.base)), (0, 0, 0.2, 1)))
        + stripes
        + path(drape, weave(pitch=6, opacity=0.14))
        + fold("M-120 -206Q-108 -130 -116 -56", t, width=26)
        + fold("M-30 -208Q-20 -130 -26 -52", t, width=20)
    )


def rug(t: Tones, rng: Random) -> str:
    second, third = tones(mix(t.base, "#f3ead9", 0.75)), tones(mix(t.base, "#33302c", 0.45))
    cloth = rounded(-200, -270, 400, 540, 5)
    body = path(cloth, flat(second))
    for y, height, tone in ((-256, 26, t), (-214, 8, third), (206, 8, third), (230, 26, t)):
        body += path(f"M-200 {y}H200V{y + height}H-200Z", tone.base)
    body += "".join(_diamonds(row, t, third) for row in range(3))
    ends = fringe(rng, second, -198, 268, 398, 34, step=10)
    ends += f'<g transform="scale(1 -1)">{fringe(rng, second, -198, 268, 398, 34, step=10)}</g>'
    texture = "".join(line(f"M-200 {y}H200", third.deep, 1.2, opacity=0.1) for y in range(-260, 270, 10))
    return f'<g transform="rotate({rng.uniform(-9, 7):.1f})">{ends}{body}{texture}</g>'


def _diamonds(row: int, t: Tones, third: Tones) -> str:
    y = -128 + row * 128
    body = ""
    for column in range(3):
        x = -128 + column * 128
        for size, colour in ((58, mix(t.base, t.deep, 0.22)), (36, "#f1e8d8"), (17, third.base)):
            body += path(poly([(x, y - size), (x + size, y), (x, y + size), (x - size, y)]), colour)
    return body


KINDS: Mapping[str, Kind] = {
    "cushion": Kind(cushion, (-228, -416, 228, 18), Stance.STAND, SOFT, (-50, -220), 200, 0.3, 0.04),
    "throw": Kind(throw, (-246, -226, 246, 14), Stance.STAND, CLOTH, (-60, -120), 216, 0.25, 0.04),
    "rug": Kind(rug, (-290, -345, 290, 345), Stance.LAY, SOFT, (-90, -110), 0, 0.1),
}
