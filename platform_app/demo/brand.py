"""A shop's own pictures: its mark and its cover."""

from __future__ import annotations

from random import Random

from platform_app.demo.kit import Ramp, ellipse, line, path, poly
from platform_app.demo.palette import INK, LIGHT, mix, tones


def mark(slug: str, colour: str) -> str:
    """An emblem of one or two plain shapes on a coloured ground, in a 400-unit square."""
    rng = Random(slug)
    t = tones(colour)
    dark = sum(int(colour[i : i + 2], 16) for i in (1, 3, 5)) < 480
    ground, figure = (t.base, mix(t.base, LIGHT, 0.82)) if dark else (t.base, mix(t.base, INK, 0.72))
    second = mix(ground, figure, 0.45)
    emblem = rng.choice((_sun, _leaf, _arches, _petals, _waves, _vessel, _moons, _peaks))(figure, second, rng)
    return path("M0 0H400V400H0Z", ground) + emblem


def _sun(figure: str, second: str, rng: Random) -> str:
    rows = "".join(line(f"M{110 + i * 14} {236 + i * 24}H{290 - i * 14}", figure, 9) for i in range(rng.randint(3, 4)))
    return path("M108 210A92 92 0 0 1 292 210Z", second if rng.random() < 0.4 else figure) + rows


def _leaf(figure: str, second: str, rng: Random) -> str:
    turn = rng.choice((-30, 0, 30))
    halves = path("M200 82C110 150 110 250 200 318Z", figure) + path("M200 82C290 150 290 250 200 318Z", second)
    return f'<g transform="rotate({turn} 200 200)">{halves}{line("M200 300V346", figure, 9)}</g>'


def _arches(figure: str, second: str, rng: Random) -> str:
    count = rng.randint(3, 4)
    return "".join(
        line(f"M{200 - r} 288V{222}A{r} {r} 0 0 1 {200 + r} 222V288", (figure, second)[i % 2], 17, cap="butt")
        for i, r in enumerate(range(104, 104 - count * 28, -28))
    )


def _petals(figure: str, second: str, rng: Random) -> str:
    count = rng.choice((5, 6, 8))
    petal = "M200 190C168 158 168 116 200 86C232 116 232 158 200 190Z"
    around = "".join(
        f'<g transform="rotate({360 / count * i:.1f} 200 200)">{path(petal, figure)}</g>' for i in range(count)
    )
    return around + path(ellipse(200, 200, 20, 20), second)


def _waves(figure: str, second: str, rng: Random) -> str:
    d = "M92 {0}C128 {1} 164 {1} 200 {0}C236 {2} 272 {2} 308 {0}"
    count = rng.randint(3, 4)
    rows = (180 - (count - 3) * 14 + i * 38 for i in range(count))
    return path(ellipse(200, 122, 36, 36), second) + "".join(
        line(d.format(y, y - 34, y + 34), figure, 14) for y in rows
    )


def _vessel(figure: str, second: str, rng: Random) -> str:
    body = "M168 92H232V132C288 158 296 262 246 308H154C104 262 112 158 168 132Z"
    band = rng.choice((188, 214, 240))
    return path(body, figure) + line(f"M118 {band}H282", second, 14, cap="butt")


def _moons(figure: str, second: str, rng: Random) -> str:
    shift = rng.choice((-34, 34))
    return path(ellipse(200, 200, 104, 104), figure) + path(ellipse(200 + shift, 200 - 24, 76, 76), second)


def _peaks(figure: str, second: str, rng: Random) -> str:
    high = rng.choice((104, 120))
    back = poly([(188, 290), (264, high + 48), (336, 290)])
    return path(back, second) + path(poly([(66, 290), (170, high), (274, 290)]), figure)


def cover_set(colour: str, *, table: bool) -> str:
    """A wall, and a long tabletop in front of it, in a 1600 by 640 frame."""
    t = tones(mix(colour, "#e9e1d4", 0.66))
    wall = Ramp(((0, t.light), (0.5, t.base), (1, mix(t.base, t.shade, 0.35))))
    top = Ramp(((0, mix(t.base, t.shade, 0.18)), (0.3, mix(t.base, LIGHT, 0.3)), (1, t.light)), (0, 0, 0, 1))
    glow = Ramp(((0, LIGHT, 0.45), (0.4, LIGHT, 0.16), (1, LIGHT, 0)), (0.2, 0.1, 0.7, 0), radial=True)
    low = 470 if table else 640
    arch = path(f"M1010 {low}V330A190 190 0 0 1 1390 330V{low}Z", mix(colour, "#efe7da", 0.5), opacity=0.7)
    front = path("M0 470H1600V640H0Z", top) if table else ""
    return path("M0 0H1600V640H0Z", wall) + arch + front + path("M0 0H1600V640H0Z", glow)
