"""Drawing tools: fills, smooth outlines, turned and boxy forms. Origin is the base centre, y grows downwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from zlib import crc32

from platform_app.demo.palette import INK, Tones, mix

Point = tuple[float, float]
Stop = tuple[float, str] | tuple[float, str, float]


class Stance(StrEnum):
    """How a product meets its surface."""

    STAND = "stand"
    FLOOR = "floor"
    LAY = "lay"
    HANG = "hang"


@dataclass(frozen=True, slots=True)
class Kind:
    """A product that can be drawn: its picture box, how it stands and the colours it comes in."""

    draw: Callable[[Tones, Random], str]
    box: tuple[float, float, float, float]
    stance: Stance
    colours: tuple[str, ...]
    focus: Point
    foot: float = 0
    model: float = 0.3
    depth: float = 0.22


@dataclass(frozen=True, slots=True)
class Ramp:
    """A gradient over the shape's own bounds."""

    stops: tuple[Stop, ...]
    line: tuple[float, float, float, float] = (0, 0, 1, 0)
    radial: bool = False

    def defs(self, name: str) -> str:
        stops = "".join(
            f'<stop offset="{stop[0]}" stop-color="{stop[1]}"{_opacity("stop", stop[2] if len(stop) > 2 else 1)}/>'
            for stop in self.stops
        )
        a, b, c, d = self.line
        if self.radial:
            return f'<radialGradient id="{name}" cx="{a}" cy="{b}" r="{c}">{stops}</radialGradient>'
        return f'<linearGradient id="{name}" x1="{a}" y1="{b}" x2="{c}" y2="{d}">{stops}</linearGradient>'


@dataclass(frozen=True, slots=True)
class Tile:
    """A repeated texture in drawing units."""

    body: str
    width: float
    height: float

    def defs(self, name: str) -> str:
        return (
            f'<pattern id="{name}" width="{self.width}" height="{self.height}" patternUnits="userSpaceOnUse">'
            f"{self.body}</pattern>"
        )


Fill = str | Ramp | Tile


def _opacity(what: str, value: float) -> str:
    return "" if value == 1 else f' {what}-opacity="{value}"'


def path(d: str, fill: Fill, *, opacity: float = 1) -> str:
    """A filled outline."""
    if isinstance(fill, str):
        return f'<path d="{d}" fill="{fill}"{_opacity("fill", opacity)}/>'
    name = f"f{crc32(repr(fill).encode())}"
    return f'{fill.defs(name)}<path d="{d}" fill="url(#{name})"{_opacity("fill", opacity)}/>'


def line(d: str, colour: str, width: float, *, opacity: float = 1, dash: str = "", cap: str = "round") -> str:
    """A stroked outline."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path d="{d}" fill="none" stroke="{colour}" stroke-width="{width}" stroke-linecap="{cap}" '
        f'stroke-linejoin="round"{_opacity("stroke", opacity)}{dashed}/>'
    )


def tube(d: str, tones: Tones, width: float, *, cap: str = "round") -> str:
    """A round bar or cord that follows a line, lit from the upper left."""
    return (
        line(d, tones.deep, width, cap=cap)
        + f'<g transform="translate({-width * 0.07:.1f} {-width * 0.08:.1f})">'
        + line(d, tones.base, width * 0.72, cap=cap)
        + "</g>"
        + f'<g transform="translate({-width * 0.16:.1f} {-width * 0.18:.1f})">'
        + line(d, tones.light, width * 0.24, cap=cap, opacity=0.8)
        + "</g>"
    )


def at(x: float, y: float, body: str, *, turn: float = 0, scale: float = 1, stretch: float = 1) -> str:
    """A drawing moved, turned and scaled."""
    return f'<g transform="translate({x:.1f} {y:.1f}) rotate({turn}) scale({scale} {scale * stretch:.3f})">{body}</g>'


def poly(points: Iterable[Point], *, closed: bool = True) -> str:
    """Straight lines through points."""
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points) + ("Z" if closed else "")


def smooth(points: Sequence[Point], *, closed: bool = False, start: str = "M") -> str:
    """One flowing curve through every point."""
    count = len(points)
    d = f"{start}{points[0][0]:.1f} {points[0][1]:.1f}"
    for i in range(count if closed else count - 1):
        before = points[i - 1] if closed or i else points[0]
        here, there = points[i], points[(i + 1) % count]
        after = points[(i + 2) % count] if closed or i + 2 < count else there
        d += (
            f"C{here[0] + (there[0] - before[0]) / 6:.1f} {here[1] + (there[1] - before[1]) / 6:.1f} "
            f"{there[0] - (after[0] - here[0]) / 6:.1f} {there[1] - (after[1] - here[1]) / 6:.1f} "
            f"{there[0]:.1f} {there[1]:.1f}"
        )
    return d + ("Z" if closed else "")


def tilt(height: float) -> float:
    """How round a level circle looks at a height: the camera is above the table and looks slightly down."""
    return 0.235 - 0.00016 * height


def oval(radius: float, height: float, *, x: float = 0, k: float = 0) -> str:
    """A level circle seen from the camera, or with the ratio `k`."""
    return ellipse(x, -height, radius, radius * (k or tilt(height)))


def ellipse(x: float, y: float, rx: float, ry: float) -> str:
    """An ellipse as a path."""
    return (
        f"M{x - rx:.1f} {y:.1f}A{rx:.1f} {ry:.1f} 0 1 0 {x + rx:.1f} {y:.1f}"
        f"A{rx:.1f} {ry:.1f} 0 1 0 {x - rx:.1f} {y:.1f}Z"
    )


def rounded(x: float, y: float, width: float, height: float, radius: float) -> str:
    """A rectangle with round corners."""
    r = min(radius, width / 2, height / 2)
    arc = f"a{r} {r} 0 0 1"
    return (
        f"M{x + r} {y}h{width - 2 * r}{arc} {r} {r}v{height - 2 * r}{arc} {-r} {r}"
        f"h{2 * r - width}{arc} {-r} {-r}v{2 * r - height}{arc} {r} {-r}Z"
    )


def form(t: Tones) -> Ramp:
    """Light from the left over a round body, with a little light coming back on the far side."""
    return Ramp(
        (
            (0, mix(t.base, t.shade, 0.55)),
            (0.1, t.base),
            (0.3, t.light),
            (0.42, mix(t.light, t.base, 0.5)),
            (0.66, mix(t.base, t.shade, 0.6)),
            (0.88, mix(t.shade, t.deep, 0.5)),
            (1, mix(t.shade, t.base, 0.2)),
        )
    )


def flat(t: Tones, *, angle: tuple[float, float, float, float] = (0, 0, 1, 1)) -> Ramp:
    """A gentle fall of light over a face."""
    return Ramp(((0, mix(t.base, t.light, 0.6)), (0.5, t.base), (1, mix(t.base, t.shade, 0.55))), angle)


def outline(profile: Sequence[Point]) -> str:
    """The outline of a turned form; the profile is (radius, height) from the foot up."""
    (foot, low), (rim, high) = profile[0], profile[-1]
    right = smooth([(r, -h) for r, h in profile], start="L")
    left = smooth([(-r, -h) for r, h in reversed(profile)], start="L")
    return (
        f"M{-foot:.1f} {-low:.1f}A{foot:.1f} {foot * tilt(low):.1f} 0 0 0 {foot:.1f} {-low:.1f}{right}"
        f"A{rim:.1f} {rim * tilt(high):.1f} 0 0 0 {-rim:.1f} {-high:.1f}{left}Z"
    )


def turned(profile: Sequence[Point], t: Tones) -> str:
    """A solid turned form with a closed top."""
    rim, high = profile[-1]
    top = Ramp(((0, t.light), (1, t.base)))
    return path(outline(profile), form(t)) + (path(oval(rim, high), top) if rim > 1 else "")


def hollow(profile: Sequence[Point], t: Tones, *, wall: float = 7, inside: Tones | None = None) -> str:
    """A turned form that is open at the top."""
    rim, high = profile[-1]
    within = inside or t
    inner = Ramp(((0, within.deep), (0.35, within.shade), (1, mix(within.base, within.light, 0.4))))
    lip = Ramp(((0, t.pale), (0.6, t.light), (1, t.base)))
    mouth = ellipse(0, -high + wall * 0.1, rim - wall, (rim - wall) * tilt(high) * 0.97)
    return path(outline(profile), form(t)) + path(oval(rim, high), lip) + path(mouth, inner)


def box(width: float, height: float, depth: float, t: Tones, *, x: float = 0, y: float = 0) -> str:
    """A box seen from the front and slightly above; depth is the drawn height of its top."""
    half, back = width / 2, width / 2 - depth * 0.32
    front = poly([(x - half, y), (x + half, y), (x + half, y - height), (x - half, y - height)])
    top = poly(
        [(x - half, y - height), (x + half, y - height), (x + back, y - height - depth), (x - back, y - height - depth)]
    )
    return path(front, flat(t)) + path(top, Ramp(((0, t.pale), (1, t.light)), (0, 0, 1, 0.4)))


def speckle(rng: Random, colour: str, *, count: int = 26, size: float = 110, dot: float = 1.7) -> Tile:
    """A glaze's scattered iron spots."""
    dots = "".join(
        f'<circle cx="{rng.uniform(4, size - 4):.0f}" cy="{rng.uniform(4, size - 4):.0f}" '
        f'r="{rng.uniform(0.4, 1) * dot:.1f}" fill="{colour}" fill-opacity="{rng.uniform(0.25, 0.75):.2f}"/>'
        for _ in range(count)
    )
    return Tile(dots, size, size)


def weave(colour: str = INK, *, pitch: float = 5, opacity: float = 0.12) -> Tile:
    """A plain weave's over-and-under."""
    half = pitch / 2
    body = (
        f'<path d="M0 0h{half}v{half}h{-half}Z" fill="{colour}" fill-opacity="{opacity}"/>'
        f'<path d="M{half} {half}h{half}v{half}h{-half}Z" fill="{colour}" fill-opacity="{opacity * 0.6:.3f}"/>'
    )
    return Tile(body, pitch, pitch)


def knit(light: str, dark: str, *, pitch: float = 11, opacity: float = 0.3) -> Tile:
    """Rows of knitted V stitches."""
    p, h = pitch, pitch * 0.8
    body = line(f"M0 {h * 0.1:.1f}L{p / 2} {h * 0.8:.1f}L{p} {h * 0.1:.1f}", dark, p * 0.16, opacity=opacity) + line(
        f"M0 {h * 0.35:.1f}L{p / 2} {h * 1.02:.1f}L{p} {h * 0.35:.1f}", light, p * 0.14, opacity=opacity
    )
    return Tile(body, p, h)


def grain(rng: Random, t: Tones, *, upright: bool = False, opacity: float = 0.35) -> Tile:
    """Long wood grain; it runs along x unless upright. Turning a tile instead would cost five times the time."""
    lines = ""
    width, height = 260, 72
    for row in range(11):
        y = row * height / 11 + rng.uniform(1, 5)
        bend = rng.uniform(-2.5, 2.5)
        along = (0, width / 3, width * 2 / 3, width)
        across = (y, y + bend, y - bend, y)
        pairs = zip(across, along, strict=True) if upright else zip(along, across, strict=True)
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = pairs
        d = f"M{x0:.1f} {y0:.1f}C{x1:.1f} {y1:.1f} {x2:.1f} {y2:.1f} {x3:.1f} {y3:.1f}"
        lines += line(d, t.deep, rng.uniform(0.5, 1.7), opacity=round(rng.uniform(0.3, 1) * opacity, 2), cap="butt")
    return Tile(lines, height, width) if upright else Tile(lines, width, height)
