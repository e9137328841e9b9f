"""Stationery: notebooks, a pen and framed prints."""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin
from random import Random

from platform_app.demo.kit import (
    Kind,
    Ramp,
    Stance,
    at,
    ellipse,
    flat,
    grain,
    line,
    path,
    poly,
    rounded,
    smooth,
)
from platform_app.demo.palette import BRASS, COLOURS, EARTH, OAK, PAPER, WALNUT, Tones, mix, tones


def notebook(t: Tones, rng: Random) -> str:
    """Two cloth-bound notebooks, one across the other."""
    other = tones(mix(t.base, "#efe5d4", 0.62))
    return at(26, 34, _bound(other, band=False), turn=rng.uniform(7, 13)) + at(
        -6,
        -10,
        '<g transform="translate(7 10)">'
        + path(rounded(-166, -226, 340, 458, 10), "#2a2420", opacity=0.22)
        + "</g>"
        + _bound(t, band=True),
        turn=rng.uniform(-8, -3),
    )


def _bound(t: Tones, *, band: bool) -> str:
    pages = (
        path(rounded(-158, -220, 330, 446, 6), PAPER.base)
        + "".join(line(f"M{165 + i * 1.8:.1f} -216V222", PAPER.deep, 0.8, opacity=0.4) for i in range(4))
        + "".join(line(f"M-154 {222 + i * 1.8:.1f}H168", PAPER.deep, 0.8, opacity=0.4) for i in range(3))
    )
    cover = rounded(-170, -230, 334, 448, 9)
    spine = line("M-132 -230V218", t.deep, 5, opacity=0.22) + line("M-136 -230V218", t.pale, 2, opacity=0.4)
    label = path(rounded(-64, -150, 166, 96, 3), PAPER.light) + line(
        rounded(-57, -143, 152, 82, 2), t.deep, 1.3, opacity=0.6
    )
    label += line("M-34 -112H70M-34 -92H44", t.deep, 2.2, opacity=0.55)
    elastic = line("M116 -230V218", t.deep, 11, opacity=0.85) + line("M114 -230V218", t.shade, 6) if band else ""
    ribbon = path("M-60 218V262L-52 252L-44 262V218Z", "#b9603f")
    return ribbon + pages + path(cover, flat(t)) + _book_cloth(t) + spine + label + elastic


def _book_cloth(t: Tones) -> str:
    """Threads drawn one by one: a tile inside a turned drawing is slow."""
    across = "".join(f"M-168 {y}H162" for y in range(-226, 217, 8))
    return line(across, t.deep, 1.4, opacity=0.1, cap="butt")


def pen(t: Tones, rng: Random) -> str:
    """A capped fountain pen and its nib, across a folded note."""
    sheet = poly([(-214, -190), (170, -236), (216, 150), (-168, 196)])
    rules = "".join(
        line(
            f"M{-176 + i * 4.4:.0f} {-118 + i * 40}L{154 + i * 4.4:.0f} {-158 + i * 40}", WALNUT.deep, 1.3, opacity=0.16
        )
        for i in range(7)
    )
    scrawl = "".join(_scrawl(rng, -168 + i * 4.4, -122 + i * 40, t) for i in range(4))
    tilt = rng.uniform(-42, -33)
    shade = '<g transform="translate(9 14)">' + path(rounded(-250, -17, 500, 34, 17), "#2a2420", opacity=0.25) + "</g>"
    return path(sheet, flat(PAPER)) + rules + scrawl + at(20, 60, shade + _barrel(t), turn=tilt)


def _scrawl(rng: Random, x: float, y: float, t: Tones) -> str:
    points = [(x + i * 9.0, y - i * 1.1 + rng.uniform(-7, 5)) for i in range(rng.randint(15, 32))]
    return line(smooth(points), mix(t.deep, "#2a2f3c", 0.6), 2, opacity=0.75)


def _barrel(t: Tones) -> str:
    round_fill = Ramp(((0, t.shade), (0.25, t.pale), (0.45, t.base), (0.85, t.deep), (1, t.shade)), (0, 0, 0, 1))
    metal = Ramp(((0, BRASS.shade), (0.28, BRASS.pale), (0.6, BRASS.base), (1, BRASS.deep)), (0, 0, 0, 1))
    body = "M-70 -17H196C232 -15 250 -9 252 0C250 9 232 15 196 17H-70Z"
    grip = "M-176 -11L-70 -15V15L-176 11Z"
    nib = "M-252 -1C-222 -12 -200 -16 -176 -12V12C-200 16 -222 12 -252 1Z"
    return (
        path(nib, metal)
        + line("M-250 0H-204", BRASS.deep, 1.6)
        + path(ellipse(-202, 0, 3.5, 3.5), BRASS.deep)
        + path(grip, Ramp(((0, "#2a2725"), (0.3, "#77706a"), (1, "#1f1c1b")), (0, 0, 0, 1)))
        + path(body, round_fill)
        + path("M-78 -18H-62V18H-78Z", metal)
        + path("M60 -18H68V18H60Z", metal)
    )


def print_(t: Tones, rng: Random) -> str:
    """A framed print: quiet shapes in the shop's colours."""
    wood = OAK if rng.random() < 0.6 else WALNUT
    frame = rounded(-216, -286, 432, 572, 4)
    rails = grain(rng, wood, opacity=0.3)
    mat = "M-194 -264H194V264H-194Z"
    inner = line("M-194 264V-264H194", wood.deep, 5, opacity=0.5, cap="butt") + line(
        "M-146 216V-216H146", PAPER.deep, 2, opacity=0.35, cap="butt"
    )
    subject = rng.choice((_hills, _vessels, _botanic))(t, rng)
    sheen = path("M-194 -264H20L-194 120Z", "#fff8ec", opacity=0.1)
    return (
        path(frame, flat(wood))
        + path(frame, rails)
        + line("M-216 -286L-194 -264M216 -286L194 -264M-216 286L-194 264M216 286L194 264", wood.deep, 1.6, opacity=0.6)
        + path(mat, PAPER.light)
        + path("M-146 -216H146V216H-146Z", "#ece2d0")
        + subject
        + inner
        + sheen
    )


def _hills(t: Tones, rng: Random) -> str:
    sun = path(ellipse(rng.uniform(-50, 60), -90, 58, 58), "#c9774f" if t.base != "#b9603f" else "#d8a54e")
    body = ""
    for step, shade in enumerate((t.pale, t.light, t.base, t.shade)):
        y = -30.0 + step * 62
        points = [
            (-146.0, y + rng.uniform(-24, 24)),
            (-60, y + rng.uniform(-34, 30)),
            (40, y + rng.uniform(-30, 30)),
            (146, y + rng.uniform(-24, 24)),
        ]
        body += path(smooth(points) + "L146 216H-146Z", shade)
    return sun + body


def _vessels(t: Tones, _rng: Random) -> str:
    pots = (
        (-72, "M-34 0C-60 -50 -52 -120 -14 -146V-172H14V-146C52 -120 60 -50 34 0Z", t.base),
        (62, "M-44 0C-62 -30 -62 -76 -40 -96H40C62 -76 62 -30 44 0Z", "#c58f6e"),
        (8, "M-24 0L-32 -62H32L24 0Z", t.deep),
    )
    table = path("M-146 96H146V216H-146Z", mix(t.base, "#f1e8d8", 0.7))
    return (
        table
        + path(ellipse(70, -120, 44, 44), "#d8a54e")
        + "".join(at(x, 128 + i * 12, path(d, colour)) for i, (x, d, colour) in enumerate(pots))
    )


def _botanic(t: Tones, rng: Random) -> str:
    body = path("M-100 216V-20A100 100 0 0 1 100 -20V216Z", mix(t.base, "#f1e8d8", 0.62)) + line(
        "M0 200C-8 80 10 -40 0 -170", t.deep, 4
    )
    for step in range(6):
        y, reach = 130 - step * 52, 84 - step * 8
        for side in (-1, 1):
            angle = radians(38 + rng.uniform(-6, 6))
            tip = (side * reach * cos(angle), -reach * sin(angle) * 1.3)
            body += path(
                f"M0 {y}Q{tip[0] * 0.2:.0f} {y + tip[1]:.0f} {tip[0]:.0f} {y + tip[1]:.0f}Q{tip[0]:.0f} {y + tip[1] * 0.2:.0f} 0 {y}Z",
                (t.base, t.shade)[side > 0],
            )
    return body


_PRINT = tuple(name for name in EARTH if name in COLOURS)
_PEN = ("Ink", "Terracotta", "Sage", "Mustard", "Plum", "Dusk blue", "Charcoal", "Chestnut")

KINDS: Mapping[str, Kind] = {
    "notebook": Kind(notebook, (-262, -286, 262, 330), Stance.LAY, EARTH, (20, -90), 0, 0.12),
    "pen": Kind(pen, (-250, -250, 260, 260), Stance.LAY, _PEN, (-60, 60), 0, 0.0),
    "print": Kind(print_, (-226, -296, 226, 296), Stance.HANG, _PRINT, (-60, -70), 0, 0.06),
}
