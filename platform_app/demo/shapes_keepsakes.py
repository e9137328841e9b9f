"""Jewellery and toys: necklace, earrings, ring, blocks, car, stacking rings, ball and bicycle bell."""

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
    oval,
    path,
    poly,
    rounded,
    smooth,
    turned,
)
from platform_app.demo.palette import DARK, EARTH, METAL, OAK, STEEL, WALNUT, Tones, mix, tones

TOY = ("Terracotta", "Sage", "Mustard", "Dusk blue", "Rose", "Plum", "Moss", "Clay")
STONES = ("#7f9a8a", "#b5645a", "#e9dfd0", "#4f6378", "#c98f4e")


def _gem(rng: Random, size: float) -> str:
    t = tones(rng.choice(STONES))
    facets = [(size * cos(radians(a)), size * 1.15 * sin(radians(a))) for a in range(0, 360, 45)]
    table = [(x * 0.52, y * 0.52) for x, y in facets]
    body = path(poly(facets), Ramp(((0, t.pale), (0.5, t.base), (1, t.deep)), (0, 0, 1, 1)))
    for i, (outer, inner) in enumerate(zip(facets, table, strict=True)):
        after = (facets[(i + 1) % 8], table[(i + 1) % 8])
        body += path(
            poly([outer, after[0], after[1], inner]), (t.deep, t.light, t.base, t.pale)[(i * 3) % 4], opacity=0.4
        )
    return body + path(poly(table), t.light, opacity=0.7) + path(poly(table[4:7]), "#ffffff", opacity=0.5)


def _card(width: float, height: float) -> str:
    """The paper card jewellery is sold on."""
    t = tones("#f1eadd")
    d = rounded(-width / 2, -height / 2, width, height, 10)
    return (
        '<g transform="translate(8 12)">'
        + path(d, "#2a2420", opacity=0.14)
        + "</g>"
        + path(d, flat(t))
        + line(d, t.deep, 1, opacity=0.3)
    )


def necklace(t: Tones, rng: Random) -> str:
    card = _card(400, 540)
    left = [(-96.0, -206.0), (-128, -90), (-104, 30), (-48, 104), (0, 128)]
    chain = smooth(left) + smooth([(-x, y) for x, y in reversed(left)], start="L")
    slots = line("M-104 -206H-88M88 -206H104", DARK.deep, 4, opacity=0.6)
    links = line(chain, "#2a2420", 4, opacity=0.18) + line(chain, t.deep, 5) + line(chain, t.pale, 3.4, dash="5 4")
    drop = line(ellipse(0, 134, 8, 8), t.deep, 4) + line(ellipse(0, 134, 8, 8), t.light, 2)
    disc = path(ellipse(5, 186, 44, 44), "#2a2420", opacity=0.2) + path(
        ellipse(0, 180, 44, 44), Ramp(((0, t.pale), (0.45, t.base), (1, t.deep)), (0, 0, 1, 1))
    )
    rim = line(ellipse(0, 180, 38, 38), t.deep, 1.6, opacity=0.5)
    pendant = disc + rim + at(0, 180, _gem(rng, 17))
    return (
        card
        + slots
        + f'<g transform="translate(4 6)">{line(chain, "#2a2420", 5, opacity=0.14)}</g>'
        + links
        + drop
        + pendant
    )


def earrings(t: Tones, rng: Random) -> str:
    card = _card(380, 440) + line("M-40 -186H40", DARK.deep, 5, opacity=0.35)
    style = rng.randrange(3)
    pair = "".join(at(x, -80, _earring(t, Random(style), style)) for x in (-82, 82))
    return card + pair


def _earring(t: Tones, rng: Random, style: int) -> str:
    metal = Ramp(((0, t.pale), (0.4, t.light), (0.7, t.base), (1, t.deep)), (0, 0, 1, 1))
    hook = (
        line("M0 0C-2 -34 26 -40 30 -16", t.deep, 5)
        + line("M0 0C-2 -34 26 -40 30 -16", t.light, 2.4)
        + path(ellipse(0, 4, 7, 7), metal)
    )
    shade = '<g transform="translate(5 8)">{}</g>'
    if style == 0:
        ring = ellipse(0, 82, 62, 70)
        return (
            shade.format(line(ring, "#2a2420", 13, opacity=0.2))
            + hook
            + line(ring, t.deep, 14)
            + line(ring, t.base, 10)
            + line("M-52 50A62 70 0 0 1 30 22", t.pale, 4)
        )
    if style == 1:
        leaf = "M0 12C-56 60 -54 140 0 190C54 140 56 60 0 12Z"
        veins = "".join(
            line(f"M0 {150 - i * 26}L{s * (34 - i * 3)} {118 - i * 26}", t.deep, 2, opacity=0.5)
            for i in range(4)
            for s in (-1, 1)
        )
        return (
            shade.format(path(leaf, "#2a2420", opacity=0.2))
            + hook
            + path(leaf, metal)
            + line("M0 16V186", t.deep, 2, opacity=0.6)
            + veins
        )
    bar = path(rounded(-9, 10, 18, 70, 8), metal)
    arch = "M-58 176A58 58 0 0 1 58 176H26A26 26 0 0 0 -26 176Z"
    return shade.format(path(arch, "#2a2420", opacity=0.2)) + hook + bar + path(arch, metal) + at(0, 98, _gem(rng, 17))


def ring(t: Tones, rng: Random) -> str:
    """Upright in the slot of a small velvet cone."""
    stand = tones("#b9aa98")
    band = ellipse(0, -268, 108, 116)
    base = turned([(150, 0), (154, 4), (150, 40), (112, 110), (84, 160)], stand)
    gem = at(0, -400, _gem(rng, 34))
    claws = "".join(
        line(f"M{x * 0.6:.0f} -372L{x} -424", t.base, 7) + line(f"M{x * 0.6:.0f} -372L{x} -424", t.pale, 2.6)
        for x in (-34, -13, 13, 34)
    )
    setting = path("M-30 -378H30L18 -360H-18Z", t.base)
    return (
        line(band, t.deep, 24)
        + line(band, t.base, 18)
        + line("M-100 -300A108 116 0 0 1 -34 -376", t.pale, 7)
        + line("M96 -226A108 116 0 0 1 40 -164", t.light, 5)
        + line(ellipse(0, -268, 98, 106), t.deep, 3, opacity=0.6)
        + base
        + setting
        + gem
        + claws
    )


def blocks(t: Tones, rng: Random) -> str:
    wood = tones("#d6b98e")
    second = tones(mix(t.base, "#efe4cf", 0.55))
    third = tones(rng.choice(("#cb9a3b", "#6f869c", "#8c9c80", "#b9603f")))
    arch = "M-92 0V-60A92 92 0 0 1 92 -60V0H44A44 44 0 0 0 -44 0Z"
    return (
        at(-88, 0, _cube(t, 124, rng))
        + at(88, 0, _cube(wood, 124, rng))
        + at(0, -138, _cube(second, 124, rng), turn=rng.uniform(-3, 3))
        + at(
            0,
            -275,
            path("M78 0L92 -12V-72A92 92 0 0 0 10 -162L-8 -152Z", third.shade)
            + path(arch, flat(third))
            + path(arch, grain(rng, third, opacity=0.2)),
            scale=0.7,
        )
    )


def _cube(t: Tones, size: float, rng: Random) -> str:
    half = size / 2
    front = rounded(-half, -size, size, size, 9)
    top = f"M{-half + 6} {-size + 2}L{-half + 22} {-size - 26}H{half - 22}L{half - 6} {-size + 2}Z"
    mark = rng.choice(
        (
            ellipse(0, -half, 26, 26),
            poly([(0, -half - 30), (30, -half + 24), (-30, -half + 24)]),
            rounded(-24, -half - 24, 48, 48, 4),
        )
    )
    return (
        path(top, t.pale)
        + path(front, flat(t))
        + path(front, grain(rng, t, opacity=0.22))
        + path(mark, t.shade, opacity=0.75)
        + line(f"M{-half + 9} {-size + 3}H{half - 9}", t.pale, 3, opacity=0.7)
    )


def toy_car(t: Tones, rng: Random) -> str:
    body = "M-236 -52C-240 -108 -214 -128 -166 -132C-142 -138 -126 -216 -80 -224C-30 -230 50 -230 92 -216C132 -200 136 -146 164 -138C214 -132 238 -110 236 -52C236 -36 226 -30 212 -30H-212C-228 -30 -236 -38 -236 -52Z"
    panes = path("M-112 -140C-102 -180 -90 -196 -66 -198H-14V-140Z", "#4a3a2e", opacity=0.75) + path(
        "M14 -140V-198H62C92 -196 100 -172 112 -140Z", "#4a3a2e", opacity=0.75
    )
    far = "".join(path(ellipse(x + 12, -42, 50, 50), WALNUT.deep) for x in (-136, 136))
    wheels = "".join(_wheel(x, rng) for x in (-136, 136))
    stripe = path("M-236 -88H236V-66H-236Z", mix(t.base, "#f3e9d6", 0.72))
    lights = path(ellipse(222, -98, 10, 14), "#f0dca8")
    return (
        far
        + path(body, flat(t, angle=(0, 0, 0.3, 1)))
        + stripe
        + path(body, grain(rng, t, opacity=0.28))
        + panes
        + lights
        + line("M-160 -130C-100 -132 100 -134 160 -134", t.pale, 3, opacity=0.5)
        + wheels
    )


def _wheel(x: float, _rng: Random) -> str:
    rim = Ramp(((0, OAK.pale), (0.5, OAK.base), (1, OAK.shade)), (0, 0, 1, 1))
    return (
        path(ellipse(x, -52, 52, 52), WALNUT.deep)
        + path(ellipse(x, -52, 46, 46), flat(WALNUT))
        + path(ellipse(x, -52, 32, 32), rim)
        + line(ellipse(x, -52, 32, 32), WALNUT.deep, 2, opacity=0.6)
        + path(ellipse(x, -52, 8, 8), WALNUT.deep)
    )


def stacking_rings(t: Tones, _rng: Random) -> str:
    post = at(0, -20, turned([(15, 0), (15, 356)], OAK)) + path(
        ellipse(0, -398, 34, 34), Ramp(((0, "#f1dfc0"), (0.6, OAK.base), (1, OAK.deep)), (0.35, 0.3, 0.75, 0), True)
    )
    shades = [t, tones(mix(t.base, "#f3e9d6", 0.45)), tones("#cb9a3b"), tones(mix(t.base, "#f3e9d6", 0.7)), t]
    body = turned([(150, 0), (156, 4), (156, 18), (150, 24)], OAK)
    y = 26.0
    for step, shade in enumerate(shades):
        radius, high = 148.0 - step * 19, 62.0
        body += at(
            0, -y, turned([(radius - 22, 0), (radius, high * 0.32), (radius, high * 0.68), (radius - 22, high)], shade)
        )
        y += high
    return (
        post
        + body
        + at(0, -y, turned([(15, -2), (15, 30)], OAK))
        + path(
            ellipse(0, -y - 46, 34, 34),
            Ramp(((0, "#f1dfc0"), (0.6, OAK.base), (1, OAK.deep)), (0.35, 0.3, 0.75, 0), True),
        )
    )


def bicycle_bell(t: Tones, _rng: Random) -> str:
    """A domed bell on a length of handlebar."""
    shine = Ramp(
        ((0, t.shade), (0.14, t.light), (0.3, "#fffaf0"), (0.42, t.light), (0.7, t.base), (0.9, t.deep), (1, t.base))
    )
    dome = "M-150 -150C-148 -250 -84 -318 0 -320C84 -318 148 -250 150 -150A150 34 0 0 1 -150 -150Z"
    bar = path(
        rounded(-250, -74, 500, 62, 31),
        Ramp(((0, "#f2f1ed"), (0.3, STEEL.light), (0.7, STEEL.shade), (1, STEEL.deep)), (0, 0, 0, 1)),
    )
    clamp = path(rounded(-46, -118, 92, 112, 16), Ramp(((0, DARK.base), (0.35, DARK.light), (1, DARK.deep))))
    grip = path(
        rounded(110, -80, 150, 74, 30), Ramp(((0, "#b07f50"), (0.4, "#9a6840"), (1, "#5a3822")), (0, 0, 0, 1))
    ) + line("M136 -78V-8M162 -79V-7M188 -79V-7M214 -79V-7", "#4a2e1c", 2, opacity=0.5)
    lever = (
        line("M-40 -112C-110 -104 -160 -108 -198 -126", STEEL.deep, 15)
        + line("M-40 -114C-110 -107 -160 -111 -196 -129", STEEL.pale, 7)
        + path(ellipse(-200, -128, 17, 15), DARK.base)
    )
    screw = path(oval(16, 318), t.pale) + line("M-9 -318H9", t.deep, 3)
    return (
        bar
        + grip
        + clamp
        + lever
        + path(ellipse(0, -146, 132, 26), "#2a2420")
        + path(dome, shine)
        + line("M-150 -150A150 34 0 0 0 150 -150", t.deep, 4, opacity=0.7)
        + line("M-146 -172A148 34 0 0 0 146 -172", t.pale, 2.4, opacity=0.6)
        + screw
    )


KINDS: Mapping[str, Kind] = {
    "necklace": Kind(necklace, (-230, -300, 230, 310), Stance.LAY, METAL, (0, 110), 0, 0.0),
    "earrings": Kind(earrings, (-220, -250, 220, 260), Stance.LAY, METAL, (0, 10), 0, 0.0),
    "ring": Kind(ring, (-166, -462, 166, 44), Stance.STAND, METAL, (0, -310), 150, 0.1),
    "toy blocks": Kind(blocks, (-166, -410, 166, 14), Stance.STAND, TOY, (0, -200), 148, 0.15, 0.06),
    "toy car": Kind(toy_car, (-250, -240, 250, 26), Stance.STAND, TOY, (60, -110), 190, 0.2, 0.05),
    "stacking rings": Kind(stacking_rings, (-170, -460, 170, 44), Stance.STAND, TOY, (0, -230), 150, 0.1),
    "bicycle bell": Kind(
        bicycle_bell, (-268, -340, 276, 8), Stance.STAND, (*METAL, *EARTH[:5]), (0, -180), 230, 0.1, 0.05
    ),
}
